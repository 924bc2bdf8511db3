"""The frame around every page: who is here, where they can go, and how much waits."""

import streamlit as st

from core.bench import waits
from core.health import is_red
from pages.components import frame, identity, live, recommendation_reading, sign_in
from pages.components.reading import number

frame.begin()
with sign_in.store_open():  # once for all that the frame and the page read
    scope = sign_in.show()
    waiting = live.count(scope)
    offered = recommendation_reading.count(scope)
    told = number(offered) if offered else ""
    unread, alarmed = waits(scope), is_red(scope)
    page = frame.navigation(number(waiting.waiting), scope.person.role == "administrator", told,
                            number(unread) if unread else "", alarmed)  # fmt: skip
    with st.sidebar:
        live.show(scope, waiting, alarmed)
        identity.show(scope)
    page.run()
frame.end()
