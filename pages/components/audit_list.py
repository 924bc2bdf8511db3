"""The list of what was done, newest first; a click opens an entry, the boxes at the left choose several."""

import pandas as pd
import streamlit as st

from core.language import _
from pages.components import clickable
from pages.components.audit_filters import action_words, status_words, who
from pages.components.clickable import Choice
from pages.components.reading import age, moment


def show(rows: pd.DataFrame) -> Choice:
    """The list; answers the entry that is opened and those that are selected."""
    return clickable.show(_table(rows), list(rows["id"]), "entry", _columns(), _("What was done"), several=True)


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    words, statuses = action_words(), status_words()
    taken_back = _("{action}, undone")
    done = [taken_back.format(action=words.get(code, code)) if undone else words.get(code, code)
            for code, undone in zip(rows["action"], rows["undone"], strict=True)]  # fmt: skip
    about = rows["from_name"].where(rows["from_name"].fillna("") != "", rows["from_address"])
    return pd.DataFrame({
        "age": [age(at.to_pydatetime()) for at in rows["happened_at"]],
        "done": done,
        "who": [who(kind, name) for kind, name in zip(rows["actor_kind"], rows["actor_name"], strict=True)],
        "subject": rows["subject"].where(rows["subject"].fillna("") != "", _("(no subject)")),
        "why": rows["reason"].fillna(""),
        "from": about.fillna(""),
        "item": rows["work_item"].fillna(""),
        "status": [statuses.get(code, "") for code in rows["status"]],
        "mailbox": rows["mailbox"].fillna(""),
        "at": [moment(at.to_pydatetime()) for at in rows["happened_at"]],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column = st.column_config.TextColumn
    return {
        "age": column(_("Age"), width=54), "done": column(_("Action"), width=96), "who": column(_("Who"), width=104),
        "from": column(_("From"), width=110), "subject": column(_("Subject"), width=150),
        "why": column(_("Why"), width=130), "item": column(_("Work item"), width=78),
        "status": column(_("Now"), width=76),
        "mailbox": column(_("Mailbox"), width=120), "at": column(_("When"), width=150),
    }  # fmt: skip
