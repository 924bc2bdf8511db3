"""The frame around every page: who is here, where they can go, and how much waits."""

import streamlit as st

from core.queue import tally
from pages.components import frame, identity, live, sign_in
from pages.components.reading import number

frame.begin()
scope = sign_in.show()
with scope.store.reading():  # opened once for all that the frame and the page read
    waiting = tally(scope)
    page = frame.navigation(number(waiting.waiting), administrator=scope.person.role == "administrator")
    with st.sidebar:
        live.show(scope, waiting)
        identity.show(scope)
    page.run()
