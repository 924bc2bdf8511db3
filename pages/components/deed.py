"""What was done last on a page: one line says it, leads on from there, and takes it back."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.errors import StraydeskError
from core.language import _
from core.scope import Scope
from pages.components import notice, route_receipt, route_replay
from pages.components.look import box, text

LEFT = "deed"


@dataclass(frozen=True, slots=True)
class Deed:
    """`sentence` says what was done. `undo` takes it back and answers the sentence about that; `again` does all the
    same what was refused; `route` is the id of the route that came of it; `replays`: it could take what waits now."""

    sentence: str
    undo: Callable[[Scope], str] | None = None
    again: Callable[[], None] | None = None
    route: str = ""
    replays: bool = False
    warns: bool = False


def leave(deed: Deed | None) -> None:
    """Say this on the next run, instead of what was said before; None: the action has left its own notice."""
    st.session_state.pop(LEFT, None)
    if deed:
        st.session_state.pop("notice", None)
        st.session_state[LEFT] = deed


def show(scope: Scope) -> None:
    """The line about the last deed on this page, or about the last other action if that came later."""
    deed: Deed | None = st.session_state.get(LEFT)
    if deed is None or "notice" in st.session_state:
        st.session_state.pop(LEFT, None)
        notice.show(scope)
        route_receipt.button(scope)
        return
    with st.container(key="notice", horizontal=True, vertical_alignment="center", wrap=False):
        st.html(box(text(deed.sentence), warn=deed.warns), width="stretch")
        if deed.again and st.button(_("Do it all the same"), key="all-the-same", icon=":material/warning:"):
            deed.again()
        if deed.replays and scope.person.role != "analyst":
            route_replay.button(scope, "replay-after")
        if deed.route and st.button(_("See the route"), key="see-route", icon=":material/alt_route:"):
            st.switch_page("pages/routes.py", query_params={"route": deed.route})
        if deed.undo:
            st.button(_("Undo"), key="undo", shortcut="Z", on_click=_undo, args=(scope, deed))
        st.button(_("Dismiss"), key="dismiss", type="tertiary", on_click=_forget)


def _undo(scope: Scope, deed: Deed) -> None:
    try:
        st.session_state[LEFT] = Deed(deed.undo(scope) if deed.undo else "", replays=deed.replays)
    except StraydeskError as problem:
        st.session_state[LEFT] = Deed(str(problem), warns=True)


def _forget() -> None:
    st.session_state.pop(LEFT, None)
