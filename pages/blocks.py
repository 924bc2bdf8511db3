"""Blocks: whose mail is deleted on arrival, whose is let through all the same, and what that did."""

import streamlit as st

from core.blocked import blocks
from core.language import _, n_
from pages.components import block_list, block_new, block_view, clickable, dialog, notice, sign_in
from pages.components.reading import number

scope = sign_in.show()
off = scope.person.role == "analyst"

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Blocks"), anchor=False, width="stretch")
    if st.button(_("New block"), key="new-block", icon=":material/block:", shortcut="B", disabled=off):
        dialog.show(_("Block a sender"), "block", block_new.block, scope, width="medium")
    if st.button(_("Let through"), key="new-allow", icon=":material/verified_user:", shortcut="T", disabled=off):
        dialog.show(_("Let a sender through"), "verified_user", block_new.allow, scope, width="medium")
    if st.button(_("Automatic mail"), key="automatic-mail", icon=":material/smart_toy:", type="tertiary",
                 help=_("What waits that no person wrote by hand, each with the header that says so")):  # fmt: skip
        st.switch_page("pages/queue.py", query_params={"automatic": "yes"})
notice.show(scope)

rows = blocks(scope)
if rows.empty:
    st.info(_("Nobody is blocked. Block a sender here or from the queue; what that deletes is listed here and can be "
              "restored."), icon=":material/block:")  # fmt: skip
    st.stop()
listed = block_list.filtered(scope, rows)
left, right = st.columns([11, 9], gap="medium")
with left:
    in_force = n_("{count} in force", "{count} in force", int((rows["state"] == "in_force").sum())).format(
        count=number(int((rows["state"] == "in_force").sum())))  # fmt: skip
    count = n_("{count} entry", "{count} entries", len(listed)).format(count=number(len(listed)))
    st.caption(f"{count} · {in_force}")
    if listed.empty:
        st.info(_("No block matches this filter."), icon=":material/filter_alt_off:")
        opened = str(st.query_params.get("block", ""))
    else:
        opened = block_list.show(listed)
with right, st.container(key="opened"):
    if opened in set(rows["id"]):
        block_view.show(scope, clickable.record(rows, opened))
    elif opened:
        st.info(_("There is no such block."))
