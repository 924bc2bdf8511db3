"""Collecting: mail from its source into the store, decided. The order of effects is DESIGN §6.

A crash between any two steps loses nothing and doubles nothing: bytes and delivery are committed first, and whatever
is stored but not decided is found by the next run.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from core.collection import Cancelled, Collection, Opener, Progress
from core.configuration_file import MailboxConfiguration
from core.effects import after_collecting
from core.errors import StraydeskError
from core.intake import go_on_after_stored_ids
from core.language import _
from core.runs import Run, record_run, tell_begun
from core.scope import Desk, Scope

SIDE_BY_SIDE = 4  # mailboxes collected at the same time

__all__ = ["SIDE_BY_SIDE", "Cancelled", "Progress", "collect"]


def collect(scope: Scope, names: Sequence[str] = (), *, as_received: bool = False, side_by_side: int = SIDE_BY_SIDE,
            progress: Progress | None = None, opener: Opener | None = None) -> list[Run]:  # fmt: skip
    """Collect mailboxes (all in scope if none is named) and decide what is new; a run each, problems included.

    `as_received` dates decisions by when the mail was received, for importing old mail. A mailbox that fails ends
    with its `problem`, and the others go on. `opener` opens the source, for who keeps that of one mailbox from run
    to run. Raises NotAllowed.
    """
    scope.must_act()
    wanted = set(scope.within(names))
    chosen = [mailbox for mailbox in scope.desk.configuration.mailboxes if mailbox.name in wanted]
    with suppress(StraydeskError):  # each run meets it again, and says it for its mailbox
        go_on_after_stored_ids(scope.store)
    if side_by_side <= 1:
        return [_run(scope.desk, one, as_received, progress, opener) for one in chosen]
    with ThreadPoolExecutor(max_workers=side_by_side) as workers:
        return list(workers.map(lambda one: _run(scope.desk, one, as_received, progress, opener), chosen))


def _run(desk: Desk, mailbox: MailboxConfiguration, as_received: bool, progress: Progress | None,
         opener: Opener | None) -> Run:  # fmt: skip
    run, ended = Run(mailbox.name, desk.now()), False
    tell_begun(run)
    try:
        Collection(desk, mailbox, run, as_received, opener).go(progress or (lambda *_: None))
        ended = True
    except Cancelled:  # the ledger holds: what was not taken in counts as not listed, and the next run lists it
        run.listed = run.stored + run.duplicate + run.too_large
        if not run.listed:  # nothing was learnt about the mailbox, not even that it can be read
            return run
    except StraydeskError as error:
        run.problem = str(error)
    except Exception as error:  # one sick mailbox never stops another, whatever it is sick with
        run.problem = _unforeseen(error)
    run.failed = run.listed - run.stored - run.duplicate - run.too_large
    record_run(desk.store, run, desk.now())
    if ended:
        after_collecting(desk, mailbox, lambda: progress(mailbox.name, run.listed, run.listed) if progress else None)
    return run


def _unforeseen(error: Exception) -> str:
    """What was no mailbox's fault, or nobody has thought of."""
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        return _(
            "There is too little memory for collecting. Give it more; the next run goes on where this one stopped."
        )
    return _("Unexpected: {kind}: {why}").format(kind=type(error).__name__, why=error)
