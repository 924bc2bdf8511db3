"""The list of waiting messages: a click opens one, the boxes at the left choose several."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.causes import causes
from core.language import _
from pages.components.reading import age, moment

PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """`opened` is the message shown beside the list; `selected` maps the chosen ids to the versions seen."""

    opened: str | None
    selected: dict[str, int]


def show(rows: pd.DataFrame) -> Choice:
    """The list; answers what is opened and what is selected."""
    ids = list(rows["id"])
    versions = dict(zip(ids, rows["version"].astype(int), strict=True))
    if st.session_state.get("opened") not in versions:
        st.session_state["opened"] = ids[0] if ids else None
    picked = st.dataframe(
        _table(rows), key=f"list-{st.session_state.get('round', 0)}", hide_index=True, height=560, row_height=38,
        on_select=lambda: _open(ids), selection_mode=["multi-row", "single-cell"], alt=_("Waiting messages"),
        column_config=_columns(),
    )  # fmt: skip
    chosen = [ids[place] for place in picked["selection"]["rows"] if place < len(ids)]
    return Choice(st.session_state["opened"], {id: versions[id] for id in chosen})


def _open(ids: list[str]) -> None:
    """A click on a cell opens its message."""
    state = st.session_state[f"list-{st.session_state.get('round', 0)}"]
    for place, _column in state["selection"]["cells"][:1]:
        if place < len(ids):
            st.session_state["opened"] = ids[place]


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    short = {code: cause.short for code, cause in causes().items()}
    opened = st.session_state.get("opened")
    return pd.DataFrame({
        "now": ["▸" if id == opened else "" for id in rows["id"]],
        "age": [age(at.to_pydatetime()) for at in rows["received_at"]],
        "from": rows["from_name"].where(rows["from_name"] != "", rows["from_address"]),
        "subject": rows["subject"],
        "cause": [short.get(code, code) for code in rows["cause"]],
        "mailbox": rows["mailbox"],
        "files": rows["attachments"].map(lambda count: f"{count}" if count else ""),
        "received": [moment(at.to_pydatetime()) for at in rows["received_at"]],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column = st.column_config.TextColumn
    return {
        "now": column("", width=22), "age": column(_("Age"), width=54),
        "from": column(_("From"), width=132), "subject": column(_("Subject"), width=250),
        "cause": column(_("Cause"), width=120), "mailbox": column(_("Mailbox"), width=130),
        "files": column(_("Files"), width=50), "received": column(_("Received"), width=150),
    }  # fmt: skip
