"""How much a route catches, week by week."""

import altair as alt
import pandas as pd

from core.language import _, n_
from core.one_route import OneRoute, caught_by_week
from core.scope import Scope
from pages.components import charts
from pages.components.reading import day, number

DAYS = 90


def show(scope: Scope, route: OneRoute) -> None:
    """A bar each week, with what it says as its title."""
    weeks = caught_by_week(scope, route.id, DAYS)
    told = weeks.assign(label=[day(at.to_pydatetime()) for at in weeks["week"]])
    columns = {"label": _("Week from"), "mails": _("Mails")}
    charts.show(_bars(told), told, finding(told), key="caught-by-week", columns=columns)


def finding(weeks: pd.DataFrame) -> str:
    """What the weeks say, in a sentence."""
    total = int(weeks["mails"].sum())
    if not total:
        return _("It caught nothing in {days} days.").format(days=DAYS)
    most = weeks.sort_values("mails", ascending=False, kind="stable").iloc[0]
    return n_("{count} mail in {days} days, in the week from {day}.",
              "{count} mails in {days} days, most of them in the week from {day}: {most}.", total).format(
                  count=number(total), days=DAYS, day=most["label"], most=number(int(most["mails"])))  # fmt: skip


def _bars(weeks: pd.DataFrame) -> alt.Chart | None:
    if not weeks["mails"].sum():
        return None
    chart: alt.Chart = alt.Chart(weeks, height=150).mark_bar(color=charts.TEAL).encode(
        alt.X("label:N", title=_("week from"), sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        alt.Y("mails:Q", title=_("mails"), axis=alt.Axis(tickMinStep=1, tickCount=4)),
        tooltip=[alt.Tooltip("label:N", title=_("Week from")), alt.Tooltip("mails:Q", title=_("Mails"))],
    )  # fmt: skip
    return chart
