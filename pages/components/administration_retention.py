"""Administration: what the rules of retention remove and when, and what the last runs did; holds beside it."""

from typing import Any

import pandas as pd
import streamlit as st

from core import retention
from core.language import _, n_
from core.retention import AHEAD
from core.scope import Scope
from pages.components import administration_holds, look
from pages.components.look import box, text
from pages.components.reading import moment, number, size


def show(scope: Scope) -> None:
    """The rules with what they are about to remove, the holds, and the runs."""
    with scope.store.reading():
        rules, coming = retention.rules(scope), retention.coming(scope)
        held, done = retention.holds(scope), retention.runs(scope, limit=20)
    _coming(scope, rules, coming)
    administration_holds.show(scope, held)
    _runs(done)


def _coming(scope: Scope, rules: list[retention.Rule], coming: pd.DataFrame) -> None:
    look.heading(_("What is removed"))
    if not rules:
        st.info(_("Nothing is ever removed: there is no [[retention]] in the configuration file."),
                icon=":material/all_inclusive:")  # fmt: skip
        return
    if not coming.empty:
        total = int(coming["messages_now"].sum() + coming["messages_soon"].sum())
        told = n_("{count} removal is due within {days} days, unless what it is about is held.",
                  "{count} removals are due within {days} days, unless what they are about is held.",
                  total)  # fmt: skip
        st.html(box(text(told.format(count=number(total), days=AHEAD.days)), warn=True))
    by_rule = {each["rule"]: each for each in coming.to_dict("records")}
    nothing = {"messages_now": 0, "bytes_now": 0, "messages_soon": 0, "bytes_soon": 0}
    statuses, parts, now = _statuses(), _parts(), scope.desk.now()
    table = pd.DataFrame([{
        "mailbox": rule.mailbox, "status": statuses[rule.status], "what": parts[rule.what],
        "after": n_("{count} day", "{count} days", rule.days).format(count=number(rule.days)),
        "now": _amount(by_rule.get(str(rule), nothing), "now"),
        "soon": _amount(by_rule.get(str(rule), nothing), "soon"),
        "counts": "" if rule.effective_at <= now else _("from {time}").format(time=moment(rule.effective_at)),
    } for rule in rules])  # fmt: skip
    column = st.column_config.TextColumn
    st.dataframe(table, hide_index=True, key="retention-rules", alt=_("Rules"), row_height=36,
                 height="content" if len(table) <= 10 else 400, column_config={
        "mailbox": column(_("Mailbox"), width=200), "status": column(_("Mail that is"), width=100),
        "what": column(_("What goes"), width=170), "after": column(_("After"), width=90),
        "now": column(_("Today"), width=140), "soon": column(_("In the next 7 days"), width=140),
        "counts": column(_("Counts"), width=170, help=_("A rule counts a day after it was first seen.")),
    })  # fmt: skip
    st.caption(_("The rules stand in the configuration file. What waits, mail of open work items, mail pinned to a "
                 "route and what is held is never removed. The collector removes once a day."))  # fmt: skip


def _runs(done: pd.DataFrame) -> None:
    look.heading(_("Last runs"))
    if done.empty:
        st.caption(_("There was none yet."))
        return
    table = pd.DataFrame({
        "when": [moment(at.to_pydatetime()) for at in done["started_at"]],
        "rule": done["rule"].fillna(_("nothing was due")),
        "what": done["what"].map(_parts()).fillna(""),
        "messages": [number(int(count)) for count in done["messages"]],
        "bytes": [size(int(count)) for count in done["bytes"]],
    })  # fmt: skip
    column = st.column_config.TextColumn
    st.dataframe(table, hide_index=True, key="retention-runs", alt=_("Last runs"), row_height=36,
                 height="content" if len(table) <= 10 else 400, column_config={
        "when": column(_("When"), width=170), "rule": column(_("Rule"), width=330),
        "what": column(_("What"), width=170),
        "messages": column(_("Messages"), width=100), "bytes": column(_("Size"), width=110),
    })  # fmt: skip


def _amount(row: dict[Any, Any], when: str) -> str:
    count = int(row[f"messages_{when}"])
    return f"{number(count)} · {size(int(row[f'bytes_{when}']))}" if count else "–"


def _statuses() -> dict[str, str]:
    return {"deleted": _("deleted"), "processed": _("processed")}


def _parts() -> dict[str, str]:
    return {"raw": _("bytes and files"), "body": _("text"), "row": _("everything")}
