"""Work items: what mail became; find one, read its mail, merge, close and reopen it."""

import streamlit as st

from core.item_search import ItemFilter, matching_items
from core.language import _, n_
from pages.components import export, item_filters, item_list, item_view, notice, paging, sign_in
from pages.components.reading import number

PER_PAGE = 50

scope = sign_in.show()

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Work items"), anchor=False, width="content")
notice.show(scope)
chosen = item_filters.show(scope)
with scope.store.reading():
    found = matching_items(scope, chosen, limit=PER_PAGE, skip=paging.skip("items-page", PER_PAGE))

left, right = st.columns([11, 9], gap="medium")
with left:
    count = n_("{count} work item", "{count} work items", found.total).format(count=number(found.total))
    st.caption(_("The newest {items}; older ones match as well").format(items=count) if found.more else count)
    opened = str(st.query_params.get("reference", ""))
    if found.rows.empty and chosen == ItemFilter():
        st.info(_("There are no work items yet. They open when a route takes a mail, or from the queue by hand."),
                icon=":material/inbox:")  # fmt: skip
    elif found.rows.empty:
        st.info(_("No work item matches this filter."), icon=":material/filter_alt_off:")
    else:
        opened = item_list.show(found.rows)
        paging.show("items-page", found.total, PER_PAGE)
        export.show("work-items", lambda: matching_items(scope, chosen, limit=export.MOST, most=export.MOST).rows)
with right, st.container(key="opened"):
    if opened:
        item_view.show(scope, opened)
