"""Routes: the ordered set, what each route does and has done, and changing it without fear."""

import streamlit as st

from core.language import _
from pages.components import (
    choice,
    deed,
    route_awaiting,
    route_draft,
    route_editor,
    route_files,
    route_list,
    route_near,
    route_reading,
    route_shadow,
    route_tools,
    route_unrouted,
    route_view,
    sign_in,
)

scope = sign_in.show()

with scope.store.reading():
    everything, found = route_reading.statistics(scope), route_reading.findings(scope)
    awaiting = route_awaiting.rows(scope)
conflicts = route_reading.by_route(found)

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Routes"), anchor=False, width="content")
    route_tools.show(scope, route_list.headline(scope, everything, len(awaiting), conflicts))
deed.show(scope)
if route_draft.asked():
    route_editor.show(scope, everything)
    st.stop()
if route_near.asked():
    route_near.page(scope, route_near.asked())
    st.stop()

sections = {"set": _("In order"), "shadow": _("In shadow"), "unrouted": _("Unrouted recipients")}
if scope.administers:
    sections["changed"] = route_awaiting.label(len(awaiting))
with st.container(horizontal=True, vertical_alignment="center", key="sections"):
    section = choice.view(_("Section"), "section", sections)
    words = route_list.search() if section == "set" else ""
    route_files.show(scope)
if section == "changed":
    route_awaiting.show(scope, awaiting)
elif section == "unrouted":
    route_unrouted.show(scope)
elif everything.empty:
    st.info(
        _("There are no routes yet. Make the first one here, or from a mail in the queue."), icon=":material/route:"
    )
else:
    left, right = st.columns([11, 9], gap="medium")
    with left:
        shadow = section == "shadow"
        opened = route_shadow.board(scope) if shadow else route_list.show(scope, words, everything, conflicts)
    with right, st.container(key="opened"):
        if opened:
            route_view.show(scope, everything, found, opened)
