"""DESIGN §2 to §4 once more, by hand, with Python's own email: a second opinion on what the demo's mail should become.

It knows nothing of core but the demo's files. One mail after the other, and only as much as the demo needs.
"""

import email
import re
import tomllib
from collections import defaultdict
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from core.demo import DemoMail

ADDRESS = re.compile(r"^[^@\s<>]+@[^@\s<>]+\.[a-z]+$")
MARKED = re.compile(rb"^(auto-submitted: auto|precedence: bulk|return-path: <>)", re.I | re.M)


HEADERS = BytesHeaderParser(policy=default)


class DemoRouter:
    """Says of each mail, in the order of arrival, whether it is processed, and otherwise why not."""

    def __init__(self, folder: Path) -> None:
        configuration = tomllib.loads((folder / "straydesk.toml").read_text("utf-8"))
        self.routes = [
            r for r in tomllib.loads((folder / "routes.toml").read_text("utf-8"))["route"] if r.get("active", True)
        ]
        self.limit = configuration["limits"]["size"]
        self.ours = {mailbox["address"] for mailbox in configuration["mailbox"]}
        self.customers = {customer["name"] for customer in configuration["customer"]}
        self.opened: dict[str, str] = {}
        self.seen: set[bytes] = set()
        self.machines: dict[tuple[str, str], list[datetime]] = defaultdict(list)

    def outcome(self, mail: DemoMail) -> str:
        """`duplicate`, `threaded`, `routed`, or the cause for which it waits."""
        if mail.raw in self.seen:
            return "duplicate"
        self.seen.add(mail.raw)
        message = HEADERS.parsebytes(mail.raw.partition(b"\n\n")[0])
        verdict = self._before_routing(mail, message) or self._routed(mail, message)
        if verdict in ("routed", "threaded") or mail.truth.action in ("create", "attach"):
            self.opened.setdefault(mail.message_id, mail.mailbox)
        return verdict

    def _before_routing(self, mail: DemoMail, message: EmailMessage) -> str:
        if not message.keys():
            return "unparsable"
        if len(mail.raw) > self.limit:
            return "too_large"
        sender = _addresses(message, "From")[:1]
        if self.ours & set(sender):
            return "own_address"
        if MARKED.search(mail.raw.partition(b"\n\n")[0]):
            times = self.machines[mail.mailbox, "".join(sender)]
            times.append(mail.received_at)
            if sum(mail.received_at - moment <= timedelta(hours=1) for moment in times) > 20:
                return "flood"
        named = re.findall(
            r"<([^>]+)>", f"{message['In-Reply-To']} {message['References']} <{mail.plus}> <{mail.message_id}>"
        )
        return "threaded" if any(name in self.opened for name in named) else ""

    def _routed(self, mail: DemoMail, message: EmailMessage) -> str:
        written = [address for name in ("To", "Cc") for address in _addresses(message, name)]
        valid = [address for address in written if ADDRESS.match(address)]
        delivered = _addresses(message, "X-Original-To") + _addresses(message, "Delivered-To")
        found = [self._first(mail, message, address, False) for address in valid]
        blind = [self._first(mail, message, address, True) for address in delivered]
        hits = list(filter(None, found)) or list(filter(None, blind))
        if targets := [route["target"] for route in hits]:
            return "routed" if any(target["customer"] in self.customers for target in targets) else "target_missing"
        if not written:
            return "bcc_only"
        if not valid:
            return "no_valid_address"
        named = any(_names(route, address) for route in self.routes for address in valid)
        return "conditions_not_met" if named else "no_route"

    def _first(self, mail: DemoMail, message: EmailMessage, address: str, delivered: bool) -> dict[str, Any] | None:
        routes = (route for route in self.routes if not delivered or route.get("match_delivered"))
        return next((r for r in routes if _names(r, address, message) and _holds(r, mail, message)), None)


def _addresses(message: EmailMessage, name: str) -> list[str]:
    values = [str(value) for value in message.get_all(name, []) if not str(value).endswith(":;")]
    return [(address or shown).lower() for shown, address in getaddresses(values) if address or shown]


def _names(route: dict[str, Any], address: str, message: EmailMessage | None = None) -> bool:
    recipient = route["recipient"]
    if recipient == "*":
        return message is not None and route.get("list_id", "?") in str(message["List-Id"])
    return bool(recipient == address or recipient == f"*@{address.rpartition('@')[2]}")


def _holds(route: dict[str, Any], mail: DemoMail, message: EmailMessage) -> bool:
    sender = "".join(_addresses(message, "From")[:1])
    subject = str(message["Subject"])
    return bool(
        route.get("mailbox", mail.mailbox) == mail.mailbox
        and (not route.get("sender") or {sender, f"*@{sender.rpartition('@')[2]}"} & set(route["sender"]))
        and (not route.get("subject_contains") or any(word in subject.lower() for word in route["subject_contains"]))
        and re.search(route.get("subject_regex", ""), subject)
        and route.get("list_id", "") in str(message["List-Id"])
        and (
            not route.get("body_contains")
            or any(word in _text(_whole(mail)).lower() for word in route["body_contains"])
        )
        and (not route.get("has_attachment") or any(_whole(mail).iter_attachments()))
    )


def _whole(mail: DemoMail) -> EmailMessage:
    return email.message_from_bytes(mail.raw, policy=default)


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    return str(body.get_content()) if body else ""
