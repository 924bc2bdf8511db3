"""How the desk does over the period: what arrived, how much was decided automatically, how long people took."""

from datetime import date

import altair as alt
import pandas as pd
from babel.dates import format_skeleton

from core import findings
from core.language import _, spoken
from core.trends import OUTCOMES, share
from pages.components import charts
from pages.components.overview_filters import toggle_day

WEEKS = 14  # days from which a trend is told by the week


def arrivals(rows: pd.DataFrame, first: date, last: date, day: date | None) -> None:
    """Bars by day; a click makes the rest of the page about that day."""
    kinds = {"routed": _("routed"), "by_hand": _("by hand"), "deleted": _("deleted"), "blocked": _("blocked"),
             "waiting": _("still waiting")}  # fmt: skip
    sums = rows.groupby("day")[["arrived", *OUTCOMES]].sum()
    days = sums.reindex(pd.date_range(first, last, name="day"), fill_value=0).reset_index()
    told = days.assign(iso=days["day"].dt.strftime("%Y-%m-%d"))
    chart = _days(told, kinds, day) if days["arrived"].sum() else None
    charts.show(chart, told if chart else told.head(0), findings.of_arrivals(days), key="arrivals", kinds=kinds,
                columns={"iso": _("Day"), "arrived": _("Arrived"), **kinds}, pick=("iso", toggle_day))  # fmt: skip


def automatic(rows: pd.DataFrame, first: date, days: int) -> None:
    """The share decided automatically, by week (by day for a short period)."""
    by_week = days >= WEEKS
    since_monday = pd.to_timedelta(rows["day"].dt.day_of_week * by_week, unit="D")
    steps = share(rows.assign(step=rows["day"] - since_monday), "step")
    told = steps.assign(label=_labels(steps["step"], first))
    axis = alt.X(
        "label:N", title=_("week from") if by_week else None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)
    )
    chart = alt.Chart(told, height=210).mark_line(point=True, color=charts.TEAL).encode(
        axis, alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
        tooltip=[alt.Tooltip("label:N", title=_("Week from") if by_week else _("Day")),
                 alt.Tooltip("share:Q", format=".0%", title=_("Decided automatically")),
                 alt.Tooltip("arrived:Q", title=_("Arrived"))])  # fmt: skip
    charts.show(chart, told, findings.of_share(steps), key="share",
                columns={"label": _("Week from") if by_week else _("Day"), "arrived": _("Arrived"),
                         "automatic": _("Automatically"), "share": _("Share")})  # fmt: skip


def handling(rows: pd.DataFrame, first: date, days: int) -> None:
    """Median and 90th percentile of the time people took, by week (by day for a short period)."""
    part = "week" if days >= WEEKS else "day"
    steps = rows[rows["part"] == part]
    told = steps.assign(label=_labels(steps["day"], first))
    step = _("Week from") if part == "week" else _("Day")
    kinds = {"median_hours": _("half within"), "p90_hours": _("nine in ten within")}
    long = told.melt(["label", "decided"], list(kinds), var_name="code", value_name="hours")
    long = long.assign(kind=long["code"].map(kinds))
    chart = alt.Chart(long, height=210).mark_line(point=True).encode(
        alt.X("label:N", title=_("week from") if part == "week" else None, sort=None,
              axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        alt.Y("hours:Q", title=_("hours")), charts.colours(kinds),
        strokeDash=alt.StrokeDash("kind:N", sort=list(kinds.values()), legend=None),
        tooltip=[alt.Tooltip("label:N", title=step), alt.Tooltip("kind:N", title=_("Decisions")),
                 alt.Tooltip("hours:Q", format=".1f", title=_("hours"))])  # fmt: skip
    charts.show(chart, told, findings.of_handling(rows[(rows["part"] == "period") & rows["recent"]]), key="handling",
                kinds=kinds, columns={"label": step, "decided": _("Decisions"), "median_hours": _("Median, hours"),
                         "p90_hours": _("90th percentile, hours")})  # fmt: skip


def _days(days: pd.DataFrame, kinds: dict[str, str], day: date | None) -> alt.Chart:
    labelled = days.assign(label=_labels(days["day"]))
    long = labelled.melt(["iso", "label"], list(kinds), var_name="code", value_name="messages")
    long = long.assign(kind=long["code"].map(kinds), place=long["code"].map(list(kinds).index))
    chart: alt.Chart = (
        alt.Chart(long, height=240).mark_bar(cursor="pointer")
        .encode(
            alt.X("label:N", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            alt.Y("messages:Q", title=_("messages"), axis=alt.Axis(tickMinStep=1)), charts.colours(kinds),
            order="place:Q", opacity=charts.opacity("iso", [day.isoformat()] if day else []),
            tooltip=[alt.Tooltip("label:N", title=_("Day")), alt.Tooltip("kind:N", title=_("Outcome")),
                     alt.Tooltip("messages:Q", title=_("Messages"))],
        )
        .add_params(charts.picking("iso"))
    )  # fmt: skip
    return chart


def _labels(days: "pd.Series[pd.Timestamp]", first: date = date.min) -> list[str]:
    """Days as the language writes them; a week that began before the period begins with it."""
    return [str(format_skeleton("MMMd", max(day.date(), first), locale=spoken())) for day in days]
