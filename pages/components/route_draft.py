"""Which route is being written: what the form begins with, and how other screens open the editor."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.one_route import OneRoute, one_route
from core.routes import Route
from core.scope import Scope

EDITING = "route-editing"
NEW = "new"
ASKED = "edit"  # the parameter of the address


@dataclass(frozen=True)
class Editing:
    """What the form began with, and which version of which route it is to follow (none: a new route)."""

    fields: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    version: int = 0
    name: str = ""
    number: int = 0


def begin(route: Route | None = None, replacing: OneRoute | None = None) -> None:
    """Open the editor on the next run: with the text of a route, as the next version of another or as a new one."""
    _put(route.model_dump() if route else {}, replacing)
    st.rerun()


def begin_with(fields: dict[str, Any]) -> None:
    """The same for a new route of which only some fields are known."""
    _put(fields, None)
    st.rerun()


def go(scope: Scope, route: Route, replacing: str = "") -> None:
    """The same from another page: a draft, in place of the route with this id or as a new one."""
    _put(route.model_dump(), one_route(scope, replacing) if replacing else None)
    st.switch_page("pages/routes.py", query_params={ASKED: replacing or NEW})


def _put(fields: dict[str, Any], replacing: OneRoute | None) -> None:
    number = st.session_state.get(EDITING, Editing()).number + 1
    about = (replacing.id, replacing.version, replacing.route.name) if replacing else ("", 0, "")
    st.session_state[EDITING] = Editing(fields, *about, number)
    st.query_params[ASKED] = replacing.id if replacing else NEW


def asked() -> bool:
    """Whether the address asks for the editor."""
    return bool(st.query_params.get(ASKED))


def current(scope: Scope) -> Editing:
    """What the address asks to be edited; begun by a link, it starts with the route as it stands. Raises NotFound."""
    wanted = str(st.query_params[ASKED])
    now: Editing = st.session_state.get(EDITING, Editing())
    if (now.id or NEW) != wanted or not now.number:
        route = None if wanted == NEW else one_route(scope, wanted)
        _put(route.route.model_dump() if route else {}, route)
        now = st.session_state[EDITING]
    return now


def leave(id: str = "") -> None:
    """Back to the list, with this route opened where there is one."""
    st.session_state[EDITING] = Editing(number=st.session_state[EDITING].number)
    st.query_params.pop(ASKED, None)
    if id:
        st.query_params["route"] = id
    st.rerun()
