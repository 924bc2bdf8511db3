"""Watching mailboxes: each on its own, told of news by its server where that can, asked again where it can't.

A mailbox that is sick or slow delays no other: each has a thread, and what failed is tried again after waits of its own
that grow. Only so many connections are open at once; the mailboxes beyond that take turns.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from threading import BoundedSemaphore, Event, Thread

from tenacity import RetryCallState, Retrying, wait_exponential, wait_random

from core.collecting import SIDE_BY_SIDE, Cancelled, Progress, collect
from core.configuration_file import MailboxConfiguration
from core.errors import StraydeskError
from core.intake import uid_validities
from core.language import _
from core.leases import Lease, releasing
from core.log import tell
from core.runs import Run, described
from core.scope import Scope
from core.source_address import FILES
from core.sources import LastingSource, Reader

FIRST = 2.0  # seconds after a failure; doubled each time
LONGEST, LONGEST_REFUSED = 300.0, 900.0  # the latter where the sign-in is refused, so that no account gets locked
JITTER = (0.8, 1.2)  # of each wait, so that what failed together does not come back together
STANDING_BY = 4  # looks at a mailbox that another collector has, in the time that its lease takes to end
FALSE_NEWS = 2  # in a row: then the server is asked at the usual pace once

Turn = AbstractContextManager[object]


@dataclass(slots=True)
class Watching:
    """The mailboxes of a scope (all if none is named), collected until `end`. `report` gets each run, `progress` how
    far it is; both from several threads."""

    scope: Scope
    names: Sequence[str] = ()
    as_received: bool = False
    report: Callable[[Run], None] = lambda _run: None
    progress: Progress = lambda _name, _done, _total: None
    _ended: Event = field(default_factory=Event, init=False)
    _threads: list[Thread] = field(default_factory=list, init=False)

    def begin(self) -> None:
        """Begin, each mailbox in a thread of its own. Raises NotAllowed."""
        self.scope.must_act()
        wanted = set(self.scope.within(self.names))
        chosen = [each for each in self.scope.desk.configuration.mailboxes if each.name in wanted]
        for mailbox, keep, turn in _places(chosen, self.scope.desk.configuration.collect.connections):
            thread = Thread(target=self._watch, args=(mailbox, keep, turn), name=f"watches {mailbox.name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """End all of them, each where nothing is done by halves; waiting for a server is broken off."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, mailbox: MailboxConfiguration, keep: bool, turn: Turn) -> None:
        desk = self.scope.desk
        configuration = desk.configuration
        reader = Reader(self._ended.is_set, partial(uid_validities, desk.store, mailbox.name))
        lease, held = Lease(desk.store, mailbox.name, configuration.collect.lease_seconds), None
        opened = LastingSource(mailbox, configuration.collect, configuration.base, reader, keep)
        with closing(opened) as source, releasing(lease):
            failures = false_news = 0
            while not self._ended.is_set():
                with turn:
                    run = self._round(mailbox.name, source, lease)
                if run and run.held:
                    held = self._stand_by(run, source, held)
                    continue
                held = None
                failures = 0 if source.well else failures + 1
                if failures:
                    self._ended.wait(_wait(failures, source.refused))
                    continue
                false_news = false_news + 1 if run and not run.listed else 0
                news = self._news(source, patient=false_news < FALSE_NEWS)
                false_news = false_news if news else 0

    def _stand_by(self, run: Run, source: LastingSource, told: str | None) -> str | None:
        """Leave the mailbox to the collector that has it, for a while; the log is told once of each."""
        source.close()
        if run.held != told:
            tell("mailbox_held", described(run), mailbox=run.mailbox)
        collecting = self.scope.desk.configuration.collect
        self._ended.wait(min(collecting.every_seconds, collecting.lease_seconds / STANDING_BY))
        return run.held

    def _round(self, name: str, source: LastingSource, lease: Lease) -> Run | None:
        """One look into a mailbox. Whatever goes wrong beyond it is told, and the next round tries again."""
        source.well = source.refused = False  # also where it fails before the source is opened
        if self._ended.is_set():
            return None
        try:
            (run,) = collect(self.scope, [name], as_received=self.as_received, side_by_side=1, progress=self._advance,
                             opener=source.opened, lease=lease)  # fmt: skip
        except StraydeskError as error:
            tell("round_failed", str(error), logging.ERROR, mailbox=name)
        except Exception as error:
            kind = type(error).__name__
            sentence = _("Unexpected: {kind}: {why}").format(kind=kind, why=error)
            tell("round_failed", sentence, logging.ERROR, kind=kind, mailbox=name)
        else:
            if not run.held:
                self.report(run)
            return run
        return None

    def _news(self, source: LastingSource, patient: bool) -> bool:
        """Waits until the next round; whether it is because the server told of something new."""
        collecting = self.scope.desk.configuration.collect
        try:
            news = source.news_within(collecting.every_seconds, collecting.sweep_seconds) if patient else None
        except Cancelled:
            return False
        if news is None:
            self._ended.wait(collecting.every_seconds)
        return bool(news)

    def _advance(self, name: str, done: int, total: int) -> None:
        if self._ended.is_set() and (done < total or not total):
            raise Cancelled
        self.progress(name, done, total)


def _places(
    mailboxes: Sequence[MailboxConfiguration], connections: int
) -> list[tuple[MailboxConfiguration, bool, Turn]]:
    """Each mailbox with whether its connection stays open, and the turn that it waits for before each round."""
    servers = [each for each in mailboxes if each.source_address.scheme not in FILES]
    shared = (connections + 1) // 2 if len(servers) > connections else 0
    kept = {each.name for each in servers[: connections - shared]}
    files, turns = BoundedSemaphore(SIDE_BY_SIDE), BoundedSemaphore(max(shared, 1))
    return [(each, each.name in kept,
             files if each.source_address.scheme in FILES else nullcontext() if each.name in kept else turns)
            for each in mailboxes]  # fmt: skip


def _wait(failures: int, refused: bool) -> float:
    """Seconds until a mailbox is tried again that failed so many times in a row."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = failures
    growing = wait_exponential(multiplier=FIRST, max=LONGEST_REFUSED if refused else LONGEST)
    return growing(state) * wait_random(*JITTER)(state)
