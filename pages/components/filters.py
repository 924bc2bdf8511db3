"""Which part of the queue is shown; the choice is kept in the address of the page, so it can be shared."""

from datetime import timedelta
from typing import cast

import streamlit as st

from core.causes import causes
from core.language import _
from core.queue import Order, QueueFilter
from core.scope import Scope
from pages.components import choice

AGES = {"day": 1, "three": 3, "week": 7, "month": 30}  # days
EITHER = {"yes": True, "no": False}


def show(scope: Scope) -> QueueFilter:
    """The filter bar; answers what was chosen."""
    boxes = [box for box in scope.desk.configuration.mailboxes if box.name in scope.mailboxes]
    known = causes()
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        mailboxes = choice.several(_("Mailbox"), "mailbox", {box.name: box.name for box in boxes})
        addresses = choice.several(_("Mailbox address"), "address", {box.address: box.address for box in boxes})
        chosen = choice.several(_("Cause"), "cause", {code: cause.short for code, cause in known.items()})
        sender = st.text_input(_("Sender or domain"), key="sender", placeholder=_("anyone"), bind="query-params")
        search = st.text_input(_("Search"), key="search", icon=":material/search:", bind="query-params",
                               placeholder=_("subject, sender, text, file names"))  # fmt: skip
        order = cast(Order, choice.one(_("Order"), "order", _orders()))
        with st.popover(_("More"), icon=":material/tune:", key="more-filters"):
            teams = choice.several(_("Team"), "team", {box.team: box.team for box in boxes})
            arrived = choice.one(_("Arrived"), "age", _ages())
            files = choice.one(_("Attachment"), "files", _either(_("with files"), _("without files")))
            automatic = choice.one(_("Automatic mail"), "automatic", _either(_("automatic"), _("by people")))
            claimed = choice.one(_("Claimed by"), "claimed", _people(scope))
            aside = choice.one(_("Put aside"), "aside", {"no": _("hidden"), "yes": _("only these")})
    of_teams = {box.name for box in boxes if box.team in teams or not teams}
    names = tuple(name for name in (mailboxes or of_teams) if name in of_teams) or ("",)
    now, (direction, days) = scope.desk.now(), _span(arrived)
    return QueueFilter(
        names if mailboxes or teams else (), tuple(addresses), tuple(chosen), sender or "", search or "",
        order=order, attached=EITHER.get(files), automatic=EITHER.get(automatic),
        received_before=now - timedelta(days=days) if direction == "older" else None,
        received_after=now - timedelta(days=days) if direction == "newer" else None,
        claimed_by="" if claimed == "any" else claimed, aside=aside == "yes",
    )  # fmt: skip


def _orders() -> dict[str, str]:
    return {"newest": _("Newest first"), "oldest": _("Oldest first"), "sender": _("By sender"),
            "mailbox": _("By mailbox"), "cause": _("By cause")}  # fmt: skip


def _ages() -> dict[str, str]:
    return {"any": _("any time"), "newer-day": _("in the last 24 hours"), "newer-week": _("in the last 7 days"),
            "older-day": _("more than a day ago"), "older-three": _("more than 3 days ago"),
            "older-week": _("more than a week ago"), "older-month": _("more than 30 days ago")}  # fmt: skip


def _span(code: str) -> tuple[str, int]:
    direction, _dash, length = code.partition("-")
    return direction, AGES.get(length, 0)


def _either(yes: str, no: str) -> dict[str, str]:
    return {"any": _("any"), "yes": yes, "no": no}


def _people(scope: Scope) -> dict[str, str]:
    people = {one.email: one.name for one in scope.desk.persons() if one.role != "analyst"}
    return {"any": _("anybody"), "nobody": _("nobody"), scope.person.email: _("me")} | {
        email: name for email, name in people.items() if email != scope.person.email
    }
