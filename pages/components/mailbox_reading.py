"""What is not well in mailboxes, kept for a moment: it looks through weeks of mail, and the page draws itself often."""

from typing import Any

import streamlit as st

from core.health import Bounds, Trouble, troubles, verdict
from core.language import spoken
from core.scope import Scope
from pages.components.reading import clock_time, zone

KEPT = 30  # seconds
ORDER = ("red", "warning", "well")


def read(scope: Scope) -> dict[str, list[Trouble]]:
    """The troubles of each mailbox in scope that has any."""
    mark = str(scope.store), scope.mailboxes, spoken(), str(zone())
    found: dict[str, list[Trouble]] = {}
    for each in _read(scope, mark):
        found.setdefault(str(each.mailbox), []).append(each)
    return found


def worst_first(rows: list[dict[Any, Any]], found: dict[str, list[Trouble]]) -> list[dict[Any, Any]]:
    """Rows with a `mailbox`: of many, those that somebody has to look into are seen at once."""
    return sorted(rows, key=lambda row: ORDER.index(verdict(found.get(row["mailbox"], []))))


def sentence(trouble: Trouble) -> str:
    """What is wrong, where it is clear of which mailbox that is said."""
    words = trouble.sentence.removeprefix(f"{trouble.mailbox}: ")
    return words[:1].upper() + words[1:]


@st.cache_data(ttl=KEPT, max_entries=32, show_spinner=False)
def _read(_scope: Scope, mark: tuple[object, ...]) -> list[Trouble]:
    return troubles(_scope, Bounds(), clock_time)
