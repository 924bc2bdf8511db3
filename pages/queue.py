"""The unprocessed queue: what waits, why, and what to do with it."""

import streamlit as st

from core.errors import NotFound
from core.language import _, n_
from core.queue import matching, tally, waiting
from pages.components import actions, filters, message_list, message_view, notice, queue_tools, sign_in
from pages.components.reading import number

scope = sign_in.show()

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Unprocessed"), anchor=False, width="content")
    queue_tools.show(scope)
notice.show(scope)
chosen = filters.show(scope)
matches = tally(scope, chosen)
message_list.seek(scope, chosen)
page = queue_tools.page(matches.waiting, message_list.PER_PAGE)
rows = waiting(scope, chosen, limit=message_list.PER_PAGE, skip=(page - 1) * message_list.PER_PAGE)
st.session_state["selecting"] = False

if rows.empty:
    queue_tools.nothing(scope)
else:
    left, right = st.columns([11, 9], gap="medium")
    with left:
        count = n_("{count} message", "{count} messages", matches.waiting).format(count=number(matches.waiting))
        with st.container(key="above-list", horizontal=True, vertical_alignment="center"):
            everything = queue_tools.everything(count)
            message_list.steps(list(rows["id"]))
        choice = message_list.show(rows)
        queue_tools.turn_pages(matches.waiting, message_list.PER_PAGE)
        queue_tools.export(scope, chosen)
    with right, st.container(key="opened"):
        versions = dict(zip(rows["id"], rows["version"].astype(int), strict=True))
        st.session_state["selecting"] = bool(everything or choice.selected)
        acted_on = matching(scope, chosen) if everything else choice.selected
        queue_tools.selected(len(acted_on))
        actions.show(scope, acted_on or {id: versions[id] for id in [choice.opened] if id}, chosen)
        if choice.opened:
            try:
                message_view.show(scope, choice.opened)
            except NotFound:
                st.info(_("Somebody has just dealt with this message."))
