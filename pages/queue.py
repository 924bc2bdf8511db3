"""The unprocessed queue: what waits, why, and what to do with it."""

import streamlit as st

from core.errors import NotFound
from core.language import _, n_
from core.queue import EVERYTHING, tally, waiting
from pages.components import actions, filters, message_list, message_view, notice, sign_in
from pages.components.reading import age, number

scope = sign_in.show()

everything = tally(scope, EVERYTHING)
with st.container(key="tally", horizontal=True, vertical_alignment="bottom"):
    st.title(_("Unprocessed"), anchor=False, width="content")
    waits = n_("{count} waiting", "{count} waiting", everything.waiting).format(count=number(everything.waiting))
    oldest = _("oldest {age}").format(age=age(everything.oldest_at)) if everything.oldest_at else ""
    fresh = _("{count} in the last 24 hours").format(count=number(everything.fresh))
    st.markdown(" · ".join(part for part in (f"**{waits}**", oldest, fresh) if part))

notice.show(scope)
chosen = filters.show(scope)
matching = tally(scope, chosen)
page = 1
if matching.waiting > message_list.PER_PAGE:
    page = st.pagination(-(-matching.waiting // message_list.PER_PAGE), key="page")
rows = waiting(scope, chosen, limit=message_list.PER_PAGE, skip=(page - 1) * message_list.PER_PAGE)

if rows.empty and everything.waiting:
    st.info(_("Nothing matches this filter."), icon=":material/filter_alt_off:")
elif rows.empty:
    st.success(_("Nothing waits."), icon=":material/done_all:")
else:
    left, right = st.columns([11, 9], gap="medium")
    with left:
        st.caption(n_("{count} message matches", "{count} messages match", matching.waiting).format(
            count=number(matching.waiting)))  # fmt: skip
        choice = message_list.show(rows)
    with right, st.container(key="opened"):
        versions = dict(zip(rows["id"], rows["version"].astype(int), strict=True))
        acted_on = choice.selected or {id: versions[id] for id in [choice.opened] if id}
        actions.show(scope, acted_on)
        if choice.opened:
            try:
                message_view.show(scope, choice.opened)
            except NotFound:
                st.info(_("Somebody has just dealt with this message."))
