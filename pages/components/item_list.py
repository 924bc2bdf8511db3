"""The list of work items, newest first; a click opens one."""

import pandas as pd
import streamlit as st

from core.language import _
from core.work_items import status_words
from pages.components import clickable
from pages.components.reading import age, moment


def show(rows: pd.DataFrame) -> str:
    """The list; answers the reference that is opened."""
    return clickable.show(_table(rows), list(rows["reference"]), "reference", _columns(), _("Work items")).opened


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    words = status_words()
    return pd.DataFrame({
        "reference": rows["reference"],
        "status": [words[code] for code in rows["status"]],
        "age": [age(at.to_pydatetime()) for at in rows["opened_at"]],
        "subject": rows["subject"].where(rows["subject"] != "", _("(no subject)")),
        "from": rows["from_name"].where(rows["from_name"] != "", rows["from_address"]),
        "for": [" · ".join(each) for each in zip(rows["customer"], rows["contract"], rows["service"], strict=True)],
        "messages": rows["messages"],
        "by": rows["opened_by_name"],
        "opened": [moment(at.to_pydatetime()) for at in rows["opened_at"]],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "reference": column(_("Reference"), width=78), "status": column(_("Status"), width=62),
        "age": column(_("Age"), width=54), "subject": column(_("Subject"), width=210),
        "from": column(_("From"), width=120),
        "for": column(_("For"), width=170), "messages": number(_("Mails"), width=46),
        "by": column(_("Opened by"), width=130), "opened": column(_("Opened"), width=150),
    }  # fmt: skip
