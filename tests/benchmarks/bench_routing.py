"""The whole route set over all stored messages: core/sql/match.sql against a join and a loop that people would write.

The loop is measured on a sample of 20,000 messages and extrapolated; on the sample both must say the same.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.store import Connection, sql
from tests.benchmarks.big_store import ROUTES, SENDERS, big_place
from tests.benchmarks.desks import realistic_routes
from tests.benchmarks.results import Bar, Result, at_a_million
from tests.benchmarks.timing import typical

SAMPLE = 20_000
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
Caught = set[tuple[Any, ...]]

STORED = """
CREATE OR REPLACE TEMP VIEW deciding AS SELECT * FROM message WHERE id <= getvariable('last');
CREATE OR REPLACE TEMP VIEW deciding_recipient AS SELECT * FROM recipient WHERE message_id <= getvariable('last');
CREATE OR REPLACE TEMP VIEW deciding_body AS SELECT * FROM message_body WHERE message_id <= getvariable('last');
CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM route_set;
"""
TAKEN = "CREATE OR REPLACE TEMP TABLE taken AS SELECT message_id, address, delivered, rank FROM hit"
# What somebody would write who has an evening: without domains, patterns, bodies, lists, files and delivery addresses.
BY_HAND = """
CREATE OR REPLACE TEMP TABLE by_hand AS
SELECT r.message_id, r.address, min(s.rank) AS rank
FROM recipient AS r JOIN message AS m ON m.id = r.message_id JOIN deciding_route AS s ON s.recipient = r.address
WHERE r.kind IN ('to', 'cc')
  AND (len(s.sender) = 0 OR list_has_any(s.sender, [m.from_address, '*@' || m.from_domain]))
  AND (len(s.subject_contains) = 0 OR list_bool_or([contains(lower(m.subject), word) FOR word IN s.subject_contains]))
GROUP BY ALL
"""
ROWS = """
SELECT m.id::VARCHAR, r.address, r.domain, r.kind = 'delivered', m.mailbox, m.from_address, m.from_domain, m.subject,
       m.list_id, m.attachments, b.text
FROM deciding_recipient AS r JOIN deciding AS m ON m.id = r.message_id JOIN deciding_body AS b ON b.message_id = m.id
WHERE r.valid AND r.kind IN ('to', 'cc', 'delivered')
"""


@dataclass(frozen=True, slots=True)
class Mail:
    """An address of a message with what routes look at."""

    id: str
    address: str
    domain: str
    delivered: bool
    mailbox: str
    from_address: str
    from_domain: str
    subject: str
    list_id: str
    attachments: int
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A route, ready to be asked, as a careful person would write it in Python."""

    rank: int
    mailbox: str | None
    recipient: str
    sender: frozenset[str]
    subject_contains: tuple[str, ...]
    subject_regex: "re.Pattern[str] | None"
    body_contains: tuple[str, ...]
    list_id: str | None
    has_attachment: bool | None
    match_delivered: bool

    def catches(self, mail: Mail) -> bool:
        return (
            self.recipient in (mail.address, "*", f"*@{mail.domain}")
            and (self.match_delivered or not mail.delivered)
            and (self.mailbox is None or self.mailbox == mail.mailbox)
            and (not self.sender or mail.from_address in self.sender or f"*@{mail.from_domain}" in self.sender)
            and (self.list_id is None or self.list_id == mail.list_id)
            and (self.has_attachment is None or self.has_attachment == (mail.attachments > 0))
            and (not self.subject_contains or any(word in mail.subject.lower() for word in self.subject_contains))
            and (self.subject_regex is None or self.subject_regex.search(mail.subject) is not None)
            and (not self.body_contains or any(word in mail.text.lower() for word in self.body_contains))
        )


def in_python(mails: list[Mail], rules: list[Rule]) -> Caught:
    caught = set()
    for mail in mails:
        for rule in rules:
            if rule.catches(mail):
                caught.add((mail.id, mail.address, mail.delivered, rule.rank))
                break
    return caught


def measure(home: str, sizes: Sequence[int]) -> Iterator[Result]:
    """The set over each store, beside a join by hand and beside a loop in Python."""
    for messages in sizes:
        with big_place(home, messages).opened().reading() as db:
            db.run("SET threads = 2")
            python = _in_python(db, messages)
            _prepare(db, LAST)
            ours = typical(lambda: db.run(TAKEN))
            plain = typical(lambda: db.run(BY_HAND), rounds=3)
            caught = db.value("SELECT count(DISTINCT message_id) FROM taken")
        what, note = f"{ROUTES} routes over all that is stored", f"{caught:,} caught"
        sample = f"the loop is extrapolated from {min(SAMPLE, messages):,} messages; both say the same of them"
        yield Result("routes", what, home, messages, ours, "s",
                     "a hand-written join (addresses, senders and words only)", plain,
                     at_a_million(messages, Bar("< 1 s", 1.0)), note)  # fmt: skip
        yield Result("routes-loop", what, home, messages, ours, "s", "a loop over messages in Python", python,
                     at_a_million(messages, Bar("≥ 100 ×", 100, "ratio", at_least=True)), sample)  # fmt: skip


def _in_python(db: Connection, messages: int) -> float:
    """Seconds of the loop for all messages; it must say the same of its sample as the query."""
    _prepare(db, db.value("SELECT max(id)::VARCHAR FROM (SELECT id FROM message ORDER BY id LIMIT $n)", n=SAMPLE))
    db.run(TAKEN)
    ours = set(db.rows("SELECT message_id::VARCHAR, address, delivered, rank FROM taken"))
    mails, rules = [Mail(*row) for row in db.rows(ROWS)], _rules(db)
    began = time.perf_counter()
    theirs = in_python(mails, rules)
    python = (time.perf_counter() - began) * messages / min(SAMPLE, messages)
    if ours != theirs or len(ours) < min(SAMPLE, messages) / 20:
        raise AssertionError("the loop and the query say different things")
    return python


def _prepare(db: Connection, last: str) -> None:
    db.run("SET VARIABLE last = $last::UUID", last=last)
    db.script(STORED)
    db.script(sql("match"))


def _rules(db: Connection) -> list[Rule]:
    rows = db.rows("SELECT rank, mailbox, recipient, sender, subject_contains, subject_regex, body_contains, list_id, "
                   "has_attachment, match_delivered FROM deciding_route ORDER BY rank")  # fmt: skip
    assert len(rows) == ROUTES == len(realistic_routes(ROUTES, SENDERS))
    return [
        Rule(rank, mailbox, recipient, frozenset(sender), tuple(subject), re.compile(regex) if regex else None,
             tuple(body), *rest)
        for rank, mailbox, recipient, sender, subject, regex, body, *rest in rows
    ]  # fmt: skip
