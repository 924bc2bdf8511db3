"""The unprocessed queue: what waits, why, and what to do with it."""

import streamlit as st

from core.language import _
from pages.components import created_route, filters, notice, queue_pages, queue_tools, sign_in, triage

scope = sign_in.show()

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Unprocessed"), anchor=False, width="content")
    queue_tools.show(scope)
notice.show(scope)
created_route.show(scope)
chosen = filters.show(scope)
queue_pages.seek(scope, chosen)
rows, count, page = queue_pages.read(scope, chosen)
st.session_state["all-of-them"] = False

if rows.empty:
    queue_tools.nothing(scope)
else:
    triage.show(scope, chosen, rows, count, page)
