"""The frame around every page: who is here, where they can go, and how much waits."""

import streamlit as st

from core.language import _
from core.queue import tally
from pages.components import frame, sign_in
from pages.components.reading import age, number

frame.begin()
scope = sign_in.show()
waiting = tally(scope)
page = frame.navigation(number(waiting.waiting))

with st.sidebar:
    if waiting.oldest_at:
        st.caption(
            _("{count} unprocessed · oldest {age}").format(count=number(waiting.waiting), age=age(waiting.oldest_at))
        )
    sign_in.identity(scope)
page.run()
