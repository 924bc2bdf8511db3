"""Addresses in mail that no route wanted: counted, listed, charted, and one click to a route for them."""

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.language import _, n_
from core.one_route import may_write_somewhere
from core.scope import Scope
from core.unrouted import finding, unrouted_recipients
from pages.components import charts, choice, clickable, route_draft
from pages.components.look import row, text
from pages.components.reading import age, moment, number

DAYS, MOST = 90, 12


def show(scope: Scope) -> None:
    """The chart with the list below it, and the opened address beside them."""
    every = unrouted_recipients(scope, DAYS)
    whose = choice.view(_("Whose addresses"), "whose", {"ours": _("Ours"), "all": _("All")})
    rows = every[every["ours"]] if whose == "ours" else every
    left, right = st.columns([11, 9], gap="medium")
    with left:
        charts.show(_bars(rows.head(MOST)) if len(rows) else None, _told(rows), finding(rows, DAYS), key="unrouted",
                    kinds=_kinds(), columns=_headings(), pick=("address", _open))  # fmt: skip
        if rows.empty:
            return
        opened = clickable.show(_table(rows), list(rows["address"]), "recipient", _columns(),
                                _("Addresses that no route wanted"), height=330).opened  # fmt: skip
    found = rows[rows["address"] == opened]
    with right, st.container(key="opened"):
        for one in found.to_dict("records"):
            _opened(scope, one)


def _opened(scope: Scope, one: dict[Any, Any]) -> None:
    last = one["last_at"].to_pydatetime()
    lines = [
        f"<h2>{text(one['address'])}</h2>",
        row(_("In"), text(n_("{count} mail of the last {days} days", "{count} mails of the last {days} days",
                             one["messages"]).format(count=number(one["messages"]), days=DAYS))),
        row(_("Beside"), text(n_("{count} time beside a routed address", "{count} times beside a routed address",
                                 one["beside"]).format(count=number(one["beside"])))),
        row(_("Waiting"), text(n_("{count} mail in the queue", "{count} mails in the queue", one["waiting"]).format(
            count=number(one["waiting"])))),
        row(_("From"), text(n_("{sender}, {count} sender", "{sender} and others, {count} senders",
                               one["senders"]).format(sender=one["sender"], count=number(one["senders"])))),
        row(_("Last one"), text(f"{moment(last)} · {age(last)}")),
    ]  # fmt: skip
    if isinstance(one["route"], str):
        lines.append(row(_("Taken by"), text(one["route"])))
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')
    with st.container(key="route-actions", horizontal=True, gap="small"):
        if may_write_somewhere(scope) and st.button(_("Draft a route"), key="draft-route", type="primary", shortcut="N",
                                                    icon=":material/add_road:"):  # fmt: skip
            _draft(one)


def _draft(one: dict[Any, Any]) -> None:
    """A route for this address, from its sender where there is only one; what it opens is chosen in the editor."""
    sender = [one["sender"]] if one["senders"] == 1 and one["sender"] else []
    route_draft.begin_with({"name": one["address"], "recipient": one["address"], "sender": sender,
                             "mailbox": one["mailbox"]})  # fmt: skip


def _open(address: str) -> None:
    st.query_params["recipient"] = address


def _kinds() -> dict[str, str]:
    return {"routed": _("beside an address that was routed"), "waiting": _("in mail that waits")}


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(last=[moment(at.to_pydatetime()) for at in rows["last_at"]])


def _headings() -> dict[str, str]:
    return {"address": _("Address"), "messages": _("Mails"), "beside": _("Beside a routed one"),
            "waiting": _("Waiting"), "senders": _("Senders"), "mailbox": _("Mailbox"), "last": _("Last")}  # fmt: skip


def _bars(rows: pd.DataFrame) -> alt.Chart:
    kinds = _kinds()
    long = rows.rename(columns={"beside": "routed"}).melt("address", list(kinds), var_name="code", value_name="mails")
    long = long.query("mails > 0").assign(kind=lambda frame: frame["code"].map(kinds))
    chart: alt.Chart = (
        alt.Chart(long, height=max(120, 24 * len(rows) + 40)).mark_bar(cursor="pointer", height={"band": 0.65})
        .encode(alt.Y("address:N", title=None, sort=list(rows["address"]), axis=alt.Axis(labelLimit=230)),
                alt.X("mails:Q", title=_("mails in {days} days").format(days=DAYS),
                      axis=alt.Axis(tickMinStep=1, format="~s")), charts.colours(kinds),
                tooltip=[alt.Tooltip("address:N", title=_("Address")), alt.Tooltip("kind:N", title=_("State")),
                         alt.Tooltip("mails:Q", title=_("Mails"))])
        .add_params(charts.picking("address"))
    )  # fmt: skip
    return chart


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "address": rows["address"], "messages": rows["messages"], "beside": rows["beside"], "waiting": rows["waiting"],
        "senders": rows["senders"], "last": [age(at.to_pydatetime()) for at in rows["last_at"]],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column, count = st.column_config.TextColumn, st.column_config.NumberColumn
    return {"address": column(_("Address"), width=230), "messages": count(_("Mails"), width=56),
            "beside": count(_("Beside"), width=60), "waiting": count(_("Waiting"), width=64),
            "senders": count(_("Senders"), width=64), "last": column(_("Last"), width=54)}  # fmt: skip
