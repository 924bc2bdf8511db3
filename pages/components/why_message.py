"""Why a stored message is where it is, what would fix it, and the routes that it is pinned to."""

from typing import Any

import streamlit as st

from core.language import _
from core.messages import why
from core.near_misses import near_misses
from core.scope import Scope
from pages.components import why_fixes, why_pin, why_trace
from pages.components.reading import moment

UNASKED = ("reply", "block", "limits", "own_address", "flood")  # what ended before a route was asked


def show(scope: Scope, id: str, mailbox: str) -> None:
    """The trace of the newest decision of a mail of this mailbox; below it the edits on demand, and the pins."""
    told = why(scope, id)
    why_trace.show(scope, told, conclusion=told["status"] != "unprocessed")
    if told["decided_at"]:
        st.caption(_("Decided {when}, with the routes as they were then.").format(when=moment(told["decided_at"])))
    if fixable(told):
        why_fixes.show(scope, id, mailbox, lambda: near_misses(scope, id))
    why_pin.show(scope, id, likely(told))


def fixable(told: dict[str, Any]) -> bool:
    """Whether routes were asked, and an address got none."""
    return told["step"] not in UNASKED and any(one["valid"] and not one["route"] for one in why_trace.asked(told))


def likely(told: dict[str, Any]) -> str:
    """The route that the mail has most to do with: the one that took it, else the nearest; empty if none was tried."""
    tried = [each for one in told["recipients"] for each in one["routes_tried"]]
    return str(min(tried, key=lambda each: len(each["failed"]), default={"route": ""})["route"])
