"""A route in words that a lead reads: its conditions in a sentence, its fields one by one."""

from collections.abc import Callable, Iterable
from typing import Any

from core.language import _, n_
from core.routes import Route, Target

MOST = 4  # things named one by one before the rest is only counted


def route_conditions(route: Route) -> str:
    """All conditions of a route in one sentence, in the language in use, such as
    `Mail to invoices@desk.example from anyone at acme.example whose subject has “invoice” or “factura”`."""
    return _joined(_beginning(route), [clause for clause in _further(route) if clause])


def opens(target: Target) -> str:
    """What a route opens: `Ticket · Acme · P2P · Invoices`."""
    kind = {"ticket": _("Ticket"), "case": _("Case")}[target.kind]
    return " · ".join((kind, target.customer, target.contract, target.service))


def _beginning(route: Route) -> str:
    recipient = _recipient(route.recipient)
    sender = one_of(map(_sender, route.sender))
    if route.recipient == "*":
        return _("Any mail from {sender}").format(sender=sender) if sender else _("Any mail")
    if sender:
        return _("Mail to {recipient} from {sender}").format(recipient=recipient, sender=sender)
    return _("Mail to {recipient}").format(recipient=recipient)


def _further(route: Route) -> Iterable[str]:
    if route.subject_contains:
        yield _("whose subject has {words}").format(words=one_of(map(_quoted, route.subject_contains)))
    if route.subject_regex:
        yield _("whose subject matches {pattern}").format(pattern=route.subject_regex)
    if route.body_contains:
        yield _("whose text has {words}").format(words=one_of(map(_quoted, route.body_contains)))
    if route.list_id:
        yield _("that came by the list {list}").format(list=route.list_id)
    if route.has_attachment is not None:
        yield _("that has an attachment") if route.has_attachment else _("that has no attachment")
    if route.mailbox:
        yield _("that arrived in {mailbox}").format(mailbox=route.mailbox)
    if route.match_delivered:
        yield _("even if only the delivery address says so")


def _joined(sentence: str, clauses: list[str]) -> str:
    for place, clause in enumerate(clauses):
        whole = _("{sentence} and {clause}") if place and place == len(clauses) - 1 else (
            _("{sentence}, {clause}") if place else _("{sentence} {clause}"))  # fmt: skip
        sentence = whole.format(sentence=sentence, clause=clause)
    return sentence


def one_of(things: Iterable[str]) -> str:
    """Several things of which one is enough, as people list them."""
    several = list(things)
    if len(several) > MOST:
        return n_("{named} or {count} other", "{named} or {count} others", len(several) - MOST + 1).format(
            named=", ".join(several[: MOST - 1]), count=len(several) - MOST + 1)  # fmt: skip
    if len(several) < 2:
        return "".join(several)
    return _("{named} or {last}").format(named=", ".join(several[:-1]), last=several[-1])


def named_fields() -> dict[str, tuple[str, Callable[[Any], str]]]:
    """What of a route is told field by field: the column, with its title and how a value of it is said."""
    return {
        "name": (_("Name"), str), "mailbox": (_("Mailbox"), lambda value: value or _("any")),
        "recipient": (_("Recipient"), _recipient),
        "sender": (_("Sender"), lambda value: one_of(map(_sender, value)) or _("anybody")),
        "subject_contains": (_("Words in the subject"), _words),
        "subject_regex": (_("Pattern of the subject"), lambda value: value or _("none")),
        "body_contains": (_("Words in the text"), _words), "list_id": (_("List"), lambda value: value or _("any")),
        "has_attachment": (_("Attachment"), lambda value: _("either way") if value is None else _yes(value)),
        "match_delivered": (_("By the delivery address"), _yes),
        "target": (_("Target"), str),
    }  # fmt: skip


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _words(words: list[str]) -> str:
    return one_of(map(_quoted, words)) or _("any")


def _recipient(pattern: str) -> str:
    if pattern == "*":
        return _("any address")
    return _("any address at {domain}").format(domain=pattern[2:]) if pattern.startswith("*@") else pattern


def _sender(pattern: str) -> str:
    return _("anyone at {domain}").format(domain=pattern[2:]) if pattern.startswith("*@") else pattern


def _quoted(word: str) -> str:
    return _("“{word}”").format(word=word)
