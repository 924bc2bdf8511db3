"""Mailboxes or teams side by side: how much is decided automatically, how long people take; a click filters."""

import altair as alt
import pandas as pd

from core import findings
from core.language import _
from core.trends import share
from pages.components import charts
from pages.components.overview_filters import toggle
from pages.components.overview_now import MOST, heading


def automatic(rows: pd.DataFrame, by: str, chosen: list[str], note: str) -> None:
    """The share decided automatically in each mailbox or team; a click filters the page by it."""
    groups = share(rows, by).sort_values("share", ascending=False)
    axis = alt.X("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    chart = _across(groups, by, chosen, axis, charts.TEAL,
                    [alt.Tooltip("share:Q", format=".0%", title=_("Decided automatically")),
                     alt.Tooltip("arrived:Q", title=_("Arrived"))])  # fmt: skip
    charts.show(chart, groups, findings.of_share_by(groups, by), key="share-by", note=note,
                pick=(by, lambda name: toggle(by, name)),
                columns={by: heading(by), "arrived": _("Arrived"), "automatic": _("Automatically"),
                         "share": _("Share")})  # fmt: skip


def handling(rows: pd.DataFrame, by: str, chosen: list[str], note: str) -> None:
    """How long people took in each mailbox or team: a bar to the median; the tooltip tells the rest."""
    groups = rows[rows["part"] == by].sort_values("median_hours", ascending=False).rename(columns={"name": by})
    chart = _across(groups, by, chosen, alt.X("median_hours:Q", title=_("hours, median")), charts.BLUE,
                    [alt.Tooltip("median_hours:Q", format=".1f", title=_("Median, hours")),
                     alt.Tooltip("p90_hours:Q", format=".1f", title=_("90th percentile, hours")),
                     alt.Tooltip("decided:Q", title=_("Decisions"))])  # fmt: skip
    charts.show(chart, groups, findings.of_handling_by(groups.rename(columns={by: "name"})), key="handling-by",
                note=note, pick=(by, lambda name: toggle(by, name)),
                columns={by: heading(by), "decided": _("Decisions"), "median_hours": _("Median, hours"),
                         "p90_hours": _("90th percentile, hours")})  # fmt: skip


def _across(
    groups: pd.DataFrame, by: str, chosen: list[str], x: alt.X, colour: str, more: list[alt.Tooltip]
) -> alt.Chart:
    shown = groups.head(MOST)
    chart: alt.Chart = (
        alt.Chart(shown, height=max(210, 26 * len(shown) + 40))
        .mark_bar(cursor="pointer", color=colour, height={"band": 0.6})
        .encode(alt.Y(f"{by}:N", title=None, sort=list(shown[by]), axis=alt.Axis(labelLimit=200)), x,
                opacity=charts.opacity(by, chosen), tooltip=[alt.Tooltip(f"{by}:N", title=heading(by)), *more])
        .add_params(charts.picking(by))
    )  # fmt: skip
    return chart
