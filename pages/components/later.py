"""The dialogs that do not decide a message: put it aside, note something, hand it over."""

from datetime import UTC, datetime, time, timedelta

import streamlit as st

from core import claiming, snoozing
from core.errors import StraydeskError
from core.language import _
from core.notes import add_note
from core.scope import Scope
from pages.components import dialog, doing, notice
from pages.components.decisions import count
from pages.components.doing import Chosen
from pages.components.reading import typed_date, zone


def snooze(scope: Scope, chosen: Chosen) -> None:
    """Out of sight until a moment, or until the sender writes again."""
    count(chosen)
    words = {"tomorrow": _("Tomorrow at 8"), "monday": _("Next Monday at 8"), "date": _("Another day at 8"),
             "sender": _("Until its sender writes again")}  # fmt: skip
    until = st.radio(_("Until when"), list(words), format_func=lambda code: words[code], key="snooze-until")
    today = datetime.now(zone()).date()
    days = {"tomorrow": today + timedelta(days=1), "monday": today + timedelta(days=7 - today.weekday())}
    if until == "date":
        days["date"] = st.date_input(
            _("Day"),
            today + timedelta(days=2),
            min_value=today + timedelta(days=1),
            key="snooze-day",
            format=typed_date(),
        )
    day = days.get(until or "")
    moment = datetime.combine(day, time(8), zone()).astimezone(UTC).replace(tzinfo=None) if day else None
    if st.button(_("Put aside for later"), key="snooze-now", type="primary", shortcut="Mod+Enter"):
        doing.at_once(lambda: snoozing.snooze(scope, chosen, moment))


def note(scope: Scope, chosen: Chosen) -> None:
    """A word for colleagues, kept with the message."""
    text = st.text_area(_("What should colleagues know?"), key="note-text", max_chars=4000)
    # Never off: while somebody writes, the button does not know of the text yet, and its key would do nothing.
    if st.button(_("Keep the note"), key="note-now", type="primary", shortcut="Mod+Enter") and text.strip():
        try:
            for id in chosen:
                add_note(scope, id, text)
        except StraydeskError as problem:
            notice.remember_problem(problem)
        dialog.close()


def hand_over(scope: Scope, chosen: Chosen) -> None:
    """Give the chosen messages to a colleague who works on their mailbox."""
    count(chosen)
    people = {one.email: one.name for one in scope.desk.persons() if one.role != "analyst"}
    to = st.selectbox(_("To"), list(people), format_func=lambda email: people[email], index=None, key="hand-to",
                      placeholder=_("Choose one"))  # fmt: skip
    if st.button(_("Hand over"), key="hand-now", type="primary", shortcut="Mod+Enter") and to:
        doing.at_once(lambda: claiming.hand_over(scope, chosen, str(to)))
