"""One run over one mailbox: its mail fetched, committed, parsed, decided, in that order (DESIGN §6)."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from functools import partial

from core.comparing import look
from core.configuration_file import MailboxConfiguration
from core.deciding import decide_new
from core.errors import SourceProblem, StraydeskError
from core.fetching import ahead, portions_of
from core.fetching_whole import fetch_whole
from core.intake import Arrived, Raw, take_in, uid_validities, undecided, unknown
from core.parsed_rows import Batch, Parsed
from core.parsing import beside
from core.parsing.bounds import Refused
from core.runs import Run, write_begun
from core.scope import Desk
from core.sources import Cancelled, Fetched, Reader, Source, open_source
from core.store import Connection, sql
from core.trying import Trial, forget_tries

AT_ONCE = 1000  # messages in one transaction: it holds the store for about 200 ms, most of it whatever their number
BYTES_AT_ONCE = 8 * 2**20
MANY = 100  # messages that are worth deciding while the next ones are parsed
UNDECIDABLE = "undecidable"  # the defect of a message that could be read but not be stored and decided

__all__ = ["Cancelled", "Collection", "Opener", "Progress"]

Progress = Callable[[str, int, int], None]
"""Called with the mailbox, how many messages are done, and how many there are; may raise Cancelled."""


Opener = Callable[[], AbstractContextManager[Source]]
"""Opens the source of a mailbox for a run; leaving it without an error says that all that was fetched is stored."""


class Collection:
    """One run over one mailbox."""

    def __init__(self, desk: Desk, mailbox: MailboxConfiguration, run: Run, as_received: bool,
                 opener: Opener | None = None) -> None:  # fmt: skip
        self.opener = opener or self._open
        self.desk, self.mailbox, self.run, self.as_received = desk, mailbox, run, as_received
        limits = desk.configuration.limits
        self.trial = Trial(desk.store, mailbox.name, limits.of_mail, limits.of_parser, desk.now)
        self.waiting: list[Parsed] = []  # for what others of their batch become; they belong into the next one
        self.reading: deque[Future[Batch]] = deque()  # what was taken in, being parsed
        self.harmful: dict[str, Refused] = {}  # what ended its parser, by id

    def go(self, progress: Progress) -> None:
        """Finish what an earlier run left, then take in what is new, a portion at a time, then what is harmful."""
        with self.desk.store.lingering():
            # The run before may have ended over one of these.
            self._finish(self.trial.marked(undecided(self.desk.store, self.mailbox.name, BYTES_AT_ONCE)))
            try:
                with self.opener() as source:
                    self._take_all(source, progress)
                    problems = source.observed().problems
            except StraydeskError:
                self._try_alone()
                raise
            self._try_alone()
            if problems:  # what could be read was taken in
                raise SourceProblem(" ".join(problems))

    def _open(self) -> AbstractContextManager[Source]:
        configuration = self.desk.configuration
        reader = Reader(uid_validities=partial(uid_validities, self.desk.store, self.mailbox.name))
        return open_source(self.mailbox, configuration.collect, configuration.base, reader)

    def _take_all(self, source: Source, progress: Progress) -> None:
        listing = source.list()
        wanted = unknown(self.desk.store, self.mailbox.name, listing)
        self.run.listed, done = len(wanted), 0
        self.run.seen = seen = look(self.desk, self.mailbox.name, listing, wanted, whole=source.observed().listed_all)
        fetch_whole(self.desk, self.mailbox.name, source, listing, self.trial.limits.size)
        del listing  # it may be long, and is needed no more
        if wanted:
            beside.pool.warm_up()
        progress(self.mailbox.name, done, len(wanted))
        fetched = portions_of(source.fetch(wanted, self.trial.limits.size), AT_ONCE, BYTES_AT_ONCE)
        with closing(ahead(fetched, BYTES_AT_ONCE)) as portions, ThreadPoolExecutor(max_workers=1) as reader:
            try:
                for portion in portions:
                    self._take(portion, reader)
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

    def _take(self, portion: list[Fetched], reader: Executor) -> None:
        """Commit the bytes, and only then look into them: beside the decisions about the portion before this one.

        Both go into one holding of the store, as opening and closing it cost as much as either.
        """
        arrived = Arrived(portion, self.mailbox.name, self.run.id, self.desk.now(), self.as_received)
        before = self._taken_before(1 if len(portion) >= MANY else 0)
        with self.desk.store.held_open():
            write_begun(self.desk.store, self.run)
            outcomes = take_in(self.desk.store, arrived)
            new = [raw for raw in arrived.raws if outcomes.get(raw.id, "duplicate") != "duplicate"]
            self.reading.append(reader.submit(self._read, new))
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

    def _read(self, raws: list[Raw]) -> Batch:
        """These messages parsed, and laid out for the store as far as they can be."""
        parsed, harmful = self.trial.in_company(raws)
        self.harmful |= harmful
        batch = self._batch(parsed)
        with suppress(Exception):  # what can't be laid out shows again when it is stored
            batch.lay_out()
        return batch

    def _batch(self, parsed: Sequence[Parsed] = ()) -> Batch:
        return Batch(parsed, (self.mailbox.name, self.mailbox.address), self.desk.now(), self.as_received)

    def _finish(self, portions: Iterable[list[Raw]]) -> None:
        """Parse and decide what was taken in before."""
        for raws in portions:
            self._store(self._with_waiting(self._read(raws)))
        self._store_waiting()

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
        except (StraydeskError, MemoryError):  # the machine's fault, not a message's
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
            if not problem_alone:
                continue
            unreadable = self.trial.unreadable(raw, UNDECIDABLE, type(problem_alone).__name__)
            if lasting := self._tried(self._batch([(raw, unreadable)])):
                raise lasting

    def _try_alone(self) -> None:
        """What may have ended the run before, a few at a time; then what ended its parser or goes on ending runs."""
        self._finish(self.trial.marked(self.trial.unproven(self.harmful, BYTES_AT_ONCE)))
        for id, why in self.harmful.items():
            self.trial.mark([id], why.defect)
        for one in self.trial.alone():
            self._store(self._batch([one]))
            self._store_waiting()


def _commit(db: Connection, batch: Batch) -> set[str]:
    for name, rows in batch.lay_out().items():
        db.lay(name, rows)
    forget_tries(db)
    db.script(sql("lay_out_batch"))
    return decide_new(db)
