"""Who keeps sending mail that no route wants, week by week; a click lists what would catch it."""

import altair as alt
import pandas as pd
import streamlit as st
from babel.dates import format_skeleton

from core.language import _, n_, spoken
from core.scope import Scope
from core.senders import unrouted_senders
from pages.components import charts
from pages.components.recommendation_filters import SENDER, from_sender

MOST, DAYS = 25, 84


def show(scope: Scope) -> None:
    """The heat map of the senders with most such mail."""
    rows = unrouted_senders(scope, DAYS)
    totals = rows.drop_duplicates("from_address").sort_values(["total", "from_address"], ascending=[False, True])
    top = list(totals["from_address"].head(MOST))
    told = rows[rows["from_address"].isin(top)]
    told = told.assign(label=[str(format_skeleton("MMMd", week, locale=spoken())) for week in told["week"]])
    chosen = str(st.query_params.get(SENDER, ""))
    chart = _heat(told, top, [chosen] if chosen in top else []) if top else None
    charts.show(chart, told, _finding(totals), key="heat", pick=("from_address", from_sender),
                queries=("unrouted_senders",), columns={
                    "from_address": _("Sender"), "from_name": _("Name"), "label": _("Week from"),
                    "messages": _("Mails"), "total": _("In {days} days").format(days=DAYS),
                    "waiting": _("Waiting")})  # fmt: skip
    if top:
        st.caption(_("A click on a sender lists what would catch their mail; a second one lists everything again."))


def _finding(totals: pd.DataFrame) -> str:
    if totals.empty:
        return _("No sender keeps coming without a route")
    first = totals.iloc[0]
    weeks = int(first["weeks"])
    told = n_("{sender} comes most often without a route: {mails} mails in {weeks} week",
              "{sender} comes most often without a route: {mails} mails in {weeks} weeks", weeks)  # fmt: skip
    return told.format(sender=first["from_address"], mails=int(first["total"]), weeks=weeks)


def _heat(rows: pd.DataFrame, order: list[str], chosen: list[str]) -> alt.Chart:
    weeks = rows.drop_duplicates("week").sort_values("week")["label"].tolist()
    most = int(rows["messages"].max())
    stroke = alt.condition(alt.FieldOneOfPredicate("from_address", chosen), alt.value(charts.GOLD), alt.value(None))
    chart: alt.Chart = (
        alt.Chart(rows, height=18 * len(order) + 50).mark_rect(cursor="pointer", color=charts.TEAL, cornerRadius=2,
                                                              strokeWidth=2)
        .encode(
            alt.X("label:N", title=_("week from"), sort=weeks,
                  axis=alt.Axis(labelAngle=0, labelOverlap=True, grid=False), scale=alt.Scale(paddingInner=0.08)),
            alt.Y("from_address:N", title=None, sort=order, axis=alt.Axis(labelLimit=230, grid=False),
                  scale=alt.Scale(paddingInner=0.12)),
            opacity=alt.Opacity("messages:Q", scale=alt.Scale(domain=[0, most], range=[0.2, 1]), legend=None),
            stroke=stroke,
            tooltip=[alt.Tooltip("from_address:N", title=_("Sender")), alt.Tooltip("label:N", title=_("Week from")),
                     alt.Tooltip("messages:Q", title=_("Mails")),
                     alt.Tooltip("total:Q", title=_("In {days} days").format(days=DAYS)),
                     alt.Tooltip("waiting:Q", title=_("Waiting"))],
        )
        .add_params(charts.picking("from_address"))
    )  # fmt: skip
    return chart
