"""What came into a mailbox, day by day, against what is usual: a chart under what it finds."""

from datetime import datetime

import altair as alt
import pandas as pd

from core import usual_days
from core.language import _
from core.scope import Scope
from pages.components import charts
from pages.components.reading import day, day_began


def show(scope: Scope, mailbox: str) -> None:
    """Bars by day before a band of what is usual for the weekday; red where it was neither."""
    rows = usual_days.usual_days(scope, mailbox, day_began())
    kinds = {"came": _("messages"), "unlike": _("unlike its weekday"), "usual": _("usual for the weekday")}
    codes = rows["unlike"].map({True: "unlike", False: "came"})
    told = rows.assign(label=[label(at) for at in rows["day"]], kind=codes.map(kinds))
    kept = {code: words for code, words in kinds.items() if code != "usual" or rows["high"].notna().any()}
    kept = {code: words for code, words in kept.items() if code != "unlike" or rows["unlike"].any()}
    chart = _chart(told, kept) if rows["arrived"].any() else None
    charts.show(chart, told, usual_days.finding(rows, label), key="usual-days", kinds=kept,
                note=_("today so far at the right") if chart else "", queries=("usual_days", "unusual"),
                columns={"label": _("Day"), "arrived": _("Messages"), "typical": _("Usually"), "low": _("from"),
                         "high": _("to")})  # fmt: skip


def label(began: datetime | pd.Timestamp) -> str:
    """The day that begins at a moment (UTC), in the viewer's zone."""
    at = began.to_pydatetime() if isinstance(began, pd.Timestamp) else began
    return day(at + pd.Timedelta(hours=12).to_pytimedelta())


def _chart(rows: pd.DataFrame, kinds: dict[str, str]) -> charts.Drawn:
    place = alt.X("label:N", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    tooltip = [alt.Tooltip("label:N", title=_("Day")), alt.Tooltip("arrived:Q", title=_("Messages")),
               alt.Tooltip("low:Q", title=_("Usual from")), alt.Tooltip("high:Q", title=_("Usual to"))]  # fmt: skip
    of_messages = alt.Y("arrived:Q", title=_("messages"), axis=alt.Axis(tickMinStep=1))
    bars = alt.Chart(rows).mark_bar(width={"band": 0.6}).encode(
        place, of_messages, charts.colours(kinds), tooltip=tooltip,
        opacity=alt.condition("datum.is_today", alt.value(0.5), alt.value(1)))  # fmt: skip
    usual = rows[rows["high"].notna()].assign(kind=kinds.get("usual"))
    if usual.empty:
        alone: charts.Drawn = bars.properties(height=220)
        return alone
    band = alt.Chart(usual).mark_bar(width={"band": 1.02}, opacity=0.25).encode(
        place, alt.Y("low:Q"), alt.Y2("high:Q"), charts.colours(kinds), tooltip=tooltip)  # fmt: skip
    whole: charts.Drawn = alt.layer(band, bars).properties(height=220)
    return whole
