"""Saved views of the queue: filters a person gave a name."""

from urllib.parse import parse_qsl, urlencode

import streamlit as st

from core.errors import StraydeskError
from core.language import _
from core.saved_views import forget_view, save_view, saved_views
from core.scope import Scope
from pages.components import notice


def show(scope: Scope) -> None:
    """The views the person has, and a place to keep the filters now chosen as another."""
    for name, query in saved_views(scope).items():
        with st.container(horizontal=True, key=f"view-{name}"):
            st.button(name, key=f"go-{name}", type="tertiary", on_click=_go, args=(query,), width="stretch")
            st.button("", key=f"forget-{name}", type="tertiary", icon=":material/delete:", on_click=forget_view,
                      args=(scope, name), help=_("Forget this view"))  # fmt: skip
    name = st.text_input(_("Keep these filters as"), key="view-name")
    st.button(_("Save"), key="save-view", disabled=not name, on_click=_save, args=(scope, name))


def _save(scope: Scope, name: str) -> None:
    kept = [(key, value) for key in st.query_params for value in st.query_params.get_all(key) if key != "id"]
    try:
        save_view(scope, name, urlencode(kept))
    except StraydeskError as problem:
        notice.remember_problem(problem)


def _go(query: str) -> None:
    """Show a saved view: its parameters take the place of the choices made."""
    for key in ("mailbox", "address", "cause", "order", "team", "age", "files", "automatic", "claimed", "aside"):
        st.session_state.pop(key, None)
    st.session_state["sender"] = st.session_state["search"] = ""
    given = parse_qsl(query)
    st.query_params.from_dict({key: [value for name, value in given if name == key] for key, __ in given})
    for key, value in given:
        if key in ("sender", "search"):
            st.session_state[key] = value
