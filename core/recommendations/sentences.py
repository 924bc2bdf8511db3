"""Recommendations in words, as short as they can be said."""

from collections.abc import Mapping
from typing import Any

from babel.numbers import format_percent

from core.language import _, spoken
from core.route_words import one_of, opens
from core.routes import Target


def share(value: float) -> str:
    """A share of 1, rounded down, so that nothing sounds surer than it is: `92%`."""
    return str(format_percent(int(value * 100 + 1e-9) / 100, locale=spoken()))


def conditions(row: Mapping[str, Any]) -> str:
    """Which mail it is about: `Mail from *@acme.example to ap@desk.example with “invoice”`."""
    sender, recipient = one_of(row["sender"]) or row["list_id"] or "", row["recipient"]
    if sender and recipient != "*":
        told = _("Mail from {sender} to {recipient}").format(sender=sender, recipient=recipient)
    elif sender:
        told = _("Mail from {sender}").format(sender=sender)
    else:
        told = _("Mail to {recipient}").format(recipient=recipient)
    if row["shape"]:
        told = _("{mail} like “{subject}”").format(mail=told, subject=row["shape"])
    elif len(row["subject_contains"]):
        words = one_of(_("“{word}”").format(word=word) for word in row["subject_contains"])
        told = _("{mail} with {words}").format(mail=told, words=words)
    if recipient == "*" and row["mailbox"]:
        told = _("{mail}, in {mailbox}").format(mail=told, mailbox=row["mailbox"])
    return told


def becomes(row: Mapping[str, Any]) -> str:
    """What would become of it."""
    return _("block the sender") if row["deed"] == "delete" else outcome(row)


def outcome(row: Mapping[str, Any]) -> str:
    """What a person made of a mail."""
    if row["deed"] == "delete":
        return _("deleted")
    return opens(Target(kind=row["kind"], customer=row["customer"], contract=row["contract"], service=row["service"]))


def proposed_name(row: Mapping[str, Any]) -> str:
    """What the route could be called: `Invoices from acme.example`."""
    whose = [each.removeprefix("*@") for each in row["sender"]] or [row["list_id"]]
    if whose[0]:
        return _("{service} from {sender}").format(service=row["service"], sender=whose[0])
    told = row["shape"] or ", ".join(row["subject_contains"]) or row["recipient"]
    return _("{service}: {subject}").format(service=row["service"], subject=told)
