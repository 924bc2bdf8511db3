"""Broken mail: what could not be read, or only with defects; to look into, read again, repair, take along, delete."""

import streamlit as st

from core.bench import KINDS, BenchFilter, broken
from core.language import _, n_
from pages.components import bench_list, bench_tools, bench_view, choice, clickable, notice, paging, sign_in
from pages.components.reading import number

PER_PAGE = 50

scope = sign_in.show()

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Broken mail"), anchor=False, width="content")
    bench_tools.show(scope)
notice.show(scope)

with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
    wrong = choice.one(_("What is wrong"), "broken", {
        "unread": _("can't be read, or too large"), **bench_list.kinds(), "any": _("any of it")})  # fmt: skip
    mailboxes = choice.several(_("Mailbox"), "box", {name: name for name in scope.mailboxes})
    standing = choice.one(_("Standing"), "standing", {"waits": _("still waits"), "all": _("whatever became of it")})
kinds = {"unread": BenchFilter().kinds, "any": KINDS}.get(wrong, (wrong,))
chosen = BenchFilter(kinds, tuple(mailboxes), standing == "waits")
with scope.store.reading():
    found = broken(scope, chosen, PER_PAGE, paging.skip("bench-page", PER_PAGE))

if found.rows.empty:
    narrowed = chosen != BenchFilter()
    nothing = _("No broken mail matches this filter.") if narrowed else _("No broken mail waits. All of it was read.")
    st.info(nothing, icon=":material/filter_alt_off:" if narrowed else ":material/check_circle:")
    st.stop()

left, right = st.columns([9, 11], gap="medium")
with left:
    count = n_("{count} message", "{count} messages", found.total)
    st.caption(count.format(count=number(found.total)))
    opened = bench_list.show(found.rows)
    paging.show("bench-page", found.total, PER_PAGE)
with right, st.container(key="opened"):
    bench_view.show(scope, clickable.record(found.rows, opened))
