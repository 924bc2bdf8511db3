"""The list of broken mail, newest first; a click opens one beside it."""

import pandas as pd
import streamlit as st

from core.language import _
from pages.components import clickable
from pages.components.reading import age, size


def kinds() -> dict[str, str]:
    """What can be wrong, in the language in use, by its code."""
    return {
        "unreadable": _("can't be read"),
        "too_large": _("too large"),
        "defects": _("read with defects"),
    }


def show(rows: pd.DataFrame) -> str:
    """The list; answers the message that is opened."""
    ids = list(rows["id"])
    opened = clickable.show(_table(rows), ids, "message", _columns(), _("Broken mail")).opened
    return opened if opened in ids else ids[0]


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    words = kinds()
    sender = rows["from_name"].where(rows["from_name"].fillna("") != "", rows["from_address"])
    return pd.DataFrame({
        "age": [age(at.to_pydatetime()) for at in rows["received_at"]],
        "kind": [words[kind] for kind in rows["kind"]],
        "from": sender.where(sender.fillna("") != "", _("(nobody)")),
        "subject": rows["subject"].where(rows["subject"].fillna("") != "", _("(no subject)")),
        "size": [size(int(count)) for count in rows["size"]],
        "mailbox": rows["mailbox"],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column = st.column_config.TextColumn
    return {
        "age": column(_("Age"), width=54), "kind": column(_("What is wrong"), width=110),
        "from": column(_("From"), width=120), "subject": column(_("Subject"), width=190),
        "size": column(_("Size"), width=70), "mailbox": column(_("Mailbox"), width=130),
    }  # fmt: skip
