"""What routes do since: whether more is decided automatically, and whether a route that was added still holds."""

import altair as alt
import pandas as pd
import streamlit as st
from babel.dates import format_skeleton

from core.findings import POINTS, percent
from core.language import _, n_, spoken
from core.recommendations.watching import decided_by_week, drift_alarms, routes_added
from core.scope import Scope
from pages.components import charts
from pages.components.look import box, text
from pages.components.reading import moment

NAMES, SAID = 6, 3  # routes of a week, and alarms, told one by one


def trend(scope: Scope) -> None:
    """The share decided automatically by week, with a mark where routes were added."""
    weeks, added = decided_by_week(scope), routes_added(scope)
    names = {week: _named(list(some["name"])) for week, some in added.groupby("week")}
    told = weeks.assign(label=[str(format_skeleton("MMMd", week, locale=spoken())) for week in weeks["week"]],
                        added=[len(added[added["week"] == week]) for week in weeks["week"]],
                        names=[names.get(week, "") for week in weeks["week"]])  # fmt: skip
    charts.show(_chart(told) if len(told) else None, told, _finding(told), key="trend", queries=QUERIES["trend"],
                columns={"label": _("Week from"), "arrived": _("Arrived"), "automatic": _("Automatically"),
                         "share": _("Share"), "added": _("Routes added"), "names": _("Their names")})  # fmt: skip


def alarms(scope: Scope) -> None:
    """The routes that people overrule more than before; a click leads to one."""
    rows = drift_alarms(scope)
    if rows.empty:
        title = _("No route is overruled by people more than before")
    else:
        count = len(rows)
        title = n_("{count} route is overruled by people more than before",
                   "{count} routes are overruled by people more than before", count).format(count=count)  # fmt: skip
    told = rows.assign(since=[moment(at.to_pydatetime()) for at in rows["since"]])
    names = {"route": _("Route"), "share_28": _("Overruled, 28 days"), "share_before": _("Before"),
             "hits_28": _("Mails, 28 days"), "overrides_28": _("Of these overruled"), "target": _("Opens"),
             "mailbox": _("Mailbox"), "since": _("In force since")}  # fmt: skip
    charts.show(None, told, title, key="drift", columns=names, queries=QUERIES["drift"])
    if rows.empty:
        st.caption(_("A route that was right can go stale; when people start to undo what it does, it stands here."))
        return
    for sentence in rows["sentence"].head(SAID):
        st.html(box(text(sentence), warn=True))
    column, share = st.column_config.TextColumn, st.column_config.ProgressColumn
    columns = {name: column(label, width=130) for name, label in names.items()}
    columns |= {name: share(names[name], format="percent", min_value=0, max_value=1, width=120)
                for name in ("share_28", "share_before")}  # fmt: skip
    columns |= {name: st.column_config.NumberColumn(names[name], width=90) for name in ("hits_28", "overrides_28")}
    charts.table(told, columns, key="drift", about=title, lead_to=lambda place: _see(str(rows["route_id"].iloc[place])))


def _see(id: str) -> None:
    st.switch_page("pages/routes.py", query_params={"route": id})


def _named(names: list[str]) -> str:
    more = len(names) - NAMES
    told = ", ".join(names[:NAMES])
    return _("{names} and {count} more").format(names=told, count=more) if more > 0 else told


def _finding(weeks: pd.DataFrame) -> str:
    some = weeks[weeks["arrived"] > 0]
    if some.empty:
        return _("No mail arrived in these weeks")
    quarter = max(1, len(some) // 4)
    first, last = (part["automatic"].sum() / part["arrived"].sum() for part in (some.head(quarter), some.tail(quarter)))
    added = int(weeks["added"].sum())
    routes = n_("{count} route was added meanwhile", "{count} routes were added meanwhile", added).format(count=added)
    if abs(last - first) < POINTS:
        told = _("{share} are decided automatically, as before").format(share=percent(last))
    else:
        told = _("{first} were decided automatically at first, {last} are lately").format(
            first=percent(first), last=percent(last))  # fmt: skip
    return _("{change}; {routes}").format(change=told, routes=routes) if added else told


def _chart(weeks: pd.DataFrame) -> charts.Drawn:
    axis = alt.X("label:N", title=_("week from"), sort=list(weeks["label"]),
                 axis=alt.Axis(labelAngle=0, labelOverlap=True))  # fmt: skip
    share = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    line = alt.Chart(weeks).mark_line(point={"color": charts.TEAL}, color=charts.TEAL).encode(axis, share, tooltip=[
        alt.Tooltip("label:N", title=_("Week from")), alt.Tooltip("arrived:Q", title=_("Arrived")),
        alt.Tooltip("share:Q", format=".0%", title=_("Decided automatically"))])  # fmt: skip
    layers = [line]
    if weeks["added"].any():  # an empty layer would be an image without a name
        layers += _flags(weeks, axis)
    chart: charts.Drawn = alt.layer(*layers).properties(height=240, padding={"top": 18})
    return chart


def _flags(weeks: pd.DataFrame, axis: alt.X) -> list[alt.Chart]:
    """A line with a number where routes were added."""
    marked = alt.Chart(weeks[weeks["added"] > 0])
    tooltip = [alt.Tooltip("label:N", title=_("Week from")), alt.Tooltip("added:Q", title=_("Routes added")),
               alt.Tooltip("names:N", title=_("Their names"))]  # fmt: skip
    rule = marked.mark_rule(color=charts.GOLD, strokeDash=[4, 3]).encode(axis, tooltip=tooltip)
    flag = marked.mark_text(dy=-6, baseline="bottom", fontWeight=600, color=charts.GOLD).encode(
        axis, y=alt.value(0), text=alt.Text("added:Q", format="+d"), tooltip=tooltip)  # fmt: skip
    return [rule, flag]


QUERIES = {"trend": ("overview_arrivals",), "drift": ("drift_alarms",)}
