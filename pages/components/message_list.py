"""The list of waiting messages: a click opens one, the boxes at the left choose several."""

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.causes import causes
from core.language import _
from pages.components import tickable
from pages.components.reading import age, moment


@dataclass(frozen=True, slots=True)
class Choice:
    """`opened` is the message shown beside the list; `selected` maps the chosen ids to the versions seen."""

    opened: str | None
    selected: dict[str, int]
    held: tickable.Held


def choice(rows: pd.DataFrame) -> Choice:
    """What is opened and what is selected of these rows, before they are drawn: the message comes first."""
    ids = list(rows["id"])
    _keep_place(ids)
    versions = dict(zip(ids, rows["version"].astype(int), strict=True))
    held = tickable.hold("list", ids)
    return Choice(st.session_state["opened"], {id: versions[id] for id in held.ticked}, held)


def show(rows: pd.DataFrame, chosen: Choice) -> None:
    """The list."""
    long = len(rows) > 13  # more than fit: then as high as the window, says the look
    with st.container(key="tall" if long else "short", height=520 if long else "content", border=False):
        tickable.draw(chosen.held, _table(rows), list(rows["id"]), _open, several=True, row_height=36,
                      height="stretch" if long else "content", alt=_("Waiting messages"),
                      column_config=_columns())  # fmt: skip


def _keep_place(ids: list[str]) -> None:
    """What was opened stays open; when it has left the list, the one that took its place opens."""
    opened = st.session_state.get("opened") or st.query_params.get("id")
    if opened not in ids and ids:
        opened = ids[min(st.session_state.get("place", 0), len(ids) - 1)]
    st.session_state["opened"] = opened
    st.session_state["place"] = ids.index(opened) if opened in ids else 0
    st.query_params["id"] = opened or ""


def steps(ids: list[str]) -> None:
    """To the previous and to the next message."""
    place = st.session_state["place"]
    with st.container(key="steps", horizontal=True, horizontal_alignment="right", gap="small"):
        st.button(_("Previous"), key="previous", shortcut="K", type="tertiary", icon=":material/expand_less:",
                  disabled=place == 0, on_click=_step, args=(ids, -1))  # fmt: skip
        st.button(_("Next"), key="next", shortcut="J", type="tertiary", icon=":material/expand_more:",
                  disabled=place >= len(ids) - 1, on_click=_step, args=(ids, 1))  # fmt: skip


def _step(ids: list[str], by: int) -> None:
    """From what is open now, not from what was when the button was drawn: keys can come faster than the page."""
    opened = st.session_state.get("opened")
    place = ids.index(opened) if opened in ids else 0
    st.session_state["opened"] = ids[max(0, min(place + by, len(ids) - 1))]


def _open(id: str) -> None:
    st.session_state["opened"] = id


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    short = {code: cause.short for code, cause in causes().items()}
    opened = st.session_state.get("opened")
    return pd.DataFrame({
        "now": ["▸" if id == opened else "" for id in rows["id"]],
        "age": [age(at.to_pydatetime()) for at in rows["received_at"]],
        "from": rows["from_name"].where(rows["from_name"] != "", rows["from_address"]),
        "subject": rows["subject"],
        "cause": [short.get(code, code) for code in rows["cause"]],
        "claimed": rows["claimed_by"].fillna("").str.split("@").str[0],
        "mailbox": rows["mailbox"],
        "files": rows["attachments"].map(lambda count: f"{count}" if count else ""),
        "received": [moment(at.to_pydatetime()) for at in rows["received_at"]],
    })  # fmt: skip


def _columns() -> dict[str | Literal["_index"], Any]:
    column = st.column_config.TextColumn
    return {
        "now": column("", width=22), "age": column(_("Age"), width=54), "from": column(_("From"), width=106),
        "subject": column(_("Subject"), width=174), "cause": column(_("Cause"), width=132),
        "claimed": column(_("Claimed by"), width=80), "mailbox": column(_("Mailbox"), width=130),
        "files": column(_("Files"), width=70), "received": column(_("Received"), width=150),
    }  # fmt: skip
