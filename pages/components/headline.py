"""The four numbers of the overview: where the desk stands, how it got there, and how it stood before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import pandas as pd
import streamlit as st

from core.findings import percent, span
from core.language import _, n_
from core.overview import OverviewFilter
from core.trends import share
from pages.components.reading import age, number


def show(now: datetime, chosen: OverviewFilter, waits: pd.DataFrame, came: pd.DataFrame, decided: pd.DataFrame) -> None:
    """The frames of waiting_by_day, arrivals and handling, as four numbers with their past days beside them."""
    with st.container(key="headline", horizontal=True):
        _waiting(chosen, waits)
        _oldest(now, chosen, waits)
        _automatic(chosen, came)
        _median(chosen, decided)


def _waiting(chosen: OverviewFilter, waits: pd.DataFrame) -> None:
    counts = waits["waiting"].astype(int).tolist()
    change = counts[-1] - counts[0]
    _metric(_("Waiting"), number(counts[-1]), f"{change:+d}" if change else "", _ago(chosen), counts, worse="up",
            help=_("Messages that wait for a person now, put aside or not."))  # fmt: skip


def _oldest(now: datetime, chosen: OverviewFilter, waits: pd.DataFrame) -> None:
    ends = [*pd.date_range(end=pd.Timestamp(now), periods=len(waits), freq="D")]
    hours = [0.0 if pd.isna(oldest) else (end - oldest).total_seconds() / 3600
             for end, oldest in zip(ends, waits["oldest_at"], strict=True)]  # fmt: skip
    oldest = waits["oldest_at"].iloc[-1]
    shown = age(oldest.to_pydatetime(), now) if pd.notna(oldest) else "–"
    change = hours[-1] - hours[0]
    _metric(_("Oldest"), shown, _signed(span(abs(change)), change, 1), _ago(chosen), hours,
            worse="up", help=_("How long the oldest waiting message has been here."))  # fmt: skip


def _automatic(chosen: OverviewFilter, came: pd.DataFrame) -> None:
    now, before = (share(came[came["recent"] == recent])["share"].tolist() for recent in (True, False))
    change = 100 * (now[0] - before[0]) if now and before else None
    points = round(abs(change or 0))
    told = n_("{count} point", "{count} points", points).format(count=points)
    _metric(_("Decided automatically"), percent(now[0]) if now else "–", _signed(told, change, 0.5), _before(chosen),
            share(came[came["recent"]], "day")["share"].tolist(), worse="down",
            help=_("Of the mail that arrived in this period, the share that no person had to look at."))  # fmt: skip


def _median(chosen: OverviewFilter, decided: pd.DataFrame) -> None:
    periods = decided[decided["part"] == "period"]
    now, before = (periods.loc[periods["recent"] == recent, "median_hours"].tolist() for recent in (True, False))
    change = now[0] - before[0] if now and before else None
    _metric(_("Median time to decide"), span(now[0]) if now else "–", _signed(span(abs(change or 0)), change, 0.05),
            _before(chosen), decided.loc[decided["part"] == "day", "median_hours"].tolist(), worse="up",
            help=_("From a mail's arrival to the person's decision, nights and weekends included."))  # fmt: skip


def _metric(
    label: str, value: str, change: str | None, against: str, past: Sequence[float], *, worse: str, help: str
) -> None:
    """One number; `change` None: there is nothing to compare with. `worse` is the direction that is bad news."""
    bad_up: Literal["inverse", "normal"] = "inverse" if worse == "up" else "normal"
    beside = _("nothing to compare with yet") if change is None else against
    st.metric(label, value, _("no change") if change == "" else change, delta_color=bad_up if change else "off",
              delta_arrow="auto" if change else "off", delta_description=beside, help=help,
              chart_data=list(past) if len(past) > 1 else None, chart_type="area")  # fmt: skip


def _signed(text: str, change: float | None, least: float) -> str | None:
    """The change with its sign; nothing for less than `least`, None where there is none to tell."""
    if change is None or abs(change) < least:
        return None if change is None else ""
    return f"{'+' if change > 0 else '-'}{text}"


def _ago(chosen: OverviewFilter) -> str:
    return n_("against {count} day ago", "against {count} days ago", chosen.days).format(count=chosen.days)


def _before(chosen: OverviewFilter) -> str:
    return n_("against the {count} day before", "against the {count} days before", chosen.days).format(
        count=chosen.days
    )
