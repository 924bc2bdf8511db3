"""The whole route set over a million stored messages: core/sql/match.sql against a loop over messages in Python.

`pytest tests/benchmarks/bench_routing.py -s`, or `python -m tests.benchmarks.bench_routing`. The loop is measured on a
sample of 20,000 messages and extrapolated; on the sample both must say the same.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from core.store import Connection, open_store, sql
from tests.benchmarks.big_store import MESSAGES, SENDERS, big_store
from tests.benchmarks.desks import realistic_routes

SAMPLE = 20_000
ROUTES = 500
ROUNDS = 5
Caught = set[tuple[Any, ...]]

STORED = """
CREATE OR REPLACE TEMP VIEW deciding AS SELECT * FROM message WHERE id <= getvariable('last');
CREATE OR REPLACE TEMP VIEW deciding_recipient AS SELECT * FROM recipient WHERE message_id <= getvariable('last');
CREATE OR REPLACE TEMP VIEW deciding_body AS SELECT * FROM message_body WHERE message_id <= getvariable('last');
CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM route_set;
"""
TAKEN = "CREATE OR REPLACE TEMP TABLE taken AS SELECT message_id, address, delivered, rank FROM hit"
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


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def test_the_route_set_decides_a_million_messages_within_a_second() -> None:
    with open_store(big_store()).reading() as db:
        db.run("SET threads = 2")
        sample = db.value("SELECT max(id)::VARCHAR FROM (SELECT id FROM message ORDER BY id LIMIT $n)", n=SAMPLE)
        _prepare(db, sample)
        db.run(TAKEN)
        ours = set(db.rows("SELECT message_id::VARCHAR, address, delivered, rank FROM taken"))
        mails, rules = [Mail(*row) for row in db.rows(ROWS)], _rules(db)
        began = time.perf_counter()
        theirs = in_python(mails, rules)
        python = (time.perf_counter() - began) * MESSAGES / SAMPLE
        assert ours == theirs and len(ours) > SAMPLE / 10
        _prepare(db, "ffffffff-ffff-ffff-ffff-ffffffffffff")
        began = time.process_time()
        rounds = sorted(seconds(lambda: db.run(TAKEN)) for _round in range(ROUNDS))
        processor = time.process_time() - began
        caught = db.value("SELECT count(DISTINCT message_id) FROM taken")
    print(f"\n{MESSAGES:,} messages x {ROUTES} routes, two threads: {median(rounds):.2f} s ({rounds[0]:.2f} to "
          f"{rounds[-1]:.2f}; {processor / ROUNDS:.2f} s of processor time), {caught:,} caught; "
          f"a loop in Python {python:,.0f} s (extrapolated from {SAMPLE:,}), "
          f"{python / median(rounds):,.0f} x")  # fmt: skip


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


if __name__ == "__main__":
    test_the_route_set_decides_a_million_messages_within_a_second()
