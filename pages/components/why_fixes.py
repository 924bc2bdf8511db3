"""What would let a route catch a mail: asked on demand, because each edit is tried on past mail first."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.errors import StraydeskError
from core.language import _, spoken
from core.near_misses import NearMiss
from core.one_route import set_mark
from core.scope import Scope
from pages.components import route_near
from pages.components.look import box, text

FOUND = "why-fixes"


@dataclass(frozen=True, slots=True)
class Found:
    """The edits found for a mail, kept until another mail is asked about or a route changes."""

    about: tuple[str, ...]
    mark: int
    near: list[NearMiss]


def show(scope: Scope, about: str, mailbox: str, find: Callable[[], list[NearMiss]]) -> None:
    """A button that asks `find`, and what it found; `about` names the mail, which is of this mailbox."""
    asked, mark = (about, scope.person.email, spoken()), set_mark(scope)
    with st.container(key="why-fixes"):
        if st.button(
            _("What would fix it?"),
            key="find-fixes",
            icon=":material/build:",
            help=_("Tries the smallest edits of the nearest routes on the mail of the last 90 days."),
        ):
            _find(asked, mark, find)  # fmt: skip
        found: Found | None = st.session_state.get(FOUND)
        if found and found.about == asked and found.mark == mark:
            route_near.suggested(scope, found.near, mailbox)


def _find(asked: tuple[str, ...], mark: int, find: Callable[[], list[NearMiss]]) -> None:
    try:
        with st.spinner(_("Trying routes on past mail …")):
            st.session_state[FOUND] = Found(asked, mark, find())
    except StraydeskError as problem:
        st.session_state.pop(FOUND, None)
        st.html(box(text(problem), warn=True))
