"""Collection runs: what each look into a mailbox brought, and the state a mailbox is in."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from core.comparing import write_comparison
from core.errors import StraydeskError
from core.intake import new_id
from core.language import _, n_
from core.log import tell
from core.residues import Seen, write_residues
from core.store import Connection, LaidOut, Store, sql

BEGUN = """
INSERT INTO collection_run (id, mailbox, started_at, listed, stored, duplicate, too_large, failed)
SELECT $id::UUID, $mailbox, $started_at, $listed, 0, 0, 0, 0
WHERE NOT EXISTS (SELECT 1 FROM collection_run WHERE id = $id::UUID)
"""
REMOVE = "DELETE FROM collection_run WHERE id = $id::UUID"
RUN = """
INSERT INTO collection_run VALUES ($id, $mailbox, $started_at, $ended_at, $listed, $stored, $duplicate, $too_large,
                                   $failed, $problem)
"""
# Whether a run before this one left anything open, so that it is worth a row that this one did not.
LEFT_OPEN = """
SELECT coalesce(max_by(failed, id), 0) > 0 FROM collection_run
WHERE mailbox = $mailbox AND (listed > 0 OR problem IS NULL)
"""
STATE = """
INSERT INTO mailbox_state
SELECT $mailbox, $ended_at, CASE WHEN $problem IS NULL THEN $ended_at ELSE before.last_success_at END,
       CASE WHEN $stored + $too_large > 0 THEN $ended_at ELSE before.last_new_at END,
       $problem, CASE WHEN $problem IS NULL THEN NULL ELSE coalesce(before.problem_since, $ended_at) END,
       CASE WHEN $reached THEN $certificate::TIMESTAMP ELSE before.certificate_expires_at END,
       CASE WHEN $reached THEN $token::TIMESTAMP ELSE before.token_expires_at END,
       CASE WHEN NOT $reached OR $token::TIMESTAMP = before.token_expires_at THEN before.token_since
            WHEN $token IS NOT NULL THEN $ended_at END
FROM (SELECT 1) LEFT JOIN before ON true
"""


@dataclass
class Run:
    """One look into one mailbox: how many messages were new there, and what became of them. `held` says which other
    collector has the mailbox; then this one did not look."""

    mailbox: str
    started_at: datetime
    id: str = field(default_factory=new_id)
    listed: int = 0
    stored: int = 0
    duplicate: int = 0
    too_large: int = 0
    failed: int = 0
    problem: str | None = None
    held: str | None = None

    def __post_init__(self) -> None:
        self.seen: Seen | None = None  # no field: it is not for telling


def described(run: Run) -> str:
    """A run in words, such as `Accounts Payable: 12 new, 3 again`."""
    counts = {
        n_("{count} new", "{count} new", run.stored): run.stored,
        n_("{count} again", "{count} again", run.duplicate): run.duplicate,
        n_("{count} too large", "{count} too large", run.too_large): run.too_large,
        n_("{count} could not be read", "{count} could not be read", run.failed): run.failed,
    }
    told = [words.format(count=count) for words, count in counts.items() if count] or [_("nothing new")]
    return f"{run.mailbox}: {run.problem or run.held or ', '.join(told)}"


def tell_begun(run: Run) -> None:
    """Write into the log that a run has begun, for the curious."""
    tell("run_begun", _("{mailbox}: looking for mail").format(mailbox=run.mailbox), logging.DEBUG,
         mailbox=run.mailbox, run=run.id)  # fmt: skip


def tell_ended(run: Run, seconds: float) -> None:
    """Write into the log what came of a run: a problem as a warning, and that there was nothing for the curious."""
    level = logging.WARNING if run.problem else logging.INFO if run.listed else logging.DEBUG
    counts = {"listed": run.listed, "stored": run.stored, "duplicate": run.duplicate, "too_large": run.too_large,
              "failed": run.failed}  # fmt: skip
    problem = {"problem": run.problem} if run.problem else {}
    tell("run_ended", described(run), level, mailbox=run.mailbox, run=run.id, **counts, seconds=round(seconds, 3),
         **problem)  # fmt: skip


def write_begun(store: Store, run: Run) -> None:
    """Write down what a run has listed before it takes anything in, so that the ledger holds also if it is killed.

    One message is taken in or not: it needs no such note, and is what mostly comes.
    """
    if run.listed > 1 and not run.stored + run.duplicate + run.too_large:
        store.change(lambda db: db.run(BEGUN, id=run.id, mailbox=run.mailbox, started_at=run.started_at,
                                       listed=run.listed), background=True)  # fmt: skip


def record_run(store: Store, run: Run, ended_at: datetime, also: Callable[[Connection], None] | None = None) -> bool:
    """Write a run and the state of its mailbox, and tell the log. One without news or problem only updates the state.

    `also` is done in the same transaction. Answers whether it was written; that it can't be becomes the problem of the
    run, if it has none yet.
    """
    if run.seen and run.seen.observed.problems:
        run.problem = run.problem or " ".join(run.seen.observed.problems)
    wanted = run.seen and run.seen.laid_out(nothing=not run.failed or not run.seen.asked_for_all)

    def write(db: Connection) -> None:
        _write_run(db, run, ended_at)
        _write_state(db, run, ended_at)
        if run.seen and wanted:
            _write_what_was_seen(db, run, run.seen, wanted, ended_at)
        if also:
            also(db)

    written = False
    try:
        store.change(write, background=True)
        written = True
    except StraydeskError as error:
        run.problem = run.problem or str(error)
    tell_ended(run, (ended_at - run.started_at).total_seconds())
    return written


def _write_run(db: Connection, run: Run, ended_at: datetime) -> None:
    db.run(REMOVE, id=run.id)
    db.run(sql("interrupted"), mailbox=run.mailbox,
           problem=_("It was interrupted; this is what it had taken in."))  # fmt: skip
    if run.listed or run.problem or db.value(LEFT_OPEN, mailbox=run.mailbox):
        db.run(RUN, id=run.id, mailbox=run.mailbox, started_at=run.started_at, ended_at=ended_at,
               listed=run.listed, stored=run.stored, duplicate=run.duplicate, too_large=run.too_large,
               failed=run.failed, problem=run.problem)  # fmt: skip


def _write_state(db: Connection, run: Run, ended_at: datetime) -> None:
    db.run("CREATE OR REPLACE TEMP TABLE before AS SELECT * FROM mailbox_state WHERE mailbox = $mailbox",
           mailbox=run.mailbox)  # fmt: skip
    db.run("DELETE FROM mailbox_state WHERE mailbox = $mailbox", mailbox=run.mailbox)
    observed = run.seen.observed if run.seen and run.seen.asked_for_all else None
    db.run(STATE, mailbox=run.mailbox, ended_at=ended_at, stored=run.stored, too_large=run.too_large,
           problem=run.problem, reached=observed is not None,
           certificate=observed and observed.certificate_expires_at,
           token=observed and observed.token_expires_at)  # fmt: skip


def _write_what_was_seen(db: Connection, run: Run, seen: Seen, wanted: LaidOut, at: datetime) -> None:
    write_residues(db, run.mailbox, wanted, at, run=run.id, everything=seen.everything)
    if seen.folders and seen.everything:
        write_comparison(db, run.mailbox, seen.folders, at)
