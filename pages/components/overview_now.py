"""How the desk stands at this moment: what waits against its target, and who has taken what on."""

from collections.abc import Callable

import altair as alt
import pandas as pd
import streamlit as st
from babel.dates import format_time

from core import findings
from core.language import _, spoken
from core.overview import SOON
from pages.components import charts
from pages.components.overview_filters import toggle
from pages.components.reading import age, zone

BUCKETS = ("breached", "due", "fine", "aside")
MOST = 12  # bars in a chart; the table behind it holds all of them


def ageing(rows: pd.DataFrame, by: str, chosen: list[str]) -> None:
    """Bars by mailbox or team; a click filters the page by it."""
    groups = rows.groupby(by, as_index=False).agg(
        {"waiting": "sum", **dict.fromkeys(BUCKETS, "sum"), "oldest_at": "min"}
    )
    shown = groups.sort_values(["breached", "waiting"], ascending=False).query("waiting > 0")
    told = shown.assign(oldest=[age(at.to_pydatetime()) for at in shown["oldest_at"]])
    labels = {"breached": _("past its target"), "due": _("due within {hours} h").format(hours=SOON),
              "fine": _("within its target"), "aside": _("put aside")}  # fmt: skip
    kinds = {code: label for code, label in labels.items() if code != "aside" or shown["aside"].sum()}
    charts.show(_bars(told.head(MOST), by, kinds, chosen), told, findings.of_ageing(rows, by), key="ageing",
                kinds=kinds, columns={by: heading(by), "waiting": _("Waiting"), **kinds, "oldest": _("Oldest")},
                pick=(by, lambda name: toggle(by, name)))  # fmt: skip


def claims(rows: pd.DataFrame, lead_to: Callable[[str], None]) -> None:
    """Who has claimed what; a click on a line leads to their mail in the queue."""
    told = rows.assign(oldest=[age(at.to_pydatetime()) for at in rows["oldest_at"]],
                       ends=[_time(at) for at in rows["until"]])  # fmt: skip
    columns = {"name": _("Who"), "mailbox": _("Mailbox"), "messages": _("Messages"), "oldest": _("Oldest"),
               "ends": _("Until")}  # fmt: skip
    charts.show(None, told, findings.of_claims(rows), key="claims", columns=columns)
    if len(rows):
        people = list(rows["person"])
        charts.table(
            told, columns, key="claims", about=_("Who has claimed what"), lead_to=lambda place: lead_to(people[place])
        )
    else:
        st.caption(_("Agents claim mail in the queue, so that nobody works on it twice."))


def _time(moment: pd.Timestamp) -> str:
    """When a lease ends: it is never longer than a day, so the time of day says it."""
    return str(format_time(moment.tz_localize("UTC").tz_convert(zone()), "short", locale=spoken()))


def heading(by: str) -> str:
    """The column of mailboxes or teams."""
    return _("Mailbox") if by == "mailbox" else _("Team")


def _bars(groups: pd.DataFrame, by: str, kinds: dict[str, str], chosen: list[str]) -> alt.Chart:
    long = groups.melt(by, list(kinds), var_name="code", value_name="messages").query("messages > 0")
    long = long.assign(kind=long["code"].map(kinds), place=long["code"].map(list(kinds).index))
    chart: alt.Chart = (
        alt.Chart(long, height=40 * len(groups) + 70).mark_bar(cursor="pointer", height={"band": 0.7})
        .encode(
            alt.Y(f"{by}:N", title=None, sort=list(groups[by]), axis=alt.Axis(labelLimit=220)),
            alt.X("messages:Q", title=_("messages waiting"), axis=alt.Axis(tickMinStep=1, format="~s")),
            charts.colours(kinds), order="place:Q", opacity=charts.opacity(by, chosen),
            tooltip=[alt.Tooltip(f"{by}:N", title=heading(by)), alt.Tooltip("kind:N", title=_("State")),
                     alt.Tooltip("messages:Q", title=_("Messages"))],
        )
        .add_params(charts.picking(by))
    )  # fmt: skip
    return chart
