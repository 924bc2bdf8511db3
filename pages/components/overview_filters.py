"""Which days, mailboxes and teams the overview is about; kept in the address of the page."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import pandas as pd
import streamlit as st
from babel.dates import format_date, format_interval

from core.language import _, n_, spoken
from core.overview import PERIODS, OverviewFilter, mailboxes
from core.scope import Scope
from pages.components import address, reading

USUAL = 30  # days


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown, and whether it is told by `mailbox` or by `team`."""

    filter: OverviewFilter
    by: str


def show(scope: Scope) -> Choice:
    """The filter bar; answers what was chosen."""
    own = mailboxes(scope)
    teams = sorted(own["team"].unique())
    periods = sorted(map(str, PERIODS), key=lambda days: int(days) != USUAL)
    address.bind_one("days", periods)
    address.bind_several("mailbox", list(own["name"]))
    address.bind_several("team", teams)
    address.bind_one("by", ["mailbox", "team"])
    with st.container(key="filters", horizontal=True, vertical_alignment="top"):
        days = st.segmented_control(_("Period"), list(map(str, PERIODS)), key="days", required=True, format_func=_days)
        names = st.multiselect(_("Mailbox"), list(own["name"]), key="mailbox", placeholder=_("All"))
        chosen, by = _teams(teams) if len(teams) > 1 else ([], "mailbox")
        everything = OverviewFilter(int(days or USUAL), tuple(names), tuple(chosen), zone=reading.zone())
        day = _day(scope, everything)
    return Choice(replace(everything, day=day), by)


def toggle(key: str, value: str) -> None:
    """A click on a bar: the filter is about that value only, or about all again if it was that already."""
    st.session_state[key] = [] if st.session_state.get(key) == [value] else [value]


def toggle_day(value: str) -> None:
    """A click on a day: senders, mailboxes and teams are about that one, or about all days again."""
    st.session_state["day"] = "" if st.session_state.get("day") == value else value


def period(scope: Scope, chosen: OverviewFilter) -> str:
    """The days in words: `25 October – 23 November 2026`."""
    now = scope.desk.now()
    return str(format_interval(chosen.since(now), chosen.today(now), "yMMMd", locale=spoken()))


def written(day: date, length: Literal["medium", "full"] = "full") -> str:
    """A day as the language writes it."""
    return str(format_date(day, length, locale=spoken()))


def _teams(teams: list[str]) -> tuple[list[str], str]:
    """Which teams, and whether mailboxes or teams are compared; for those who see more than one team."""
    groups = {"mailbox": _("Mailboxes"), "team": _("Teams")}
    chosen = st.multiselect(_("Team"), teams, key="team", placeholder=_("All"))
    by = st.segmented_control(_("Compare"), list(groups), key="by", required=True, format_func=lambda one: groups[one])
    return chosen, by or "mailbox"


def _day(scope: Scope, chosen: OverviewFilter) -> date | None:
    """The one day that was clicked on, with a button that goes back to all of them."""
    now = scope.desk.now()
    dates = [str(day.date()) for day in pd.date_range(chosen.since(now), chosen.today(now))]
    address.bind_one("day", ["", *dates])
    value = str(st.session_state["day"])
    if not value:
        return None
    day = date.fromisoformat(value)
    st.button(written(day), icon=":material/close:", key="every-day",
              on_click=toggle_day, args=(value,), help=_("Show every day again"))  # fmt: skip
    return day


def _days(days: str) -> str:
    return n_("{count} day", "{count} days", int(days)).format(count=days)
