"""Audit: everything that was done, by whom, when and why; to read, to take back, to take along."""

import streamlit as st

from core.audit import entries
from core.errors import NotFound
from core.language import _, n_
from pages.components import (
    audit_entry,
    audit_filters,
    audit_list,
    clickable,
    export,
    notice,
    paging,
    sign_in,
)
from pages.components.look import plain
from pages.components.reading import number

PER_PAGE = 100

scope = sign_in.show()

if st.query_params.get("show") == "blocks":  # where blocks were listed once; links to there are still about
    asked = st.query_params.get("block")
    st.switch_page("pages/blocks.py", query_params={"block": asked} if asked else {})

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Audit"), anchor=False, width="content")
notice.show(scope)
chosen = audit_filters.show(scope)
try:
    with scope.store.reading():
        found = entries(scope, chosen, limit=PER_PAGE, skip=paging.skip("audit-page", PER_PAGE))
except NotFound as problem:
    st.info(plain(problem), icon=":material/search_off:")
    st.stop()

if found.rows.empty:
    st.info(_("Nothing was done that matches this filter."), icon=":material/filter_alt_off:")
    st.stop()

left, right = st.columns([11, 9], gap="medium")
with left:
    count = n_("{count} entry", "{count} entries", found.total).format(count=number(found.total))
    st.caption(_("The newest {entries}; older ones match as well").format(entries=count) if found.more else count)
    picked = audit_list.show(found.rows)
    paging.show("audit-page", found.total, PER_PAGE)
    export.show("audit", lambda: entries(scope, chosen, limit=export.MOST, most=export.MOST).rows)
with right, st.container(key="opened"):
    ticked = found.rows[found.rows["id"].isin(picked.selected) & (found.rows["status"] == "deleted")]
    selected = dict(zip(ticked["message_id"], ticked["version"].astype(int), strict=True))
    ids = list(found.rows["id"])
    audit_entry.show(scope, clickable.record(found.rows, picked.opened if picked.opened in ids else ids[0]), selected)
