"""Recommendations: routes that people's decisions speak for, what speaks for each, and what became of them."""

import streamlit as st
from babel.dates import format_interval

from core.language import _, n_, spoken
from core.recommendations.answering import answers
from pages.components import (
    choice,
    deed,
    recommendation_answers,
    recommendation_coverage,
    recommendation_filters,
    recommendation_list,
    recommendation_reading,
    recommendation_senders,
    recommendation_since,
    recommendation_view,
    sign_in,
)
from pages.components.look import soft
from pages.components.reading import number

scope = sign_in.show()

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Recommendations"), anchor=False, width="content")
    finding = st.empty()
    finding.html("&nbsp;", width="stretch")
    bound = recommendation_filters.bound()
deed.show(scope)
set_aside = answers(scope)
sections = {"cards": _("Recommended"), "senders": _("Senders without a route"), "since": _("What routes do since"),
            "aside": recommendation_answers.label(len(set_aside))}  # fmt: skip
with st.container(horizontal=True, vertical_alignment="bottom", key="sections"):
    section = choice.view(_("Section"), "section", sections)
    which = recommendation_filters.fields(scope) if section in ("cards", "senders") else recommendation_filters.Which()

with scope.store.reading():
    found = recommendation_reading.read(scope, bound)
recommendation_reading.tell(scope)
finding.html(f'<div style="padding-bottom:.45rem">{soft(found.sentence)}</div>', width="stretch")

if section == "aside":
    recommendation_answers.show(scope, set_aside)
    st.stop()
if section == "since":
    with scope.store.reading():
        recommendation_since.trend(scope)
        recommendation_since.alarms(scope)
    st.stop()

left, right = st.columns([11, 9], gap="medium")
if section == "senders":
    with left:
        recommendation_senders.show(scope)
    left, right = right, left

period = format_interval(found.since, scope.desk.now(), "yMMMd", locale=spoken())
counts = n_("{count} mail that no route wanted: {hand} decided by hand, {waiting} waiting · {period}",
            "{count} mails that no route wanted: {hand} decided by hand, {waiting} waiting · {period}",
            found.unrouted).format(count=number(found.unrouted), hand=number(found.by_hand),
                                   waiting=number(found.waiting), period=period)  # fmt: skip
with left:
    if not found.offered:
        st.caption(counts)
        st.info(_("Nothing is handled by hand often enough to recommend a route. Straydesk stays silent until it is "
                  "sure; every decision in the queue teaches it."), icon=":material/lightbulb:")  # fmt: skip
        st.stop()
    listed = recommendation_filters.listed(found, which)
    opened = recommendation_list.opened(listed)
    recommendation_list.show(found, listed, opened, counts)
if section == "cards":
    with right, st.container(key="opened"):
        if opened:
            recommendation_view.show(scope, found, listed, opened)
        else:
            recommendation_coverage.show(found, {each.key for each in listed})
