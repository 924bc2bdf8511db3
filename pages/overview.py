"""How the desk does, for leads: what waits and how long, what arrived and who decided it, where a route is missing."""

from dataclasses import replace

import streamlit as st

from core import overview, trends
from core.language import _
from pages.components import (
    headline,
    overview_compared,
    overview_filters,
    overview_now,
    overview_senders,
    overview_trends,
    sign_in,
)

scope = sign_in.show()


def open_queue(**filters: str | list[str]) -> None:
    """Lead to the queue with these filters, and no others that were chosen there before."""
    for name in ("mailbox", "team", "sender", "claimed", "order"):
        st.session_state.pop(name, None)
    st.switch_page("pages/queue.py", query_params=filters)


with st.container(key="overview-title", horizontal=True, vertical_alignment="bottom"):
    st.title(_("Overview"), anchor=False, width="content")
    period = st.empty()
choice = overview_filters.show(scope)
chosen, by, now = choice.filter, choice.by, scope.desk.now()
picked = list(chosen.mailboxes if by == "mailbox" else chosen.teams)
beside = replace(
    chosen, mailboxes=(), teams=chosen.teams if by == "mailbox" else ()
)  # what is compared with the picked
period.caption(overview_filters.period(scope, chosen))

with scope.store.reading():
    waits = overview.waiting_by_day(scope, chosen)
    ages = overview.ageing(scope, beside)
    held = overview.claims(scope, chosen)
    came = trends.arrivals(scope, chosen)
    took = trends.handling(scope, chosen)
    senders = trends.recurring_senders(scope, chosen)
    came_beside = came if beside == chosen else trends.arrivals(scope, beside)
    took_beside = took if beside == chosen else trends.handling(scope, beside)

headline.show(now, chosen, waits, came, took)

left, right = st.columns([6, 5], gap="large")
with left:
    overview_now.ageing(ages, by, picked)
    if ages["waiting"].sum() and st.button(_("Open the queue, oldest first"), icon=":material/inbox:", type="tertiary"):
        open_queue(mailbox=list(chosen.mailboxes), team=list(chosen.teams), order="oldest")
with right:
    overview_now.claims(held, lambda person: open_queue(claimed=person))

recent, of_day = came[came["recent"]], came_beside[came_beside["recent"]]
note = overview_filters.written(chosen.day, "medium") if chosen.day else ""
if chosen.day:
    of_day = of_day[of_day["day"].dt.date == chosen.day]
overview_trends.arrivals(recent, chosen.since(now), chosen.today(now), chosen.day)

left, right = st.columns(2, gap="large")
with left:
    overview_trends.automatic(recent, chosen.since(now), chosen.days)
with right:
    overview_compared.automatic(of_day, by, picked, note)

left, right = st.columns(2, gap="large")
with left:
    overview_trends.handling(took, chosen.since(now), chosen.days)
with right:
    overview_compared.handling(took_beside, by, picked, note)

overview_senders.show(senders, note, lambda address: open_queue(sender=address))
