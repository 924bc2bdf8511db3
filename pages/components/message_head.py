"""The head of a message: who really sent it, to whom, and why it is here."""

from collections.abc import Iterator
from html import escape
from typing import Any

import streamlit as st

from core.causes import causes
from core.language import _
from core.scope import Scope
from core.surroundings import known_domains, look_alikes
from pages.components.look import box, row, soft, text
from pages.components.reading import age, moment


def show(scope: Scope, message: dict[str, Any]) -> None:
    """The head of a message as `core.opening.opened` answers it."""
    subject = text(message["subject"]) or escape(_("(no subject)"))
    lines = [f"<h2>{subject}</h2>", *_sender(scope, message), *_recipients(message), *_company(message),
             *_reason(message)]  # fmt: skip
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')


def _sender(scope: Scope, message: dict[str, Any]) -> Iterator[str]:
    address = text(message["from_address"]) or escape(_("no valid address"))
    name = f'<span class="sd-strong">{text(message["from_name"])}</span> ' if message["from_name"] else ""
    yield row(_("From"), f"{name}{address}")
    for known in _look_alikes(scope, message["from_domain"], scope.mailboxes)[:1]:
        yield row("", "", _("looks like {domain}, but is not").format(domain=known), "sd-bad")
    when = f"{moment(message['received_at'])} · {age(message['received_at'])} · {message['mailbox']}"
    yield row(_("Received"), text(when))
    if message["automatic"]:
        yield row(_("Automatic"), text(message["automatic"]))
    elsewhere = [one["address"] for one in message["recipients"]
                 if one["kind"] == "reply_to" and one["address"] != message["from_address"]]  # fmt: skip
    if elsewhere:
        yield row(_("Answers go to"), text(", ".join(elsewhere)), _("differs from the sender"), "sd-bad")


def _recipients(message: dict[str, Any]) -> Iterator[str]:
    labels = {"to": _("To"), "cc": _("Cc"), "delivered": _("Delivered to")}
    for one in message["tried"]:
        if not one["valid"]:
            mark, kind = _("no address"), "sd-bad"
        elif one["route"]:
            mark, kind = f"→ {one['route']}", "sd-yes"
        else:
            mark, kind = (_("no route"), "sd-no") if one["kind"] != "delivered" else ("", "")
        yield row(labels[one["kind"]], text(one["address"]), mark, kind)
        if not one["route"] and one["routes_tried"]:
            yield row("", soft(_nearest(one["routes_tried"][0])))


def _nearest(tried: dict[str, Any]) -> str:
    """The route that came closest, and what it missed by."""
    names = {"mailbox": _("mailbox"), "sender": _("sender"), "subject_contains": _("subject words"),
             "subject_regex": _("subject pattern"), "body_contains": _("words in the text"), "list_id": _("List-Id"),
             "has_attachment": _("attachment")}  # fmt: skip
    if not tried["failed"]:
        return str(_("“{route}” took it, but its target is gone").format(route=tried["route"]))
    return str(_("nearest: “{route}”, missed by {conditions}").format(
        route=tried["route"], conditions=", ".join(names.get(one, one) for one in tried["failed"])))  # fmt: skip


def _company(message: dict[str, Any]) -> Iterator[str]:
    """Colleagues who are at this message too."""
    if held := message["holder"]:
        yield row(_("Claimed by"), text(held[0]), _("until {time}").format(time=moment(held[1])))
    if message["others"]:
        yield row(_("Also open at"), text(", ".join(message["others"])), _("right now"), "sd-no")


def _reason(message: dict[str, Any]) -> Iterator[str]:
    cause = causes().get(message["cause"] or "")
    if cause and message["status"] == "unprocessed":
        help_from = _("Who can help: {who}.").format(who=cause.who)
        yield box(f'<span class="sd-strong">{escape(cause.short)}.</span> {escape(cause.sentence)} '
                  f'<span class="sd-soft">{escape(help_from)}</span>')  # fmt: skip
    for item in message["work_items"]:
        yield box(text(f"{item['reference']} · {item['customer']} · {item['contract']} · {item['service']}"))


@st.cache_data(ttl=600, max_entries=5000, show_spinner=False)
def _look_alikes(_scope: Scope, domain: str, mailboxes: tuple[str, ...]) -> list[str]:
    return look_alikes(_scope, domain, _known_domains(_scope, mailboxes))


@st.cache_data(ttl=600, show_spinner=False)
def _known_domains(_scope: Scope, mailboxes: tuple[str, ...]) -> list[str]:
    """Asked once in a while for each set of mailboxes: it hardly changes, and counts all mail there is."""
    return known_domains(_scope)
