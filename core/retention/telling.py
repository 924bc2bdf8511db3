"""What retention is about to do, by which rules, and what it did."""

from datetime import timedelta

import pandas as pd

from core.administration.settling import must_be_administrator
from core.retention.rules import Rule, lay_rules
from core.scope import Desk, Scope
from core.store import Connection, sql

AHEAD = timedelta(days=7)  # so long before it is said what will go
RUNS = """
SELECT run_id::VARCHAR AS run_id, started_at, ended_at, rule, what, messages, bytes FROM retention_run
WHERE rule IS NOT NULL OR run_id NOT IN (SELECT run_id FROM retention_run WHERE rule IS NOT NULL)
ORDER BY started_at DESC, rule LIMIT $limit
"""
SOON = """
SELECT count(DISTINCT d.message_id) FROM retention_due AS d JOIN message AS m ON m.id = d.message_id
WHERE list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
"""


def rules(scope: Scope) -> list[Rule]:
    """The rules as they count, one for each mailbox, status and part. Raises NotAllowed."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return lay_rules(db, scope.desk)


def coming(scope: Scope) -> pd.DataFrame:
    """What goes now and in the next 7 days, by rule: rule, what, messages_now, bytes_now, messages_soon, bytes_soon,
    first_at (UTC). Nothing is removed. Raises NotAllowed for all but administrators."""
    must_be_administrator(scope)
    now = scope.desk.now()
    with scope.store.reading() as db:
        lay_rules(db, scope.desk)
        db.run(sql("retention_due"), until=now + AHEAD, ids=None)
        return db.frame(sql("retention_coming"), now=now, mailboxes=list(scope.mailboxes))


def runs(scope: Scope, limit: int = 50) -> pd.DataFrame:
    """The last runs, newest first, a row each rule: run_id, started_at, ended_at (UTC), rule, what, messages, bytes.

    One that removed nothing has a row without a rule. Raises NotAllowed.
    """
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return db.frame(RUNS, limit=limit)


def coming_in(db: Connection, desk: Desk, mailboxes: list[str]) -> int:
    """Of how many messages in these mailboxes something goes within 7 days; for the digest."""
    if not lay_rules(db, desk):
        return 0
    db.run(sql("retention_due"), until=desk.now() + AHEAD, ids=None)
    return int(db.value(SOON, mailboxes=mailboxes))
