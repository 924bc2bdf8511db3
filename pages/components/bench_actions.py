"""What can be done with one broken mail: read it again, repair it, take it along, delete it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core import acting
from core.bench import repair_of
from core.errors import StraydeskError
from core.language import _
from core.messages import raw
from core.outcome import Outcome
from core.repairing import repair, take_back
from core.reparsing import reparse
from core.scope import Scope
from pages.components import asked, dialog, doing, notice
from pages.components.look import box, plain, text
from pages.components.reading import moment, who

CHARSETS = ("utf-8", "windows-1252", "iso-8859-15", "windows-1250", "windows-1251", "koi8-r", "iso-2022-jp",
            "shift_jis", "euc-kr", "gb18030", "big5")  # fmt: skip


def show(scope: Scope, broken: dict[str, Any]) -> None:
    """The buttons, for those who may act."""
    if scope.person.role == "analyst":
        return
    id, seen = broken["id"], {broken["id"]: int(broken["version"])}
    with st.container(key="bench-actions", horizontal=True):
        # By callback: the message may have left the list by the time the page runs again.
        st.button(_("Retry"), key="retry", type="primary", shortcut="T", icon=":material/refresh:",
                  on_click=asked.remember, args=(lambda: _do(lambda: reparse(scope, seen)),))  # fmt: skip
        if st.button(_("Repair"), key="repair", icon=":material/build:"):
            dialog.show(_("Repair"), "build", _repair, scope, id)
        st.download_button(_("Download"), key="download", icon=":material/download:", on_click="ignore",
                           data=lambda: raw(scope, id), file_name=f"{id}.eml",
                           mime="application/octet-stream")  # fmt: skip
        if broken["status"] == "unprocessed" and st.button(_("Delete"), key="delete", shortcut="D",
                                                           icon=":material/delete:"):  # fmt: skip
            dialog.show(_("Delete"), "delete", _delete, scope, seen)


def repaired(scope: Scope, broken: dict[str, Any]) -> None:
    """What is assumed about it, by whom and why, and the button that takes it back."""
    found = repair_of(scope, broken["id"]) if broken["repaired"] else None
    if not found:
        return
    assumed = {_("charset {charset}").format(charset=found["charset"]): found["charset"],
               _("sender {sender}").format(sender=found["sender"]): found["sender"]}  # fmt: skip
    told = _("{person} assumed {what} ({when}): {why}").format(
        person=who(found["repaired_by"]), what=", ".join(words for words, given in assumed.items() if given),
        when=moment(found["repaired_at"]), why=found["reason"])  # fmt: skip
    with st.container(key="repaired", horizontal=True, vertical_alignment="center"):
        st.html(box(text(told)), width="stretch")
        if scope.person.role != "analyst":
            st.button(_("Take back"), key="take-back", icon=":material/undo:", on_click=asked.remember,
                      args=(lambda: _do(lambda: take_back(scope, broken["id"])),))  # fmt: skip


def _do(action: Callable[[], Outcome]) -> None:
    try:
        notice.remember(action())
    except StraydeskError as problem:
        notice.remember_problem(problem)


def _repair(scope: Scope, id: str) -> None:
    st.write(_("The original stays as it was received. The mail is read again with what you say here, until somebody "
               "takes it back."))  # fmt: skip
    charset = st.selectbox(_("Charset"), CHARSETS, index=None, key="repair-charset", accept_new_options=True,
                           placeholder=_("as it says itself"))  # fmt: skip
    sender = st.text_input(_("Sender"), key="repair-sender", placeholder="ana@desk.example")
    reason = st.text_input(_("How you know"), key="repair-reason", max_chars=200)
    if st.button(_("Read it so"), key="repair-do", type="primary"):
        try:
            done = repair(scope, id, reason, charset=charset or "", sender=sender)
        except StraydeskError as problem:
            st.error(plain(problem))
        else:
            doing.at_once(lambda: done)


def _delete(scope: Scope, seen: dict[str, int]) -> None:
    reason = st.text_input(_("Reason"), key="delete-reason", max_chars=200)
    if st.button(_("Delete"), key="delete-do", type="primary", disabled=not reason.strip()):
        doing.at_once(lambda: acting.delete(scope, seen, reason))
