"""Collecting: mail from its source into the store, decided. The order of effects is DESIGN §6.

A crash between any two steps loses nothing and doubles nothing: bytes and delivery are committed first, and whatever
is stored but not decided is found by the next run.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace

from core.configuration_file import MailboxConfiguration
from core.deciding import decide_new
from core.errors import StraydeskError
from core.intake import Arrived, Raw, take_in, undecided, unknown
from core.language import _
from core.parsed_rows import Batch, Parsed
from core.parsing import Limits, ParsedMessage, parse
from core.runs import Run, record_run
from core.scope import Desk, Scope
from core.sources import Fetched, Source, open_source
from core.store import Connection, sql

AT_ONCE = 1000  # messages in one transaction: it holds the store for about 200 ms, most of it whatever their number
BYTES_AT_ONCE = 8 * 2**20
SIDE_BY_SIDE = 4  # mailboxes collected at the same time
UNDECIDABLE = "undecidable"  # the defect of a message that could be read but not be stored and decided

Progress = Callable[[str, int, int], None]
"""Called with the mailbox, how many messages are done, and how many there are; may raise Cancelled."""


class Cancelled(Exception):
    """Raised by a Progress to end the run of its mailbox between two portions: what was taken in stays."""


def collect(scope: Scope, names: Sequence[str] = (), *, as_received: bool = False, side_by_side: int = SIDE_BY_SIDE,
            progress: Progress | None = None) -> list[Run]:  # fmt: skip
    """Collect mailboxes (all in scope if none is named) and decide what is new; a run each, problems included.

    `as_received` dates decisions by when the mail was received, for importing old mail. A mailbox that fails ends
    with its `problem`, and the others go on. Raises NotAllowed.
    """
    scope.must_act()
    wanted = set(scope.within(names))
    chosen = [mailbox for mailbox in scope.desk.configuration.mailboxes if mailbox.name in wanted]
    if side_by_side <= 1:
        return [_run(scope.desk, one, as_received, progress) for one in chosen]
    with ThreadPoolExecutor(max_workers=side_by_side) as workers:
        return list(workers.map(lambda one: _run(scope.desk, one, as_received, progress), chosen))


def _run(desk: Desk, mailbox: MailboxConfiguration, as_received: bool, progress: Progress | None) -> Run:
    run = Run(mailbox.name, desk.now())
    try:
        _Collection(desk, mailbox, run, as_received).go(progress or (lambda *_: None))
    except Cancelled:  # the ledger holds: what was not taken in counts as not listed, and the next run lists it
        run.listed = run.stored + run.duplicate + run.too_large
    except StraydeskError as error:
        run.problem = str(error)
    except Exception as error:  # one sick mailbox never stops another, whatever it is sick with
        run.problem = _("Unexpected: {kind}: {why}").format(kind=type(error).__name__, why=error)
    run.failed = run.listed - run.stored - run.duplicate - run.too_large
    try:
        record_run(desk.store, run, desk.now())
    except StraydeskError as error:
        run.problem = run.problem or str(error)
    return run


class _Collection:
    """One run over one mailbox."""

    def __init__(self, desk: Desk, mailbox: MailboxConfiguration, run: Run, as_received: bool) -> None:
        self.desk, self.mailbox, self.run, self.as_received = desk, mailbox, run, as_received
        limits = desk.configuration.limits
        self.limits = Limits(limits.size, limits.depth, limits.parts, limits.header_bytes)
        self.waiting: list[Parsed] = []  # for what others of their batch become; they belong into the next one

    def go(self, progress: Progress) -> None:
        """Finish what an earlier run left, then take in what is new, a portion at a time."""
        for raws in undecided(self.desk.store, self.mailbox.name, BYTES_AT_ONCE):
            self._store(self._batch([(raw, self._parse(raw)) for raw in raws]))
        self._store_waiting()
        configuration = self.desk.configuration
        with open_source(self.mailbox, configuration.collect, configuration.base) as source:
            self._take_all(source, progress)

    def _take_all(self, source: Source, progress: Progress) -> None:
        wanted = unknown(self.desk.store, self.mailbox.name, source.list())
        self.run.listed, done = len(wanted), 0
        progress(self.mailbox.name, done, len(wanted))
        with closing(_ahead(_portions(source.fetch(wanted, self.limits.size)))) as portions:
            try:
                for portion in portions:
                    self._take(portion)
                    done += len(portion)
                    progress(self.mailbox.name, done, len(wanted))
            finally:
                self._store_waiting()

    def _take(self, portion: list[Fetched]) -> None:
        """Bytes first, in a transaction of their own; then the decisions, while the store is open anyway.

        What can be done before is, so that it falls into the time in which the last hold of the store is rested from.
        """
        arrived = Arrived(portion, self.mailbox.name, self.run.id, self.desk.now(), self.as_received)
        batch = self._batch([(raw, self._parse(raw)) for raw in arrived.raws])
        with suppress(Exception):  # what can't be laid out shows again when it is stored
            batch.lay_out()
        with self.desk.store.held_open():
            met = take_in(self.desk.store, arrived)
            problem = self._tried(batch)
        self.run.listed -= len(portion) - met.total()  # another collector was faster: they are in its ledger
        for outcome, count in met.items():
            setattr(self.run, outcome, getattr(self.run, outcome) + count)
        if problem:
            self._store_alone(batch, problem)

    def _batch(self, parsed: Sequence[Parsed]) -> Batch:
        mailbox = (self.mailbox.name, self.mailbox.address)
        return Batch([*self.waiting, *parsed], mailbox, self.desk.now(), self.as_received)

    def _store(self, batch: Batch) -> None:
        if problem := self._tried(batch):
            self._store_alone(batch, problem)

    def _store_waiting(self) -> None:
        while self.waiting:
            self._store(self._batch([]))

    def _tried(self, batch: Batch) -> Exception | None:
        """Decide and store a batch; what waits for others of it goes into the next. Answers why it can't be stored."""
        try:
            waiting = self.desk.store.change(lambda db: _commit(db, batch), background=True)
        except StraydeskError:
            raise
        except Exception as error:
            self.waiting = []
            return error
        self.waiting = [(raw, each) for raw, each in batch.parsed if raw.id in waiting]
        return None

    def _store_alone(self, batch: Batch, problem: Exception) -> None:
        """One bad message never stops a mailbox: find it, and keep it as one nobody can read."""
        for raw, each in batch.parsed:
            problem_alone = problem if len(batch.parsed) == 1 else self._tried(self._batch([(raw, each)]))
            if problem_alone and (lasting := self._tried(self._batch([(raw, self._unreadable(raw, problem_alone))]))):
                raise lasting

    def _unreadable(self, raw: Raw, error: Exception) -> ParsedMessage:
        nothing = parse(b"", self.limits, received_at=raw.received_at, size=raw.size)
        return replace(nothing, defects=(UNDECIDABLE, type(error).__name__))

    def _parse(self, raw: Raw) -> ParsedMessage:
        return parse(raw.content, self.limits, received_at=raw.received_at, complete=raw.complete, size=raw.size)


def _commit(db: Connection, batch: Batch) -> set[str]:
    for name, rows in batch.lay_out().items():
        db.lay(name, rows)
    db.script(sql("lay_out_batch"))
    return decide_new(db)


def _portions(fetched: Iterator[Fetched]) -> Iterator[list[Fetched]]:
    """What was fetched, in portions bounded by count and bytes, so that memory and the hold on the store are too."""
    portion: list[Fetched] = []
    held = 0
    for each in fetched:
        portion.append(each)
        held += len(each.raw)
        if len(portion) >= AT_ONCE or held >= BYTES_AT_ONCE:
            yield portion
            portion, held = [], 0
    if portion:
        yield portion


def _ahead(portions: Iterator[list[Fetched]]) -> Generator[list[Fetched]]:
    """The same, the next one fetched while the caller works on this one or rests from holding the store."""
    with ThreadPoolExecutor(max_workers=1) as fetcher:
        coming = fetcher.submit(next, portions, None)
        while portion := coming.result():
            coming = fetcher.submit(next, portions, None)
            yield portion
