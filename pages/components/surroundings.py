"""What stands around a message: notes, its conversation, and its sender's earlier mail with what became of it."""

from collections.abc import Hashable
from typing import Any

import pandas as pd
import streamlit as st

from core.language import _
from core.notes import notes
from core.scope import Scope
from core.surroundings import conversation, earlier_mail
from pages.components.look import box, text
from pages.components.reading import age, moment


def show(scope: Scope, id: str) -> None:
    """The surroundings of the message, each part with a calm sentence where there is nothing."""
    for note in notes(scope, id):
        st.html(box(f'{text(note["text"])} <span class="sd-soft">{text(note["author"])} · '
                    f'{moment(note["written_at"])}</span>'))  # fmt: skip
    st.caption(_("Conversation"))
    _table(conversation(scope, id), _("It answers nothing we know, and nothing answers it."))
    st.caption(_("Earlier mail of this sender"))
    _table(earlier_mail(scope, id), _("This is the first mail of this sender."))


def became(row: dict[Hashable, Any]) -> str:
    """What a message became, in a few words."""
    if isinstance(row["work_items"], str):
        return f"→ {row['work_items']}"
    if row["status"] == "deleted":
        return _("deleted: {reason}").format(reason=row.get("reason") or "?")
    return _("waits") if row["status"] == "unprocessed" else str(row["status"])


def _table(found: pd.DataFrame, nothing: str) -> None:
    if found.empty:
        st.html(f'<span class="sd-soft">{text(nothing)}</span>')
        return
    st.dataframe(
        pd.DataFrame({
            _("Age"): [age(at.to_pydatetime()) for at in found["received_at"]],
            _("Subject"): found["subject"],
            _("Became"): [became(one) for one in found.to_dict("records")],
        }),
        hide_index=True, height="content",
    )  # fmt: skip
