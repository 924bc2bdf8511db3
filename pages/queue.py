"""The unprocessed queue: what waits, why, and what to do with it."""

import streamlit as st

from core.language import _
from core.queue import waiting
from pages.components import created_route, filters, live, message_list, notice, queue_tools, sign_in, triage

scope = sign_in.show()

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Unprocessed"), anchor=False, width="content")
    queue_tools.show(scope)
notice.show(scope)
created_route.show(scope)
chosen = filters.show(scope)
count = live.matches(scope, chosen)
message_list.seek(scope, chosen)
page = queue_tools.page(count, message_list.PER_PAGE)
rows = waiting(scope, chosen, limit=message_list.PER_PAGE, skip=(page - 1) * message_list.PER_PAGE)
st.session_state["all-of-them"] = False

if rows.empty:
    queue_tools.nothing(scope)
else:
    triage.show(scope, chosen, rows, count, page)
