"""What core asks of a store, whichever home it lives in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import tenacity

from core.errors import StoreBusy
from core.language import _
from core.settings import settings
from core.store.connection import Connection
from core.store.copying import Progress
from core.store.file import FileHome
from core.store.home import Home
from core.store.lake import LakeHome
from core.store.lake_address import PREFIX
from core.store.moving import has_desk, move
from core.store.schema import is_current, migrate
from core.store.waiting import tried_again

Answer = TypeVar("Answer")
Check = Callable[[Connection], None]


class Store:
    """Messages, decisions, work items and the journal."""

    def __init__(self, home: Home, check: Check | None = None) -> None:
        self._home = home
        self._check = check
        self._ready = False

    def __str__(self) -> str:
        return str(self._home)

    @contextmanager
    def reading(self, background: bool = False) -> Iterator[Connection]:
        """An open connection, with the schema up to date. Keep the block short: others wait for the file.

        Raises StoreBusy, StoreProblem.
        """
        try:
            with self._home.connection(background) as connection:
                if not self._ready:
                    self._make_ready(connection)
                yield connection
        except duckdb.Error as error:
            if problem := self._home.problem_of(error):
                raise problem from error
            raise

    def change(self, work: Callable[[Connection], Answer], background: bool = False) -> Answer:
        """Run `work(connection)` in one transaction: all of it happens, or none.

        A conflict with somebody else's transaction is tried again from a fresh read. Raises StoreBusy when it
        keeps happening; errors that `work` raises undo everything and pass through.
        """
        if background:
            self._home.rest()
        try:
            with self._home.writing():
                answer: Answer = tried_again(self._once, work, background)
                return answer
        except tenacity.RetryError as error:
            raise StoreBusy(_("Too many people changed the same mail at once."), _("Please try again.")) from error

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Keep the store open over several changes in the background: opening and closing cost as much as a change."""
        self._home.rest()  # before taking the turn, which people of this process may be waiting for
        with self._home.writing(), self.reading(background=True):
            yield

    @contextmanager
    def lingering(self) -> Iterator[None]:
        """In here the file may stay open between changes in the background, until somebody waits for it.

        Who works off a backlog spares opening and closing it each time. In the end it is closed and complete.
        """
        with self._home.lingering():
            yield

    def fenced(self, check: Check) -> "Store":
        """This store for somebody whose right to change it may end: each change begins with `check`, which raises."""
        return Store(self._home, check)

    def now(self) -> datetime:
        """The time by the one clock that all who share this store go by, naive UTC. Raises StoreBusy, StoreProblem."""
        return self._home.now()

    def copy_to(self, target: Path, progress: Progress) -> float:
        """Write the store as it is at one moment into a new file, while others go on working.

        Answers for how many seconds they had to wait for it. Raises StoreBusy, StoreProblem.
        """
        with self.reading():
            pass  # so that it is there, and there is something to copy
        return self._home.copy_to(target, progress)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection to read by, in one_moment(), for as long as it takes; nobody waits: a file is copied for it.

        Raises StoreBusy, StoreProblem.
        """
        with self.reading():
            pass  # so that it is there, with the schema up to date
        try:
            with self._home.snapshot() as connection:
                yield connection
        except duckdb.Error as error:
            if problem := self._home.problem_of(error):
                raise problem from error
            raise

    def compact(self) -> tuple[int, int]:
        """Write the file anew without the room that removed rows left; answers its bytes before and after.

        Others wait for it meanwhile. Only in a process of its own that does nothing else: see store/compacting.py.
        Raises StoreBusy, StoreProblem (as where there is too little room for both).
        """
        with self.reading():
            pass  # so that it is there, with the schema up to date
        return self._home.compact()

    def move_to(self, target: "Store", progress: Progress) -> dict[str, int]:
        """Copy all of it into another store without a desk; answers the rows of each table. See store/moving.py."""
        with self.reading():
            pass  # with the schema up to date
        return move(self._home, target._home, progress)

    def is_desk(self) -> bool:
        """Whether somebody works here; nothing is made of what is empty or missing. Raises StoreBusy, StoreProblem."""
        return has_desk(self._home)

    @property
    def shared(self) -> bool:
        """Whether it is a lake, which many machines share."""
        return isinstance(self._home, LakeHome)

    def checkpoint(self) -> None:
        """Bring a file up to date without its journal of changes (WAL). Nothing on a lake."""
        if isinstance(self._home, FileHome):
            self._home.checkpoint()

    def at(self, moment: datetime) -> "Store":
        """The store as it was at a moment (UTC): reading is as ever, changing is refused.

        Raises StoreProblem: in a file, before the oldest snapshot, or where an older version of the program wrote it.
        """
        with self.reading():
            pass  # with the schema up to date, against which that of the past is held
        past = Store(self._home.at(moment))
        past._ready = True
        with past.reading():
            return past

    def let_go(self) -> None:
        """Close what `lingering` left open, and give back the memory that what was last written takes."""
        self._home.let_go()

    def _make_ready(self, connection: Connection) -> None:
        if not is_current(connection):
            with self._home.writing():
                migrate(connection, self._home.laid_out)
        self._ready = True

    def _once(self, work: Callable[[Connection], Answer], background: bool) -> Answer:
        with self.reading(background) as connection:
            connection.begin()
            try:
                if self._check:
                    self._check(connection)
                answer = work(connection)
                connection.run("COMMIT")
            except BaseException:
                connection.roll_back()
                raise
            return answer


def open_store(location: str | Path, data: str = "") -> Store:
    """The store at a location: the path of a DuckDB file (made if it is not there), or `ducklake:postgres:…`.

    `data`: the folder or `s3://…` that holds the data of such a lake; STRAYDESK_DATA, if left out.
    """
    if str(location).startswith(PREFIX):
        return Store(LakeHome(str(location), data or settings().data))
    return Store(FileHome(Path(location)))
