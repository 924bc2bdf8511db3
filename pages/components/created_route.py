"""The route that was made with a work item: saved after it, said beside it, and taken back on its own."""

from dataclasses import dataclass

import streamlit as st

from core.errors import InvalidInput, StraydeskError
from core.language import _
from core.route_edits import remove_route, save_route
from core.routes import Route
from core.scope import Scope
from pages.components import route_replay
from pages.components.look import box, text

SAVED = "created-route"


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the route: a sentence, and the id to take it back by (empty: there is nothing to take back).

    `notice` is what is said about the work item it came with.
    """

    sentence: str
    id: str = ""
    notice: object = None


def save(scope: Scope, route: Route | None) -> None:
    """Save it, where there is one, and say on the next run what became of it: the work item is there in any case."""
    if route is None:
        return
    try:
        saved = save_route(scope, route)
        told = Saved(str(saved), saved.id, st.session_state.get("notice"))
    except InvalidInput as problem:  # its hint says that nothing was changed, but the work item was created
        told = _failed(problem.sentence)
    except StraydeskError as problem:
        told = _failed(str(problem))
    st.session_state[SAVED] = told


def show(scope: Scope) -> None:
    """The line about the route that was saved with the last work item, until something else is done."""
    told: Saved | None = st.session_state.get(SAVED)
    last = st.session_state.get("notice")
    if told is None or (last is not told.notice and getattr(last, "action", "") not in ("replay", "undo")):
        st.session_state.pop(SAVED, None)
        return
    with st.container(key="created-route", horizontal=True, vertical_alignment="center"):
        st.html(box(text(told.sentence), warn=not told.id), width="stretch")
        if told.id:
            if st.button(_("See the route"), key="created-route-see", type="tertiary", icon=":material/alt_route:"):
                st.switch_page("pages/routes.py", query_params={"route": told.id})
            st.button(_("Take the route back"), key="created-route-undo", on_click=_take_back, args=(scope, told.id))
            route_replay.button(scope, "created-route-replay")


def _failed(why: str) -> Saved:
    return Saved(_("The route was not saved: {why}").format(why=why), notice=st.session_state.get("notice"))


def _take_back(scope: Scope, id: str) -> None:
    try:
        removed = remove_route(scope, id, despite_examples=True)
        st.session_state[SAVED] = Saved(str(removed), notice=st.session_state.get("notice"))
    except StraydeskError as problem:
        st.session_state[SAVED] = Saved(str(problem), notice=st.session_state.get("notice"))
