"""The rules of deciding, a row each: read the tables from top to bottom and you know why a mail is where it is.

All mails of a table are collected in one go. What a row says:
`route: A, B`      routes A and B opened a work item each     `delivered: A`    by the address it was delivered to
`reply: T-000001`  appended to that work item                 `deleted: …`      blocked, and by which block
anything else      it waits, and this is the cause
"""
# ruff: noqa: E501 (a row is a line)

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from core import acting, collection
from core.messages import message, why
from core.route_set import import_routes
from core.routes import Target
from core.work_items import close, merge, reopen
from tests.desk import AP, AR, INVOICES, PAYMENTS, PEOPLE, SENT, STAFF, DeskUnderTest, mail, route

GONE = Target(customer="Gone", contract="Long ago", service="Nothing")

# In this order; the first whose conditions hold wins.
ROUTES = [
    route("Credit notes", "invoices@desk.example", PAYMENTS, sender=["*@acme.example"], subject_contains=["Credit Note", "abono"]),
    route("Invoices", "invoices@desk.example", sender=["*@acme.example", "bob@zenith.example"]),
    route("Shadowed", "invoices@desk.example", STAFF, sender=["sue@acme.example"]),
    route("Payments", "payments@desk.example", PAYMENTS),
    route("Both addresses", "*@pair.example"),
    route("First", "order@desk.example", INVOICES, subject_contains=["alpha"]),
    route("Second", "order@desk.example", PAYMENTS),
    route("Third", "order@desk.example", STAFF, subject_contains=["alpha"]),
    route("Numbered", "regex@desk.example", subject_regex=r"(?i)^(re: )?inv-\d{4}$"),
    route("In the body", "body@desk.example", body_contains=["Purchase Order", "pedido"]),
    route("With a file", "scans@desk.example", has_attachment=True),
    route("Without a file", "plain@desk.example", has_attachment=False),
    route("Of the list", "listed@desk.example", list_id="news.acme.example"),
    route("Everything at once", "strict@desk.example", sender=["*@acme.example"], subject_contains=["total"],
          subject_regex="^Total", body_contains=["euro"], list_id="news.acme.example", has_attachment=True),
    route("Only in Accounts Receivable", "remit@desk.example", mailbox=AR),
    route("Switched off", "off@desk.example", active=False),
    route("Whole domain", "*@orders.example"),
    route("Auditors", "*", STAFF, sender=["*@auditor.example", "lone@inspector.example"], subject_contains=["audit"]),
    route("Newsletter", "*", STAFF, list_id="digest.example"),
    route("Gone", "gone@desk.example", GONE),
    route("Gone too", "gone@desk.example", PAYMENTS),
    route("Gone blind", "goneblind@desk.example", GONE, match_delivered=True),
    route("Blind", "blind@desk.example", PAYMENTS, match_delivered=True),
    route("Blind domain", "*@blind.example", STAFF, match_delivered=True),
    route("Blind auditors", "*", STAFF, sender=["*@secret.example"], match_delivered=True),
    route("Not blind", "open@desk.example", PAYMENTS),
    route("Own mailbox in blind copy", "people@desk.example", STAFF, match_delivered=True),
]  # fmt: skip

