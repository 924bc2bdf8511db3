"""The frame around every page: who is here, where they can go, and how much waits."""

import streamlit as st

from core.queue import tally
from pages.components import frame, live, sign_in
from pages.components.reading import number

frame.begin()
scope = sign_in.show()
with scope.store.reading():  # opened once for all that the frame and the page read
    waiting = tally(scope)
    page = frame.navigation(number(waiting.waiting))
    with st.sidebar:
        live.show(scope, waiting)
        sign_in.identity(scope)
    page.run()
