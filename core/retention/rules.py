"""The rules of the configuration as they count: one for each mailbox, status and part of a message."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.configuration import Configuration
from core.scope import Desk
from core.store import Connection

PARTS = ("raw", "body", "row")
NOTICE = timedelta(days=1)  # a rule counts so long after it was first seen, so that a slip of the pen costs nothing
CELL = {"status": "VARCHAR", "mailbox": "VARCHAR", "what": "VARCHAR", "days": "BIGINT", "rule": "VARCHAR",
        "effective_at": "TIMESTAMP"}  # fmt: skip
SEEN = "SELECT status, mailbox, what, days, first_seen_at FROM retention_rule"
FORGET = """
DELETE FROM retention_rule AS r
WHERE NOT EXISTS (SELECT 1 FROM retention_cell AS c
                  WHERE (c.status, c.mailbox, c.what, c.days) = (r.status, r.mailbox, r.what, r.days))
"""
REMEMBER = """
INSERT INTO retention_rule
SELECT status, mailbox, what, days, $now FROM retention_cell AS c
WHERE NOT EXISTS (SELECT 1 FROM retention_rule AS r
                  WHERE (c.status, c.mailbox, c.what, c.days) = (r.status, r.mailbox, r.what, r.days))
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """`what` (raw, body, row) of the mail of a mailbox goes `days` after it got this status, but never before
    `effective_at` (UTC)."""

    status: str
    mailbox: str
    what: str
    days: int
    effective_at: datetime

    def __str__(self) -> str:
        return f"{self.status} · {self.mailbox} · {self.what} · {self.days} d"


def cells(configuration: Configuration) -> Iterator[tuple[str, str, str, int]]:
    """Status, mailbox, part and days of each rule that counts: that of a mailbox replaces the one for all."""
    given = {(rule.status, rule.mailbox): rule for rule in configuration.retention}
    for mailbox in (each.name for each in configuration.mailboxes):
        for status in ("deleted", "processed"):
            if rule := given.get((status, mailbox)) or given.get((status, None)):
                days = {"raw": rule.raw_days, "body": rule.body_days, "row": rule.row_days}
                yield from ((status, mailbox, what, days[what] or 0) for what in PARTS if days[what])


def lay_rules(db: Connection, desk: Desk, *, everything: bool = True) -> list[Rule]:
    """Lay the rules out as `retention_cell`; answers them. Not `everything`: those that count already."""
    now = desk.now()
    seen = {tuple(row[:4]): row[4] for row in db.rows(SEEN)}
    rules = [Rule(*cell, effective_at=seen.get(cell, now) + NOTICE) for cell in cells(desk.configuration)]
    rules = [rule for rule in rules if everything or rule.effective_at <= now]
    rows = [(rule.status, rule.mailbox, rule.what, rule.days, str(rule), rule.effective_at) for rule in rules]
    db.temporary("retention_cell", CELL, rows)
    return rules


def remember_rules(desk: Desk) -> None:
    """Write down which rules there are now: from here their day of notice counts; what is gone counts anew later."""

    def work(db: Connection) -> None:
        lay_rules(db, desk)
        db.run(FORGET)
        db.run(REMEMBER, now=desk.now())

    with desk.store.reading(background=True) as db:
        known = {tuple(row[:4]) for row in db.rows(SEEN)}
    if known != set(cells(desk.configuration)):
        desk.store.change(work, background=True)
