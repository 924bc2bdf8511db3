"""Collection runs: what each look into a mailbox brought, and the state a mailbox is in."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from core.errors import StraydeskError
from core.intake import new_id
from core.language import _, n_
from core.log import tell
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


def described(run: Run) -> str:
    """A run in words, such as `Accounts Payable: 12 new, 3 again`."""
    counts = {
        n_("{count} new", "{count} new", run.stored): run.stored,
        n_("{count} again", "{count} again", run.duplicate): run.duplicate,
        n_("{count} too large", "{count} too large", run.too_large): run.too_large,
        n_("{count} could not be read", "{count} could not be read", run.failed): run.failed,
    }
    told = [words.format(count=count) for words, count in counts.items() if count] or [_("nothing new")]
    return f"{run.mailbox}: {run.problem or ', '.join(told)}"


def tell_begun(run: Run) -> None:
    """Write into the log that a run has begun, for the curious."""
    tell("run_begun", _("{mailbox}: looking for mail").format(mailbox=run.mailbox), logging.DEBUG,
         mailbox=run.mailbox, run=run.id)  # fmt: skip


def _tell_ended(run: Run, seconds: float) -> None:
    """One that met a problem is a warning, one that brought nothing is for the curious."""
    level = logging.WARNING if run.problem else logging.INFO if run.listed else logging.DEBUG
    counts = {"listed": run.listed, "stored": run.stored, "duplicate": run.duplicate, "too_large": run.too_large,
              "failed": run.failed}  # fmt: skip
    problem = {"problem": run.problem} if run.problem else {}
    tell("run_ended", described(run), level, mailbox=run.mailbox, run=run.id, **counts, seconds=round(seconds, 3),
         **problem)  # fmt: skip


def record_run(store: Store, run: Run, ended_at: datetime) -> None:
    """Write a run and the state of its mailbox, and tell the log. One without news or problem only updates the state.

    That it can't be written becomes the problem of the run, if it has none yet.
    """

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

    try:
        store.change(write, background=True)
    except StraydeskError as error:
        run.problem = run.problem or str(error)
    _tell_ended(run, (ended_at - run.started_at).total_seconds())
