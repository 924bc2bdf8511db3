"""What was refused or put aside: by whom, why, until when, and the way back."""

from typing import Any

import pandas as pd
import streamlit as st

from core.language import _
from core.recommendations.answering import withdraw
from core.scope import Scope
from pages.components import clickable, recommendation_deed
from pages.components.deed import Deed
from pages.components.look import row, soft, text
from pages.components.reading import age, moment, number


def label(count: int) -> str:
    """How the section is called."""
    return _("Refused and put aside ({count})").format(count=number(count)) if count else _("Refused and put aside")


def show(scope: Scope, rows: pd.DataFrame) -> None:
    """The list, and the opened one beside it."""
    if rows.empty:
        st.info(_("Nothing was refused or put aside."), icon=":material/thumb_down:")
        return
    left, right = st.columns([11, 9], gap="medium")
    with left:
        opened = clickable.show(_table(rows), list(rows["id"]), "answer", _columns(), _("Refused and put aside")).opened
    with right, st.container(key="opened"):
        if opened in set(rows["id"]):
            _opened(scope, clickable.record(rows, opened))


def _opened(scope: Scope, one: dict[str, Any]) -> None:
    words = _words()
    who = f"{one['by_name']} · {moment(one['at'])}"
    lines = [f"<h2>{text(one['what'])}</h2>", row(words[one["answer"]], text(who))]
    if one["reason"]:
        lines.append(row(_("Why"), text(one["reason"])))
    if one["until"]:
        lines.append(row(_("Until"), text(moment(one["until"]))))
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')
    if one["answer"] == "refused":
        st.html(soft(_("It says nothing again until people have decided more such mail by hand.")))
    if scope.person.role != "analyst" and st.button(_("Take back"), key="take-back", type="primary", shortcut="T",
                                                    icon=":material/undo:"):  # fmt: skip
        recommendation_deed.do(lambda: _take_back(scope, str(one["id"])))


def _take_back(scope: Scope, id: str) -> Deed:
    withdraw(scope, id)
    return Deed(_("Taken back: it may be recommended again."))


def _words() -> dict[str, str]:
    return {"refused": _("Refused"), "snoozed": _("Put aside")}


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "what": rows["what"], "answer": rows["answer"].map(_words()), "by": rows["by_name"],
        "age": [age(at.to_pydatetime()) for at in rows["at"]], "why": rows["reason"].fillna(""),
        "until": [moment(at.to_pydatetime()) if pd.notna(at) else "" for at in rows["until"]],
        "mailbox": rows["mailbox"].fillna(""),
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column = st.column_config.TextColumn
    return {"what": column(_("Recommendation"), width=240), "answer": column(_("Answer"), width=80),
            "by": column(_("By"), width=100), "age": column(_("Since"), width=50), "why": column(_("Why"), width=170),
            "until": column(_("Until"), width=150), "mailbox": column(_("Mailbox"), width=120)}  # fmt: skip
