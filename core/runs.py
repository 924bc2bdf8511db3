"""Collection runs: what each look into a mailbox brought, and the state a mailbox is in."""

from dataclasses import dataclass, field
from datetime import datetime

from core.intake import new_id
from core.store import Connection, Store

RUN = """
INSERT INTO collection_run VALUES ($id, $mailbox, $started_at, $ended_at, $listed, $stored, $duplicate, $too_large,
                                   $failed, $problem)
"""
STATE = """
INSERT INTO mailbox_state
SELECT $mailbox, $ended_at, CASE WHEN $problem IS NULL THEN $ended_at ELSE before.last_success_at END,
       CASE WHEN $stored + $too_large > 0 THEN $ended_at ELSE before.last_new_at END,
       $problem, CASE WHEN $problem IS NULL THEN NULL ELSE coalesce(before.problem_since, $ended_at) END
FROM (SELECT 1) LEFT JOIN before ON true
"""


@dataclass
class Run:
    """One look into one mailbox: how many messages were new there, and what became of them."""

    mailbox: str
    started_at: datetime
    id: str = field(default_factory=new_id)
    listed: int = 0
    stored: int = 0
    duplicate: int = 0
    too_large: int = 0
    failed: int = 0
    problem: str | None = None


def record_run(store: Store, run: Run, ended_at: datetime) -> None:
    """Write a run and the state of its mailbox. A run that found nothing and met nothing only updates the state."""

    def write(db: Connection) -> None:
        if run.listed or run.problem:
            db.run(RUN, id=run.id, mailbox=run.mailbox, started_at=run.started_at, ended_at=ended_at,
                   listed=run.listed, stored=run.stored, duplicate=run.duplicate, too_large=run.too_large,
                   failed=run.failed, problem=run.problem)  # fmt: skip
        db.run("CREATE OR REPLACE TEMP TABLE before AS SELECT * FROM mailbox_state WHERE mailbox = $mailbox",
               mailbox=run.mailbox)  # fmt: skip
        db.run("DELETE FROM mailbox_state WHERE mailbox = $mailbox", mailbox=run.mailbox)
        db.run(STATE, mailbox=run.mailbox, ended_at=ended_at, stored=run.stored, too_large=run.too_large,
               problem=run.problem)  # fmt: skip

    store.change(write, background=True)
