"""The ordered route set as a list: what each route takes, what it opens, and how it does."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.conflicts import Finding
from core.language import _, n_
from core.scope import Scope
from pages.components import clickable, route_reading
from pages.components.reading import age, number, who

Conflicts = Mapping[str, list[Finding]]


def search() -> str:
    """The field that looks in every field of a route; its words stand in the address."""
    words = st.text_input(_("Search"), key="find", icon=":material/search:", bind="query-params", live="400ms",
                          placeholder=_("Search in every field"), width=260,
                          label_visibility="collapsed")  # fmt: skip
    return words or ""


def headline(scope: Scope, rows: pd.DataFrame, awaiting: int, conflicts: Conflicts) -> str:
    """The finding about the whole set, in a line. Of mail that others see nothing is counted, and it says so."""
    idle = int(((rows["hits_90"] == 0) & rows["active"] & ~rows["shadow"]).sum())
    grave = sum(any(each.severity == "problem" for each in found) for found in conflicts.values())
    told = [n_("{count} route", "{count} routes", len(rows)).format(count=number(len(rows)))]
    if idle:
        told.append(_idle(scope, idle).format(count=number(idle)))
    if grave:
        told.append(n_("{count} cannot work as it stands", "{count} cannot work as they stand", grave).format(
            count=number(grave)))  # fmt: skip
    if awaiting:
        told.append(n_("{count} waits to be acknowledged", "{count} wait to be acknowledged", awaiting).format(
            count=number(awaiting)))  # fmt: skip
    return "; ".join(told)


def _idle(scope: Scope, count: int) -> str:
    if route_reading.sees_all(scope):
        return n_("{count} has caught nothing in 90 days", "{count} have caught nothing in 90 days", count)
    return n_("{count} has caught none of your mail in 90 days", "{count} have caught none of your mail in 90 days",
              count)  # fmt: skip


def show(scope: Scope, words: str, everything: pd.DataFrame, conflicts: Conflicts) -> str:
    """The list of those in which the words stand; answers the id of the route that is opened."""
    rows = route_reading.statistics(scope, words) if words else everything
    if rows.empty:
        st.info(_("No route says that in any of its fields."), icon=":material/search_off:")
        return ""
    return clickable.show(_table(rows, conflicts), list(rows["id"]), "route", _columns(), _("Routes"),
                          height=700).opened  # fmt: skip


def marks(row: Mapping[Any, Any], found: list[Finding] | None) -> Iterator[str]:
    """What a person should know about a route before anything else, a sign and a word each."""
    if not row["active"]:
        yield _("○ off")
    if row["shadow"]:
        yield _("◐ shadow")
    if row["target_missing"]:
        yield _("▲ target gone")
    elif any(each.severity == "problem" or each.kind == "never_first" for each in found or ()):
        yield _("▲ conflict")
    if row["waits_for_approval"]:
        yield _("⧗ waits for approval")
    elif not row["acknowledged"]:
        yield _("◇ not acknowledged")


def _table(rows: pd.DataFrame, conflicts: Conflicts) -> pd.DataFrame:
    records = rows.to_dict("records")
    return pd.DataFrame({
        "place": rows["place"],
        "name": rows["name"],
        "marks": [list(marks(row, conflicts.get(row["name"]))) for row in records],
        "hits_90": rows["hits_90"],
        "last": [age(at.to_pydatetime()) if pd.notna(at) else _("never") for at in rows["last_fired_at"]],
        "marginal": rows["marginal_90"],
        "target": rows["target"],
        "conditions": rows["conditions"],
        "hits_7": rows["hits_7"], "hits_30": rows["hits_30"], "overrides": rows["overrides_90"],
        "owner": rows["owner_name"].map(who), "version": rows["version"],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column, count = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "place": count(_("No."), width=38, help=_("The first route whose conditions hold takes the mail.")),
        "name": column(_("Route"), width=160),
        "marks": st.column_config.ListColumn(_("State"), width=136),
        "hits_90": count(_("90 days"), width=56, help=_("Mails it opened an item from in the last 90 days")),
        "last": column(_("Last"), width=54, help=_("How long ago it last caught a mail")),
        "marginal": count(_("Only it"), width=54, help=_(
            "Mails of the last 90 days that no other route would have caught")),
        "target": column(_("Opens"), width=210), "conditions": column(_("Catches"), width=360),
        "hits_7": count(_("7 days"), width=56), "hits_30": count(_("30 days"), width=60),
        "overrides": count(_("Overridden"), width=80, help=_(
            "Items of the last 90 days that people merged away, deleted or gave another target")),
        "owner": column(_("Owner"), width=110), "version": count(_("Version"), width=60),
    }  # fmt: skip
