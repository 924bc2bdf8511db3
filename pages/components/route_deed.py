"""Changing a route from the screen: one line says what was done, takes it back, and decides the queue again."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.errors import InvalidInput, StraydeskError
from core.language import _
from core.scope import Scope
from pages.components import dialog, notice, route_receipt, route_replay
from pages.components.look import box, text

DONE = "route-deed"


@dataclass(frozen=True, slots=True)
class Deed:
    """`sentence` says what was done; `undo` takes it back; `again` does all the same what was refused."""

    sentence: str
    undo: Callable[[Scope], object] | None = None
    again: Callable[[], None] | None = None
    replays: bool = False
    warns: bool = False


def do(
    action: Callable[[bool], object],
    undo: Callable[[Scope, str], object] | None = None,
    *,
    all_the_same: bool = False,
    replays: bool = True,
) -> None:
    """Carry it out and show the page anew; what refuses is said in the same place, with a way to do it all the same.

    `action` is told whether to go on though pinned examples break; `undo` is given the id of the route that came of it.
    """
    try:
        remember(action(all_the_same), undo, replays=replays)
    except StraydeskError as problem:
        refuses = isinstance(problem, InvalidInput) and not all_the_same and problem.hint == _("Nothing was changed.")
        again = (lambda: do(action, undo, all_the_same=True, replays=replays)) if refuses else None
        st.session_state[DONE] = Deed(str(problem), again=again, warns=True)
        st.session_state.pop("notice", None)
    dialog.close()


def remember(outcome: object, undo: Callable[[Scope, str], object] | None, *, replays: bool = True) -> None:
    """Say this on the next run."""
    id = str(getattr(outcome, "id", ""))
    back = (lambda scope: undo(scope, id)) if undo else None
    warns = bool(getattr(outcome, "warnings", []))
    st.session_state[DONE] = Deed(str(outcome), back, replays=replays, warns=warns)
    st.session_state.pop("notice", None)


def show(scope: Scope) -> None:
    """The line about the last change of a route, or about the last other action if that came later."""
    done: Deed | None = st.session_state.get(DONE)
    if done is None or "notice" in st.session_state:
        st.session_state.pop(DONE, None)
        notice.show(scope)
        route_receipt.button(scope)
        return
    with st.container(key="notice", horizontal=True, vertical_alignment="center"):
        st.html(box(text(done.sentence), warn=done.warns), width="stretch")
        if done.again and st.button(_("Do it all the same"), key="all-the-same", icon=":material/warning:"):
            done.again()
        if done.undo:
            st.button(_("Undo"), key="undo", shortcut="Z", on_click=_undo, args=(scope, done.undo))
        if done.replays and scope.person.role != "analyst":
            route_replay.button(scope, "replay-after")
        st.button(_("Dismiss"), key="dismiss", type="tertiary", on_click=_forget)


def _undo(scope: Scope, back: Callable[[Scope], object]) -> None:
    try:
        st.session_state[DONE] = Deed(_("Taken back: {what}").format(what=back(scope) or ""), replays=True)
    except StraydeskError as problem:
        st.session_state[DONE] = Deed(str(problem), warns=True)


def _forget() -> None:
    st.session_state.pop(DONE, None)
