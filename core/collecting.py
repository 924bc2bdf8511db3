"""Collecting: mail from its source into the store, decided. The order of effects is DESIGN §6.

A crash between any two steps loses nothing and doubles nothing: bytes and delivery are committed first, and whatever
is stored but not decided is found by the next run.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from core.collection import Cancelled, Collection, Opener, Progress
from core.configuration_file import MailboxConfiguration
from core.effects import after_collecting
from core.errors import MailboxHeld, StraydeskError
from core.intake import go_on_after_stored_ids
from core.language import _
from core.leases import Lease
from core.runs import Run, record_run, tell_begun, tell_ended
from core.scope import Desk, Scope

SIDE_BY_SIDE = 4  # mailboxes collected at the same time

__all__ = ["SIDE_BY_SIDE", "Cancelled", "Progress", "collect"]


def collect(scope: Scope, names: Sequence[str] = (), *, as_received: bool = False, side_by_side: int = SIDE_BY_SIDE,
            progress: Progress | None = None, opener: Opener | None = None,
            lease: Lease | None = None) -> list[Run]:  # fmt: skip
    """Collect mailboxes (all in scope if none is named) and decide what is new; a run each, problems included.

    `as_received` dates decisions by when the mail was received, for importing old mail. A mailbox that fails ends
    with its `problem`, and the others go on; one that another collector has is left to it (`held`). `opener` opens the
    source and `lease` is the mailbox's, for who keeps those of one mailbox from run to run. Raises NotAllowed.
    """
    scope.must_act()
    wanted = set(scope.within(names))
    chosen = [mailbox for mailbox in scope.desk.configuration.mailboxes if mailbox.name in wanted]
    with suppress(StraydeskError):  # each run meets it again, and says it for its mailbox
        go_on_after_stored_ids(scope.store)
    if side_by_side <= 1:
        return [_run(scope.desk, one, as_received, progress, opener, lease) for one in chosen]
    with ThreadPoolExecutor(max_workers=side_by_side) as workers:
        return list(workers.map(lambda one: _run(scope.desk, one, as_received, progress, opener, lease), chosen))


def _run(desk: Desk, mailbox: MailboxConfiguration, as_received: bool, progress: Progress | None,
         opener: Opener | None, kept: Lease | None) -> Run:  # fmt: skip
    """A run with the lease of its mailbox, which is given back with it unless it is `kept`."""
    run = Run(mailbox.name, desk.now())
    tell_begun(run)
    lease = kept or Lease(desk.store, mailbox.name, desk.configuration.collect.lease_seconds)
    try:
        if not _has(lease, run):
            return run
        collection = Collection(_fenced(desk, lease), mailbox, run, as_received, opener)
        ended = _gone(collection, progress or (lambda *_: None))
        if ended is None:
            return run
        run.failed = run.listed - run.stored - run.duplicate - run.too_large
        if record_run(collection.desk.store, run, desk.now(), None if kept else lease.let_go) and not kept:
            lease.forget()
    finally:
        if not kept:
            lease.release()
    if ended:
        after_collecting(desk, mailbox, lambda: progress(mailbox.name, run.listed, run.listed) if progress else None)
    return run


def _has(lease: Lease, run: Run) -> bool:
    """Whether this run may begin. If not, nothing may be written of it: the mailbox's state is its holder's to tell."""
    try:
        lease.take()
    except MailboxHeld as error:
        run.held = str(error)
    except StraydeskError as error:
        run.problem = str(error)
        tell_ended(run, 0.0)
    except Exception as error:
        run.problem = _unforeseen(error)
        tell_ended(run, 0.0)
    return not run.held and not run.problem


def _fenced(desk: Desk, lease: Lease) -> Desk:
    """The desk of a run: what it changes, it changes only while the mailbox is its own."""
    return replace(desk, store=desk.store.fenced(lease.check))


def _gone(collection: Collection, progress: Progress) -> bool | None:
    """Whether it came to its end; None where nothing was learnt about the mailbox, not even that it can be read."""
    run = collection.run
    try:
        collection.go(progress)
        return True
    except Cancelled:  # the ledger holds: what was not taken in counts as not listed, and the next run lists it
        run.listed = run.stored + run.duplicate + run.too_large
        return False if run.listed else None
    except StraydeskError as error:
        run.problem = str(error)
    except Exception as error:  # one sick mailbox never stops another, whatever it is sick with
        run.problem = _unforeseen(error)
    return False


def _unforeseen(error: Exception) -> str:
    """What was no mailbox's fault, or nobody has thought of."""
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        return _(
            "There is too little memory for collecting. Give it more; the next run goes on where this one stopped."
        )
    return _("Unexpected: {kind}: {why}").format(kind=type(error).__name__, why=error)