# What came before. The first seven work items:
EARLIER = {
    "T-000001, open": mail(to="invoices@desk.example", sender="sue@acme.example", message_id="open@acme"),
    "T-000002, closed": mail(to="invoices@desk.example", sender="sue@acme.example", message_id="closed@acme"),
    "T-000003, merged into T-000004": mail(to="invoices@desk.example", sender="sue@acme.example", message_id="merged@acme"),
    "T-000004, merged into T-000005": mail(to="payments@desk.example", message_id="between@acme"),
    "T-000005, open": mail(to="payments@desk.example", message_id="into@acme"),
    "T-000006 and T-000007": mail(to="order@desk.example, payments@desk.example", message_id="two@acme"),
    "T-000008": mail(delivered="blind@desk.example", message_id="blind@acme"),
    "C-000009": mail(delivered="people@desk.example", to="x@elsewhere.example", message_id="case@acme"),
    "it waits": mail(to="nobody@desk.example", message_id="waiting@acme", subject="Our order 77"),
    "sent by us": mail(sender="ap@desk.example", to="invoices@desk.example", message_id="sent@desk"),
}  # fmt: skip
FLOOD = [mail(sender=f"{who}", auto_submitted="auto-generated", to="nobody@desk.example")
         for who in ("robot@flood.example", "ar@desk.example") for _time in range(20)]  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A mail, what the desk says about it and, where given, each route tried for each of its addresses."""

    rule: str
    mail: bytes
    says: str
    trace: tuple[str, ...] | None = None
    mailbox: str = AP


def row(rule: str, says: str, *trace: str, mailbox: str = AP, **fields: Any) -> Row:
    return Row(rule, mail(**fields), says, trace or None, mailbox)


LONG = "x" * 30_000
# Each step of the order, as what a mail must have for it. Several fit into one mail.
STEPS: dict[str, dict[str, Any]] = {
    "limits": {"text": LONG},
    "block": {"list_id": "spam.example"},
    "own_address": {"sender": "ar@desk.example"},
    "flood": {"sender": "robot@flood.example", "auto_submitted": "auto-generated"},
    "reply": {"in_reply_to": "open@acme", "cc": "invoices@desk.example"},
    "route": {"to": "payments@desk.example"},
    "delivered": {"delivered": "blind@desk.example"},
    "none": {"subject": "Nothing else"},
}
ENDS = {
    "limits": "too_large",
    "block": "deleted: list_id spam.example",
    "own_address": "own_address",
    "flood": "flood",
    "reply": "reply: T-000001",
    "route": "route: Payments",
    "delivered": "delivered: Blind",
    "none": "bcc_only",
}
ORDER = [row(f"{step} alone", ENDS[step], **fields) for step, fields in STEPS.items()]
ORDER += [
    row(f"{first} comes before {second}", ENDS[first], **(STEPS[second] | STEPS[first]))
    for first, second in combinations(STEPS, 2)
]

LIMITS = [
    row("over the size limit: only the header is kept", "too_large", to="payments@desk.example", text=LONG),
    Row("nothing that could be read", b"\x00\x01\x02 no header here\n" * 3, "unparsable"),
    Row("unparsable comes before a route by its mailbox", b"\x03\x04 nothing\n" * 3, "unparsable", None, PEOPLE),
    Row("an empty mail", b"", "unparsable"),
]

BLOCKS = [
    row("an address", "deleted: address bad@mixed.example", sender="Bad@Mixed.example", to="payments@desk.example"),
    row("another address of that domain", "route: Payments", sender="good@mixed.example", to="payments@desk.example"),
    row("a domain", "deleted: domain spam.example", sender="any@spam.example", to="payments@desk.example"),
    row("a domain below that one is another domain", "route: Payments", sender="a@sub.spam.example", to="payments@desk.example"),
    row("a list", "deleted: list_id spam.example", list_id="Spam.example", to="payments@desk.example"),
    row("in the mailbox of the block", "deleted: address here@once.example", sender="here@once.example", mailbox=AR),
    row("in another mailbox", "bcc_only", sender="here@once.example"),
    row("a block that has expired", "bcc_only", sender="expired@once.example"),
    row("a block that will expire", "deleted: address expiring@once.example", sender="expiring@once.example"),
    row("a block that was lifted", "bcc_only", sender="lifted@once.example"),
    row("a sender without an address can't be blocked by it", "bcc_only", sender="undisclosed"),
]  # fmt: skip

OWN = [
    row("from this mailbox", "own_address", sender="ap@desk.example", to="payments@desk.example"),
    row("from another of our mailboxes, in capitals", "own_address", sender="People@Desk.Example", to="payments@desk.example"),
    row("from our domain, but no mailbox", "route: Payments", sender="ana@desk.example", to="payments@desk.example"),
    row("even as an answer", "own_address", sender="ap@desk.example", in_reply_to="open@acme", to="invoices@desk.example"),
    row("with a plus-reference that says where it belongs", "reply: T-000001", sender="ap@desk.example", to="ap+T-000001@desk.example"),
    row("with the plus-reference of a merged item", "reply: T-000005", sender="ap@desk.example", to="ap+T-000003@desk.example"),
    row("with the plus-reference of a closed item", "own_address", sender="ap@desk.example", to="ap+T-000002@desk.example"),
    row("with the plus-reference of nothing", "own_address", sender="ap@desk.example", to="ap+T-999999@desk.example"),
]  # fmt: skip

FLOODS = [
    row("the 21st within the hour", "flood", sender="robot@flood.example", auto_submitted="auto-replied"),
    row("by any header that marks it", "flood", sender="robot@flood.example", precedence="bulk"),
    row("a person's mail is never a flood", "bcc_only", sender="robot@flood.example"),
    row("an hour later it is over", "bcc_only", sender="robot@flood.example", auto_submitted="auto-replied",
        sent=SENT + timedelta(hours=1, seconds=1)),
    row("another mailbox counts for itself", "bcc_only", sender="robot@flood.example", auto_submitted="auto-replied", mailbox=AR),
    row("another sender counts for itself", "bcc_only", sender="other@flood.example", auto_submitted="auto-replied"),
]  # fmt: skip

REPLIES = [
    row("In-Reply-To", "reply: T-000001", in_reply_to="open@acme", to="invoices@desk.example"),
    row("References", "reply: T-000001", references="unknown@x open@acme other@x", to="invoices@desk.example"),
    row("whoever writes it", "reply: T-000001", in_reply_to="open@acme", to="invoices@desk.example", sender="new@else.example"),
    row("an address in Cc", "reply: T-000001", in_reply_to="open@acme", to="x@y.example", cc="invoices@desk.example"),
    row("the delivery address", "reply: T-000001", in_reply_to="open@acme", to="x@y.example", delivered="invoices@desk.example"),
    row("to an address the item did not come in by: routed on its own", "route: Payments", in_reply_to="open@acme", to="payments@desk.example"),
    row("to nobody we know", "no_route", in_reply_to="open@acme", to="x@y.example"),
    row("to the mailbox it lay in: the item came in by that too", "reply: T-000001", in_reply_to="open@acme", to="ap@desk.example"),
    row("never by subject", "conditions_not_met", subject="Re: Hello", to="invoices@desk.example"),
    row("a closed item is not reopened: routing goes on", "route: Payments", in_reply_to="closed@acme", to="invoices@desk.example, payments@desk.example"),
    row("a merged item: where it went", "reply: T-000005", in_reply_to="merged@acme", to="invoices@desk.example"),
    row("merged once", "reply: T-000005", in_reply_to="between@acme", to="payments@desk.example"),
    row("a message that opened two items, by one address", "reply: T-000007", in_reply_to="two@acme", to="order@desk.example"),
    row("a message that opened two items, by both", "reply: T-000006, T-000007", in_reply_to="two@acme", to="order@desk.example, payments@desk.example"),
    row("two messages of two items", "reply: T-000001, T-000005", references="open@acme into@acme", to="invoices@desk.example, payments@desk.example"),
    row("one open and one closed", "reply: T-000001", references="open@acme closed@acme", to="invoices@desk.example"),
    row("an item routed by its delivery address", "reply: T-000008", in_reply_to="blind@acme", to="x@y.example", delivered="blind@desk.example"),
    row("an answer to what still waits is decided on its own", "no_route", in_reply_to="waiting@acme", to="nobody@desk.example"),
    row("a Message-ID counts as it is written", "conditions_not_met", in_reply_to="OPEN@acme", to="invoices@desk.example"),
    row("a plus-reference", "reply: T-000001", to="ap+T-000001@desk.example"),
    row("a plus-reference in small letters", "reply: T-000001", to="ap+t-000001@desk.example"),
    row("a plus-reference in odd letters, on any of our addresses", "reply: C-000009", to="Anything+c-000009@DESK.example"),
    row("a plus-reference as delivery address", "reply: T-000001", to="x@y.example", delivered="ap+T-000001@desk.example"),
    row("a plus-reference in Cc", "reply: T-000001", to="payments@desk.example", cc="ap+T-000001@desk.example"),
    row("a plus-reference of a closed item", "no_route", to="ap+T-000002@desk.example"),
    row("a plus-reference of a merged item", "reply: T-000005", to="ap+T-000003@desk.example"),
    row("a plus-reference at somebody else's domain", "no_route", to="ap+T-000001@elsewhere.example"),
    row("a reference without plus", "no_route", to="T-000001@desk.example"),
    row("a reference in the subject says nothing", "no_route", subject="Re: [T-000001]", to="nobody@desk.example"),
]  # fmt: skip

CONDITIONS = [
    row("sender by domain", "route: Invoices", "to invoices@desk.example: Credit notes – subject_contains",
        "to invoices@desk.example: Invoices – opened", sender="Any@ACME.example", to="Invoices@Desk.example"),
    row("sender by address, the second of the list", "route: Invoices", sender="bob@zenith.example", to="invoices@desk.example"),
    row("sender misses", "conditions_not_met", "to invoices@desk.example: Credit notes – sender, subject_contains",
        "to invoices@desk.example: Invoices – sender", "to invoices@desk.example: Shadowed – sender",
        sender="bo@zenith.example", to="invoices@desk.example"),
    row("a domain that only ends alike", "conditions_not_met", sender="a@notacme.example", to="invoices@desk.example"),
    row("a domain below it", "conditions_not_met", sender="a@sub.acme.example", to="invoices@desk.example"),
    row("first match wins, and the trace stops there", "route: Credit notes", "to invoices@desk.example: Credit notes – opened",
        sender="sue@acme.example", subject="CREDIT NOTE 7", to="invoices@desk.example"),
    row("any of several words", "route: Credit notes", sender="sue@acme.example", subject="Nota de Abono", to="invoices@desk.example"),
    row("part of a word", "route: Credit notes", sender="sue@acme.example", subject="xabonox", to="invoices@desk.example"),
    row("the first in order", "route: First", "to order@desk.example: First – opened", subject="Alpha", to="order@desk.example"),
    row("the second where the first misses", "route: Second", "to order@desk.example: First – subject_contains",
        "to order@desk.example: Second – opened", subject="Beta", to="order@desk.example"),
    row("a pattern", "route: Numbered", "to regex@desk.example: Numbered – opened", subject="INV-2041", to="regex@desk.example"),
    row("a pattern with an option in it", "route: Numbered", subject="Re: inv-0001", to="regex@desk.example"),
    row("a pattern that misses", "conditions_not_met", "to regex@desk.example: Numbered – subject_regex", subject="inv-12345", to="regex@desk.example"),
    row("no subject at all", "conditions_not_met", "to regex@desk.example: Numbered – subject_regex", subject="", to="regex@desk.example"),
    row("a word of the text", "route: In the body", text="See the purchase order attached.", to="body@desk.example"),
    row("a word of the text, where there is only HTML", "route: In the body", text="", html="<p>Su <b>pedido</b></p>", to="body@desk.example"),
    row("the subject is not the text", "conditions_not_met", "to body@desk.example: In the body – body_contains",
        subject="pedido", to="body@desk.example"),
    row("an attachment", "route: With a file", attached="scan.pdf", to="scans@desk.example"),
    row("no attachment", "conditions_not_met", "to scans@desk.example: With a file – has_attachment", to="scans@desk.example"),
    row("no attachment, as wanted", "route: Without a file", to="plain@desk.example"),
    row("an attachment that is not wanted", "conditions_not_met", "to plain@desk.example: Without a file – has_attachment",
        attached="scan.pdf", to="plain@desk.example"),
    row("the list", "route: Of the list", list_id="News.Acme.example", to="listed@desk.example"),
    row("another list", "conditions_not_met", "to listed@desk.example: Of the list – list_id", list_id="ews.acme.example", to="listed@desk.example"),
    row("no list", "conditions_not_met", "to listed@desk.example: Of the list – list_id", to="listed@desk.example"),
    row("all conditions together", "route: Everything at once", sender="sue@acme.example", subject="Total",
        text="12 Euro", list_id="news.acme.example", attached="a.pdf", to="strict@desk.example"),
    row("each that failed is named", "conditions_not_met",
        "to strict@desk.example: Everything at once – sender, subject_contains, subject_regex, body_contains, list_id, has_attachment",
        to="strict@desk.example"),
    row("all but one", "conditions_not_met", "to strict@desk.example: Everything at once – body_contains", sender="sue@acme.example",
        subject="Total", list_id="news.acme.example", attached="a.pdf", to="strict@desk.example"),
    row("in the route's mailbox", "route: Only in Accounts Receivable", to="remit@desk.example", mailbox=AR),
    row("in another mailbox", "conditions_not_met", "to remit@desk.example: Only in Accounts Receivable – mailbox", to="remit@desk.example"),
    row("a route that is switched off is no route", "no_route", to="off@desk.example"),
    row("any address of a domain", "route: Whole domain", "to x@orders.example: Whole domain – opened", to="X@Orders.example"),
    row("a domain below it is another", "no_route", to="x@eu.orders.example"),
]  # fmt: skip

CATCH_ALL = [
    row("any recipient, a sender's domain", "route: Auditors", "to x@y.example: Auditors – opened",
        sender="a@auditor.example", subject="Audit 2025", to="x@y.example"),
    row("any recipient, a sender", "route: Auditors", sender="lone@inspector.example", subject="audit", to="x@y.example"),
    row("another condition of it misses: it was no route of this address", "no_route", "to x@y.example: Auditors – subject_contains",
        sender="a@auditor.example", to="x@y.example"),
    row("a list", "route: Newsletter", list_id="digest.example", to="x@y.example"),
    row("each address of the mail, one item", "route: Newsletter", "to x@y.example: Newsletter – opened", "to z@y.example: Newsletter – opened",
        "cc c@y.example: Newsletter – opened", list_id="digest.example", to="x@y.example, z@y.example", cc="c@y.example"),
    row("an earlier route of the address wins", "route: Payments", "to payments@desk.example: Payments – opened",
        list_id="digest.example", to="payments@desk.example"),
    row("not by the delivery address", "bcc_only", list_id="digest.example", delivered="ap@desk.example"),
    row("but by the delivery address where it may", "delivered: Blind auditors", "delivered ap@desk.example: Blind auditors – opened",
        sender="s@secret.example"),
    row("an invalid address is none", "no_valid_address", list_id="digest.example", to="All staff"),
]  # fmt: skip

ADDRESSES = [
    row("in To", "route: Payments", "to payments@desk.example: Payments – opened", to="payments@desk.example"),
    row("in Cc", "route: Payments", "cc payments@desk.example: Payments – opened", cc="payments@desk.example"),
    row("in both, once", "route: Payments", "to payments@desk.example: Payments – opened", to="payments@desk.example", cc="Payments@desk.example"),
    row("twice in To", "route: Payments", to="payments@desk.example, Pay <payments@desk.example>"),
    row("two addresses, two routes: two items", "route: Payments, Second", to="payments@desk.example, order@desk.example"),
    row("one in To and one in Cc", "route: Payments, Second", to="order@desk.example", cc="payments@desk.example"),
    row("two addresses, one route: one item", "route: Both addresses", to="a@pair.example, b@pair.example"),
    row("one routed beside unrouted ones", "route: Payments", to="x@y.example, payments@desk.example", cc="z@y.example"),
    row("one routed beside one whose conditions failed", "route: Second", "to order@desk.example: First – subject_contains",
        "to order@desk.example: Second – opened", "to regex@desk.example: Numbered – subject_regex",
        to="order@desk.example, regex@desk.example"),
    row("one routed beside an invalid one", "route: Payments", to="All staff, payments@desk.example"),
    row("one unrouted and one whose conditions failed", "conditions_not_met", to="x@y.example, regex@desk.example"),
    row("one unrouted and one invalid", "no_route", to="x@y.example", cc="All staff"),
    row("our own address, which has no route", "no_route", to="ap@desk.example"),
    row("only invalid ones", "no_valid_address", to="All staff", cc="Everybody else"),
    row("nobody", "bcc_only"),
    row("undisclosed recipients", "bcc_only", to="undisclosed-recipients:;"),
    row("a group of addresses", "route: Payments", to="Finance: payments@desk.example, x@y.example;"),
    row("an answer address is no recipient", "bcc_only", reply_to="payments@desk.example"),
]  # fmt: skip

TARGETS = [
    row("a target that is gone: nothing is opened, and no later route tried", "target_missing",
        "to gone@desk.example: Gone – target_missing", to="gone@desk.example"),
    row("beside another that is fine", "route: Payments", "to gone@desk.example: Gone – target_missing",
        "to payments@desk.example: Payments – opened", to="gone@desk.example, payments@desk.example"),
    row("it was matched, so the delivery address is not asked", "target_missing", to="gone@desk.example", delivered="blind@desk.example"),
    row("by the delivery address", "target_missing", delivered="goneblind@desk.example"),
]  # fmt: skip

BLIND = [
    row("a blind copy to an address whose route allows it", "delivered: Blind", "delivered blind@desk.example: Blind – opened",
        delivered="Blind@desk.example"),
    row("beside an unrouted To", "delivered: Blind", to="x@y.example", delivered="blind@desk.example"),
    row("beside a To whose conditions failed", "delivered: Blind", to="regex@desk.example", delivered="blind@desk.example"),
    row("beside an invalid To", "delivered: Blind", to="All staff", delivered="blind@desk.example"),
    row("a routed To wins, and the delivery address is not asked", "route: Payments", "to payments@desk.example: Payments – opened",
        to="payments@desk.example", delivered="blind@desk.example"),
    row("such a route is also an ordinary one", "route: Blind", to="blind@desk.example"),
    row("a route that does not allow it", "bcc_only", delivered="open@desk.example"),
    row("the same route by To", "route: Not blind", to="open@desk.example"),
    row("X-Original-To", "delivered: Blind", x_original_to="blind@desk.example"),
    row("Envelope-To", "delivered: Blind", envelope_to="blind@desk.example"),
    row("any address of a domain", "delivered: Blind domain", delivered="x@blind.example"),
    row("two delivery addresses: at most one item, the first route", "delivered: Blind", "delivered blind@desk.example: Blind – opened",
        delivered=("z@blind.example", "blind@desk.example")),
    row("two delivery addresses, one route", "delivered: Blind domain", "delivered a@blind.example: Blind domain – opened",
        delivered=("b@blind.example", "a@blind.example")),
    row("no header says: it is the mailbox's own address", "delivered: Own mailbox in blind copy",
        "delivered people@desk.example: Own mailbox in blind copy – opened", mailbox=PEOPLE),
    row("a header that says something else", "bcc_only", delivered="other@desk.example", mailbox=PEOPLE),
    row("a header that holds no address says nothing", "delivered: Own mailbox in blind copy", delivered="local", mailbox=PEOPLE),
]  # fmt: skip

TABLES: Mapping[str, list[Row]] = {
    "order of the steps": ORDER,
    "limits": LIMITS,
    "blocks": BLOCKS,
    "our own address": OWN,
    "flood": FLOODS,
    "replies": REPLIES,
    "conditions": CONDITIONS,
    "catch-all": CATCH_ALL,
    "addresses": ADDRESSES,
    "targets": TARGETS,
    "blind copies": BLIND,
}
ROWS = {f"{table}: {each.rule}": each for table, rows in TABLES.items() for each in rows}


def prepared(folder: Path) -> DeskUnderTest:
    """A desk to which everything EARLIER has happened."""
    desk = DeskUnderTest(folder, ROUTES)
    desk.block("address", "bad@mixed.example")
    desk.block("domain", "spam.example")
    desk.block("list_id", "spam.example")
    desk.block("address", "here@once.example", mailbox=AR)
    desk.block("address", "expired@once.example", expires_at=desk.clock - timedelta(seconds=1))
    desk.block("address", "expiring@once.example", expires_at=desk.clock + timedelta(seconds=1))
    desk.block("address", "lifted@once.example")
    desk.change("UPDATE block SET lifted_at = $now WHERE value = 'lifted@once.example'", now=desk.clock)
    desk.receive(*EARLIER.values(), *FLOOD)
    ana = desk.acting("ada")
    close(ana, ["T-000002"])
    merge(ana, ["T-000003"], into="T-000004")
    merge(ana, ["T-000004"], into="T-000005")
    return desk


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[DeskUnderTest, dict[str, str]]:
    """The desk, and the message that each row became."""
    desk = prepared(tmp_path_factory.mktemp("desk"))
    ids: dict[str, str] = {}
    for mailbox in (AP, AR, PEOPLE):
        names = [name for name, each in ROWS.items() if each.mailbox == mailbox]
        ids |= zip(names, desk.receive(*(ROWS[name].mail for name in names), mailbox=mailbox), strict=True)
    return desk, ids


@pytest.fixture(scope="module")
def said(decided: tuple[DeskUnderTest, dict[str, str]]) -> dict[str, str]:
    desk, ids = decided
    outcomes = desk.outcomes()
    return {name: outcomes[id] for name, id in ids.items()}


@pytest.mark.parametrize("name", ROWS)
def test_the_rules_hold(name: str, said: dict[str, str]) -> None:
    assert said[name] == ROWS[name].says


@pytest.mark.parametrize("name", [name for name, each in ROWS.items() if each.trace])
def test_the_trace_names_each_route_tried_up_to_where_it_stopped(
    name: str, decided: tuple[DeskUnderTest, dict[str, str]]
) -> None:
    desk, ids = decided
    assert desk.trace(ids[name]) == list(ROWS[name].trace or ())


def test_the_same_mails_end_the_same_in_batches_of_any_size(
    said: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "AT_ONCE", 40)
    desk = prepared(tmp_path)
    names = [name for name, each in ROWS.items() if each.mailbox == AP]
    ids = desk.receive(*(ROWS[name].mail for name in names))
    outcomes = desk.outcomes()
    assert {name: outcomes[id] for name, id in zip(names, ids, strict=True)} == {name: said[name] for name in names}


# Every combination of addresses: what To, Cc and the delivery address hold, each with nobody, one and several.

HOLDS = {
    "nobody": "",
    "routed": "payments@desk.example",
    "routed elsewhere": "order@desk.example",
    "both routed": "payments@desk.example, order@desk.example",
    "unrouted": "x@elsewhere.example",
    "invalid": "All staff",
    "our own": "ap@desk.example",
    "routed and unrouted": "payments@desk.example, x@elsewhere.example",
    "unrouted and invalid": "x@elsewhere.example, All staff",
}
DELIVERED: dict[str, tuple[str, ...]] = {
    "nowhere": (),
    "routed": ("blind@desk.example",),
    "routed and unrouted": ("other@desk.example", "blind@desk.example"),
    "routed, but not as delivery address": ("payments@desk.example",),
    "unrouted": ("other@desk.example",),
    "invalid": ("local",),
}


def expected(to: str, cc: str, delivered: str) -> str:
    named = f"{HOLDS[to]}, {HOLDS[cc]}"
    routed = [name for name, address in (("Payments", "payments@"), ("Second", "order@")) if address in named]
    if routed:
        return "route: " + ", ".join(routed)
    if delivered in ("routed", "routed and unrouted"):
        return "delivered: Blind"
    if to == cc == "nobody":
        return "bcc_only"
    return "no_route" if "@" in named else "no_valid_address"


def test_every_combination_of_addresses_ends_as_the_rules_say(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, ROUTES)
    combined = list(product(HOLDS, HOLDS, DELIVERED))
    mails = [mail(to=HOLDS[to], cc=HOLDS[cc], delivered=DELIVERED[delivered]) for to, cc, delivered in combined]
    ids = desk.receive(*mails)
    outcomes = desk.outcomes()
    ended = {each: outcomes[id] for each, id in zip(combined, ids, strict=True)}
    assert ended == {each: expected(*each) for each in combined}


# What a table can't say.


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskUnderTest]:
    desk = DeskUnderTest(tmp_path, ROUTES)
    with desk.kept_open():
        yield desk


def test_the_same_bytes_again_are_a_further_delivery_and_no_new_message(desk: DeskUnderTest) -> None:
    raw = mail(to="payments@desk.example")
    first = desk.receive(raw, raw)
    again = desk.receive(raw, mailbox=AR)
    assert {*first, *again} == {first[0]}
    assert desk.value("SELECT count(*) FROM delivery") == 3
    assert desk.value("SELECT count(*) FROM work_item") == 1
    assert desk.rows("SELECT mailbox, mailboxes FROM message") == [(AP, [AP, AR])]


def test_the_same_bytes_again_come_before_a_block(desk: DeskUnderTest) -> None:
    raw = mail(sender="sue@late.example", to="payments@desk.example")
    (id,) = desk.receive(raw)
    desk.block("domain", "late.example")
    assert desk.receive(raw) == [id]
    assert desk.says(id) == "route: Payments"


def test_a_copy_by_way_of_another_mailbox_goes_where_the_first_went(desk: DeskUnderTest) -> None:
    one, other = (mail(to="payments@desk.example, order@desk.example", message_id="same@x", delivered=each)
                  for each in ("ap@desk.example", "ar@desk.example"))  # fmt: skip
    first = desk.receive_one(one)
    second = desk.receive_one(other, AR)
    assert first != second
    assert desk.says(second) == "reply: T-000001, T-000002"
    assert desk.value("SELECT count(*) FROM work_item") == 2


@pytest.mark.parametrize(
    "differs", [{"subject": "Another"}, {"sender": "else@supplier.example"}, {"sent": SENT - timedelta(1)}]
)
def test_another_mail_under_the_same_message_id_is_no_copy(desk: DeskUnderTest, differs: dict[str, Any]) -> None:
    desk.receive(mail(to="payments@desk.example", message_id="same@x"))
    other = desk.receive_one(mail(to="payments@desk.example", message_id="same@x", **differs), AR)
    assert desk.says(other) == "route: Payments"


def test_an_answer_that_comes_before_its_question_is_decided_on_its_own(desk: DeskUnderTest) -> None:
    answer, question = desk.receive(
        mail(to="payments@desk.example", in_reply_to="q@x"), mail(to="payments@desk.example", message_id="q@x")
    )
    assert (desk.says(answer), desk.says(question)) == ("route: Payments", "route: Payments")


def test_an_answer_that_had_to_wait_for_its_question_does_not_know_what_came_after_it(desk: DeskUnderTest) -> None:
    both = "payments@desk.example, order@desk.example"
    question, answer, later = desk.receive(
        mail(to="payments@desk.example", message_id="q@x"),
        mail(to=both, references="q@x later@x"),
        mail(to="order@desk.example", message_id="later@x"),
    )
    assert [desk.says(id) for id in (question, later)] == ["route: Payments", "route: Second"]
    assert desk.says(answer) == f"reply: {desk.items(question)[0]}"


def test_a_long_thread_in_one_batch_is_one_item(desk: DeskUnderTest) -> None:
    thread = [mail(to="payments@desk.example", message_id="m0@x")]
    thread += [mail(to="payments@desk.example", message_id=f"m{n}@x", in_reply_to=f"m{n - 1}@x",
                    references=" ".join(f"m{earlier}@x" for earlier in range(n))) for n in range(1, 30)]  # fmt: skip
    first, *answers = desk.receive(*thread)
    assert desk.says(first) == "route: Payments"
    assert {desk.says(id) for id in answers} == {"reply: T-000001"}


def test_mails_that_answer_each_other_in_a_circle_are_decided(desk: DeskUnderTest) -> None:
    ids = desk.receive(
        mail(to="payments@desk.example", message_id="a@x", in_reply_to="b@x"),
        mail(to="payments@desk.example", message_id="b@x", in_reply_to="a@x"),
    )
    assert [desk.says(id) for id in ids] == ["route: Payments", "reply: T-000001"]


def test_a_reply_is_appended_to_an_item_made_by_hand(desk: DeskUnderTest) -> None:
    asked = desk.receive_one(mail(to="nobody@desk.example", message_id="hand@x"))
    acting.create(desk.acting("ana"), [asked], INVOICES)
    named, elsewhere = desk.receive(mail(to="nobody@desk.example", in_reply_to="hand@x"),
                                    mail(to="order@desk.example", in_reply_to="hand@x"))  # fmt: skip
    assert (desk.says(named), desk.says(elsewhere)) == ("reply: T-000001", "route: Second")


def test_a_reply_is_appended_to_an_item_that_was_reopened(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="payments@desk.example", message_id="q@x"))
    close(desk.acting("ana"), ["T-000001"])
    reopen(desk.acting("ana"), ["T-000001"])
    assert desk.says(desk.receive_one(mail(to="payments@desk.example", in_reply_to="q@x"))) == "reply: T-000001"


def test_a_message_taken_back_from_a_block_is_decided_as_if_there_were_none(desk: DeskUnderTest) -> None:
    desk.block("domain", "spam.example")
    routed, waiting, own = desk.receive(
        mail(sender="a@spam.example", to="payments@desk.example"), mail(sender="a@spam.example"),
        mail(sender="a@spam.example", to="payments@desk.example"))  # fmt: skip
    acting.restore(desk.acting("ana"), [routed, waiting])
    assert [desk.says(id) for id in (routed, waiting, own)] == [
        "route: Payments",
        "bcc_only",
        "deleted: domain spam.example",
    ]
    assert desk.trace(routed) == ["to payments@desk.example: Payments – opened"]


def test_what_a_block_deleted_is_counted_listed_and_restorable(desk: DeskUnderTest) -> None:
    desk.block("domain", "spam.example")
    id = desk.receive_one(mail(sender="a@spam.example"))
    assert desk.rows(
        "SELECT actor, actor_kind, action, status_after FROM journal WHERE message_id = $id::UUID", id=id
    ) == [("domain spam.example", "block", "delete", "deleted")]


def test_why_names_each_recipient_and_the_nearest_miss_first(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="x@elsewhere.example, strict@desk.example, invoices@desk.example", cc="All staff",
                               sender="bo@acme.example", list_id="news.acme.example", subject="total", text="euro"))  # fmt: skip
    answer = why(desk.acting("ana"), id)
    assert (answer["cause"], answer["step"], answer["evidence"]) == (None, "route", "Invoices")
    shown = {each["address"]: (each["route"], [(tried["route"], tried["version"], tried["failed"])
             for tried in each["routes_tried"]]) for each in answer["recipients"] if each["kind"] != "delivered"}  # fmt: skip
    assert shown == {
        "x@elsewhere.example": (None, []),
        "strict@desk.example": (None, [("Everything at once", 1, ["subject_regex", "has_attachment"])]),
        "invoices@desk.example": ("Invoices", [("Invoices", 1, []), ("Credit notes", 1, ["subject_contains"])]),
        "All staff": (None, []),
    }


def test_a_decision_names_the_version_of_the_route_that_was_in_force(desk: DeskUnderTest) -> None:
    before = desk.receive_one(mail(to="payments@desk.example"))
    changed = desk.folder / "changed.toml"
    changed.write_text(tomli_w.dumps({"route": [route("Payments", "payments@desk.example", STAFF)]}))
    import_routes(desk.acting("ada"), changed)
    after = desk.receive_one(mail(to="payments@desk.example"))
    versions = dict(desk.rows("SELECT message_id::VARCHAR, route_version FROM decision_trace"))
    assert (versions[before], versions[after]) == (1, 2)
    assert message(desk.acting("ada"), after)["work_items"][0]["reference"] == "C-000002"


def test_an_automatic_message_is_marked_with_the_header_that_says_so(desk: DeskUnderTest) -> None:
    desk.receive(mail(auto_submitted="auto-replied (vacation)"), mail(precedence="list"), mail(auto_submitted="no"))
    assert [row[0] for row in desk.rows("SELECT automatic FROM message ORDER BY id")] == [
        "Auto-Submitted: auto-replied (vacation)", "Precedence: list", ""]  # fmt: skip


def test_twenty_automatic_messages_within_the_hour_are_no_flood_yet(desk: DeskUnderTest) -> None:
    robots = [mail(sender="r@x.example", to="payments@desk.example", precedence="bulk",
                   sent=SENT + timedelta(minutes=3 * n)) for n in range(23)]  # fmt: skip
    says = [desk.outcomes()[id] for id in desk.receive(*robots)]
    # 21 fit into an hour of one every three minutes, both ends counted.
    assert says == ["route: Payments"] * 20 + ["flood"] * 3
