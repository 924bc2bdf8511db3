"""How collecting goes: the state of each mailbox, what waits in it, and the ledger of the day."""

from datetime import datetime, timedelta

import pandas as pd

from core.ledger import LEDGER, ledger
from core.residues import NAMED
from core.scope import Scope
from core.store import sql

__all__ = ["DAYS", "LEDGER", "mailbox_states", "new_by_day", "runs"]

DAYS = 7
RUNS = """
SELECT started_at, ended_at, listed, stored, duplicate, too_large, failed, problem FROM collection_run
WHERE mailbox = $mailbox AND ended_at IS NOT NULL AND list_contains($mailboxes::VARCHAR[], mailbox)
ORDER BY started_at DESC, id DESC LIMIT $limit
"""


def mailbox_states(scope: Scope, since: datetime | None = None) -> pd.DataFrame:
    """A row for each mailbox in scope: mailbox, mailbox_address, team, last_run_at, last_success_at, last_new_at,
    problem, problem_since, waiting, oldest_at, certificate_expires_at, token_expires_at, residues (what the server
    lists and does not hand out) and residue_uids (the first NAMED of them), of the newest comparison compared_at,
    on_server, missing and gone (None: there was none), collected_by and collected_since (the collector that has it,
    such as host:4711; None: nobody has), and the LEDGER in messages since a moment (by default since the
    day of UTC began; see core/ledger). All times are UTC.
    """
    today = since or scope.desk.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with scope.store.reading() as db:
        states = db.frame(sql("status"), mailboxes=list(scope.mailboxes), most=NAMED, at=scope.store.now())
        return states.merge(ledger(scope, today, days=1).drop(columns="day"), on="mailbox")


def new_by_day(scope: Scope, today: datetime) -> dict[str, list[int]]:
    """How many new messages each mailbox in scope brought on each of the last DAYS days, oldest first.

    `today` is when the last of these days began (UTC).
    """
    with scope.store.reading() as db:
        rows = db.rows(sql("new_by_day"), mailboxes=list(scope.mailboxes), days=DAYS,
                       since=today - timedelta(days=DAYS - 1))  # fmt: skip
    return dict(rows)


def runs(scope: Scope, mailbox: str, limit: int = 50) -> pd.DataFrame:
    """The last runs over a mailbox that brought something or met a problem, newest first: started_at, ended_at (UTC),
    listed, stored, duplicate, too_large, failed (messages), problem (a sentence or None)."""
    with scope.store.reading() as db:
        return db.frame(RUNS, mailbox=mailbox, mailboxes=list(scope.mailboxes), limit=limit)
