"""The mail that a block deleted, or an allow let through: a list to tick, and the message that is opened."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.blocked import mail_of_block
from core.errors import NotFound
from core.language import _, n_
from core.scope import Scope
from pages.components import clickable, message_view, tickable
from pages.components.audit_filters import status_words
from pages.components.reading import age, number

SHOWN = 200
LIST = "blocked-list"


@dataclass(frozen=True, slots=True)
class Picked:
    """The newest of the mail, and those of it that are ticked and deleted, with the version of each."""

    rows: pd.DataFrame
    ticked: dict[str, int]


def chosen(scope: Scope, entry: dict[str, Any]) -> Picked:
    """What is ticked, before the list is drawn."""
    rows = mail_of_block(scope, entry["id"], limit=SHOWN)
    held = tickable.hold(LIST, list(rows["id"]))
    ticked = rows[rows["id"].isin(held.ticked) & (rows["status"] == "deleted")]
    return Picked(rows, dict(zip(ticked["id"], ticked["version"].astype(int), strict=True)))


def show(scope: Scope, entry: dict[str, Any], picked: Picked) -> None:
    """The list, and below it the message that was clicked, the newest at first."""
    rows = picked.rows
    if rows.empty:
        st.caption(_("No mail so far.") if entry["effect"] == "allow" else _("It has deleted nothing so far."))
        return
    if entry["hits"] > len(rows):
        st.caption(n_("The newest {count} of them", "The newest {count} of them", len(rows)).format(
            count=number(len(rows))))  # fmt: skip
    opened = str(st.query_params.get("blocked", ""))
    opened = opened if opened in set(rows["id"]) else str(rows["id"].iloc[0])
    table = _table(rows)
    table.insert(0, "now", ["▸" if id == opened else "" for id in rows["id"]])
    tickable.draw(tickable.hold(LIST, list(rows["id"])), table, list(rows["id"]), _open, several=True,
                  row_height=clickable.ROW, height=min(220, clickable.ROW * (len(rows) + 1) + 2), alt=_("Mail"),
                  column_config=_columns())  # fmt: skip
    try:
        message_view.show(scope, opened)
    except NotFound:
        st.info(_("You may no longer see this message."))


def _open(id: str) -> None:
    st.query_params["blocked"] = id


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    states = status_words()
    about = rows["from_name"].where(rows["from_name"].fillna("") != "", rows["from_address"])
    return pd.DataFrame({
        "age": [age(at.to_pydatetime()) for at in rows["received_at"]],
        "from": about.fillna(""), "subject": rows["subject"].where(rows["subject"].fillna("") != "", _("(no subject)")),
        "status": [states[code] for code in rows["status"]], "item": rows["work_items"].fillna(""),
    })  # fmt: skip


def _columns() -> dict[str, Any]:
    column = st.column_config.TextColumn
    return {"now": column("", width=22), "age": column(_("Age"), width=54), "from": column(_("From"), width=130),
            "subject": column(_("Subject"), width=190), "status": column(_("Now"), width=76),
            "item": column(_("Work item"), width=84)}  # fmt: skip
