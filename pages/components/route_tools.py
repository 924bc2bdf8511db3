"""Beside the title: what can be said of the whole set, and what is done with it."""

import streamlit as st

from core.language import _
from core.one_route import may_write_somewhere
from core.scope import Scope
from pages.components import route_draft, route_replay
from pages.components.look import soft


def show(scope: Scope, headline: str) -> None:
    """The finding, and the buttons."""
    st.html(f'<div style="padding-bottom:.45rem">{soft(headline)}</div>', width="stretch")
    if route_draft.asked():
        return
    if may_write_somewhere(scope):
        if st.button(_("New route"), key="new-route", type="primary", shortcut="N", icon=":material/add:"):
            route_draft.begin()
        route_replay.button(scope, "replay")
