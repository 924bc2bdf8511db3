"""What was made of a recommendation: one line says it, leads to the route, decides the queue again, takes it back."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.errors import StraydeskError
from core.language import _
from core.scope import Scope
from pages.components import dialog, notice, route_receipt, route_replay
from pages.components.look import box, text

DONE = "recommendation-deed"


@dataclass(frozen=True, slots=True)
class Done:
    """`undo` takes it back; `route` is the id of the route that was made; `replays`: it could take what waits now."""

    sentence: str
    undo: Callable[[Scope], object] | None = None
    route: str = ""
    replays: bool = False
    warns: bool = False


def do(action: Callable[[], Done | None]) -> None:
    """Carry it out and show the page anew; None: the action has left its own notice. What refuses is said there too."""
    st.session_state.pop(DONE, None)
    try:
        done = action()
    except StraydeskError as problem:
        done = Done(str(problem), warns=True)
    if done:
        st.session_state.pop("notice", None)
        st.session_state[DONE] = done
    dialog.close()


def show(scope: Scope) -> None:
    """The line about the last answer to a recommendation, or about the last other action if that came later."""
    done: Done | None = st.session_state.get(DONE)
    if done is None or "notice" in st.session_state:
        st.session_state.pop(DONE, None)
        notice.show(scope)
        route_receipt.button(scope)
        return
    with st.container(key="notice", horizontal=True, vertical_alignment="center", wrap=False):
        st.html(box(text(done.sentence), warn=done.warns), width="stretch")
        if done.replays:
            route_replay.button(scope, "replay-after")
        if done.route and st.button(_("See the route"), key="see-route", icon=":material/alt_route:"):
            st.switch_page("pages/routes.py", query_params={"route": done.route})
        if done.undo:
            st.button(_("Undo"), key="undo", shortcut="Z", on_click=_undo, args=(scope, done.undo))
        st.button(_("Dismiss"), key="dismiss", type="tertiary", on_click=_forget)


def _undo(scope: Scope, back: Callable[[Scope], object]) -> None:
    try:
        back(scope)
        st.session_state[DONE] = Done(_("Taken back: it is recommended again."))
    except StraydeskError as problem:
        st.session_state[DONE] = Done(str(problem), warns=True)


def _forget() -> None:
    st.session_state.pop(DONE, None)
