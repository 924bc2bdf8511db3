"""One run over one mailbox: its mail fetched, committed, parsed, decided, in that order (DESIGN §6)."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace

from core.comparing import look
from core.configuration_file import MailboxConfiguration
from core.deciding import decide_new
from core.errors import StraydeskError
from core.fetching import ahead, portions_of
from core.intake import Arrived, Raw, take_in, undecided, unknown
from core.parsed_rows import Batch, Parsed
from core.parsing import Limits, ParsedMessage, parse
from core.parsing.beside import ParserEnded, Several
from core.runs import Run, write_begun
from core.scope import Desk
from core.sources import Fetched, Source, open_source
from core.store import Connection, sql

AT_ONCE = 1000  # messages in one transaction: it holds the store for about 200 ms, most of it whatever their number
BYTES_AT_ONCE = 8 * 2**20
MANY = 100  # messages that are worth a process that parses them beside this one
UNDECIDABLE = "undecidable"  # the defect of a message that could be read but not be stored and decided

Progress = Callable[[str, int, int], None]
"""Called with the mailbox, how many messages are done, and how many there are; may raise Cancelled."""


class Cancelled(Exception):
    """Raised by a Progress to end the run of its mailbox between two portions: what was taken in stays."""


class Collection:
    """One run over one mailbox."""

    def __init__(self, desk: Desk, mailbox: MailboxConfiguration, run: Run, as_received: bool) -> None:
        self.desk, self.mailbox, self.run, self.as_received = desk, mailbox, run, as_received
        limits = desk.configuration.limits
        self.limits = Limits(limits.size, limits.depth, limits.parts, limits.header_bytes)
        self.parser = Several(self.limits)
        self.waiting: list[Parsed] = []  # for what others of their batch become; they belong into the next one
        self.reading: deque[Future[Batch]] = deque()  # what was taken in, being parsed

    def go(self, progress: Progress) -> None:
        """Finish what an earlier run left, then take in what is new, a portion at a time."""
        with closing(self.parser), self.desk.store.lingering():
            for raws in undecided(self.desk.store, self.mailbox.name, BYTES_AT_ONCE):
                self._store(self._with_waiting(self._read(raws)))
            self._store_waiting()
            configuration = self.desk.configuration
            with open_source(self.mailbox, configuration.collect, configuration.base) as source:
                self._take_all(source, progress)

    def _take_all(self, source: Source, progress: Progress) -> None:
        listing = source.list()
        wanted = unknown(self.desk.store, self.mailbox.name, listing)
        self.run.listed, done = len(wanted), 0
        self.run.seen = seen = look(self.desk, self.mailbox.name, listing, wanted)
        del listing  # it may be long, and is needed no more
        if len(wanted) >= MANY:
            self.parser.start()
        progress(self.mailbox.name, done, len(wanted))
        fetched = portions_of(source.fetch(wanted, self.limits.size), AT_ONCE, BYTES_AT_ONCE)
        with closing(ahead(fetched, BYTES_AT_ONCE)) as portions, ThreadPoolExecutor(max_workers=1) as beside:
            try:
                for portion in portions:
                    self._take(portion, beside)
                    done += len(portion)
                    if sum(len(each.raw) for each in portion) > BYTES_AT_ONCE:
                        self.desk.store.let_go()  # one very large mail: the store would keep it in memory
                    del portion  # it may be large, and the next one is on its way
                    progress(self.mailbox.name, done, len(wanted))
                seen.asked_for_all, seen.observed = True, source.observed()
            finally:
                while self.reading:
                    self._store(self._taken_before(0))
                self._store_waiting()

    def _take(self, portion: list[Fetched], beside: Executor) -> None:
        """Commit the bytes, and only then look into them: beside the decisions about the portion before this one.

        Both go into one holding of the store, as opening and closing it cost as much as either.
        """
        arrived = Arrived(portion, self.mailbox.name, self.run.id, self.desk.now(), self.as_received)
        before = self._taken_before(1 if len(portion) >= MANY else 0)
        with self.desk.store.held_open():
            write_begun(self.desk.store, self.run)
            outcomes = take_in(self.desk.store, arrived)
            new = [raw for raw in arrived.raws if outcomes.get(raw.id, "duplicate") != "duplicate"]
            self.reading.append(beside.submit(self._read, new))
            problem = self._tried(before)
        self.run.listed -= len(portion) - len(outcomes)  # another collector was faster: they are in its ledger
        for outcome, count in Counter(outcomes.values()).items():
            setattr(self.run, outcome, getattr(self.run, outcome) + count)
        if problem:
            self._store_alone(before, problem)

    def _taken_before(self, may_wait: int) -> Batch:
        """The portion taken in first, with what waited for it; nothing while it and `may_wait` more are parsed."""
        if len(self.reading) > may_wait or (self.reading and self.reading[0].done()):
            return self._with_waiting(self.reading.popleft().result())
        return self._batch()

    def _with_waiting(self, batch: Batch) -> Batch:
        return self._batch([*self.waiting, *batch.parsed]) if self.waiting else batch

    def _read(self, raws: Sequence[Raw]) -> Batch:
        """These messages parsed, and laid out for the store as far as they can be."""
        parsed = self._parsed_beside(raws) if len(raws) >= MANY else map(self._parse, raws)
        batch = self._batch([(replace(raw, content=b""), each) for raw, each in zip(raws, parsed, strict=True)])
        with suppress(Exception):  # what can't be laid out shows again when it is stored
            batch.lay_out()
        return batch

    def _batch(self, parsed: Sequence[Parsed] = ()) -> Batch:
        return Batch(parsed, (self.mailbox.name, self.mailbox.address), self.desk.now(), self.as_received)

    def _store(self, batch: Batch) -> None:
        if problem := self._tried(batch):
            self._store_alone(batch, problem)

    def _store_waiting(self) -> None:
        while self.waiting:
            self._store(self._batch(self.waiting))

    def _tried(self, batch: Batch) -> Exception | None:
        """Decide and store a batch; what waits for others of it goes into the next. Answers why it can't be stored."""
        if not batch.parsed:
            return None
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

    def _parsed_beside(self, raws: Sequence[Raw]) -> list[ParsedMessage]:
        """These messages parsed by another process; one that kills it is kept as one nobody can read."""
        parsed = self.parser.parse([(raw.content, raw.received_at, raw.complete, raw.size) for raw in raws])
        return [each or self._unreadable(raw, ParserEnded()) for raw, each in zip(raws, parsed, strict=True)]

    def _parse(self, raw: Raw) -> ParsedMessage:
        return parse(raw.content, self.limits, received_at=raw.received_at, complete=raw.complete, size=raw.size)


def _commit(db: Connection, batch: Batch) -> set[str]:
    for name, rows in batch.lay_out().items():
        db.lay(name, rows)
    db.script(sql("lay_out_batch"))
    return decide_new(db)
