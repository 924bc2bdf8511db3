"""The home that needs nothing installed: one DuckDB file, shared by processes that each hold it only briefly.

DuckDB lets one process hold a file, so a connection is opened, used and closed, and opening is tried again while
somebody else holds it. Where a person had to wait lately, a writer in the background rests as long as it held the file,
so that people get their turn; where nobody is about, it goes on at once, and may leave the file open (lingering.py).
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
import tenacity

from core import clock
from core.errors import StoreBusy, StoreProblem
from core.language import _
from core.store.compacting import compact
from core.store.connection import Connection
from core.store.copying import Progress, copying
from core.store.lingering import Lingering, People
from core.store.problems import cant_open, gone, problem_of
from core.store.snapshots import copied
from core.store.statements import quoted
from core.store.waiting import bring_in_wal, patiently

REST = 1.0  # a writer in the background rests this many times as long as it held the file, if people are about
STARVED = 1.0  # seconds after which work in the background, too, says that it waits
OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "memory_limit": "1GB",
    # It makes the file a sixth smaller, and each checkpoint twice as long, for which everybody waits.
    "disabled_compression_methods": "fsst,dict_fsst",
}
# Work in the background is many small statements: further threads only cost each of them their start, and what is
# written is not read again, so that keeping much of it in memory is waste. The WAL may grow to a size that is still
# written into the file while a person waits: each time costs, whatever there is to write.
MODEST = "SET threads = 1; SET memory_limit = '250MB'; SET wal_autocheckpoint = '24MB'"
# One at a time within a process, as a process has one lock on a file, however often it opens it: whoever opens while
# another thread is just closing gives that lock up with its own attempt, and a second process writes at the same time.
_doors: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
_turns: defaultdict[Path, threading.RLock] = defaultdict(threading.RLock)
_lingering: dict[Path, Lingering] = {}


class FileHome:
    """A DuckDB file at `path`.

    Threads of one process that write take turns: side by side they would only conflict and try again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = _turns[path.absolute()]
        self._door = _doors[path.absolute()]
        self._threads = threading.local()
        self._rest_until = 0.0
        self._was_there = False
        self._people = People(path)
        self._lingering = _lingering.setdefault(path.absolute(), Lingering(self._people, self._door))

    def __str__(self) -> str:
        return str(self.path)

    @contextmanager
    def connection(self, background: bool = False) -> Iterator[Connection]:
        """An open connection; inside another one of the same thread it is that one.

        `background=True` is for work nobody waits for: see `rest`.
        Raises StoreBusy when others hold the file for longer than PATIENCE, StoreProblem when it can't be opened.
        """
        held: Connection | None = getattr(self._threads, "held", None)
        if held is not None:
            yield held
            return
        if background:
            self.rest()
        else:
            self._lingering.make_way()
        self._threads.held = connection = Connection(self._open(background))
        taken = time.monotonic()
        try:
            if background:
                connection.script(MODEST)
                self._lingering.keep(self._connect)
            yield connection
        except Exception:
            self._lingering.let_go()  # it may be what is open that is broken
            raise
        finally:
            self._threads.held = None
            with self._door:
                connection.close()
            if background:
                self._rest_until = time.monotonic() + REST * (time.monotonic() - taken)

    def laid_out(self, connection: Connection) -> None:
        """A file knows its tables."""

    def rest(self) -> None:
        """Leave the file to people if any are about, until as much time has passed as it was last held for."""
        left = self._rest_until - time.monotonic()
        if left > 0 and getattr(self._threads, "held", None) is None and self._people.are_about():
            time.sleep(left)

    def writing(self) -> AbstractContextManager[object]:
        """In here it is this thread's turn to write."""
        return self._turn

    def copy_to(self, target: Path, progress: Progress) -> float:
        """The file as it is at one moment, into a new one, begun while others go on; see copying.py."""
        with copying(self.path, target) as copy:
            copy.follow(progress)
            with self._turn, self.connection() as connection:
                taken = time.monotonic()
                bring_in_wal(connection)
                copy.settle()
            return time.monotonic() - taken

    def snapshot(self) -> AbstractContextManager[Connection]:
        """The file as it is at one moment, from a copy; see snapshots.py."""
        return copied(self.path, lambda target: self.copy_to(target, lambda _done, _total: None))

    def compact(self) -> tuple[int, int]:
        """The file written anew, without the room that removed rows left; see compacting.py."""
        with self._turn, self.connection() as connection:
            bring_in_wal(connection)
            return compact(connection, self.path)

    def now(self) -> datetime:
        """That of the machine: whoever shares the file works there."""
        return clock.now()

    def checkpoint(self) -> None:
        """Bring what waits in the WAL into the file, and give it the blocks of removed rows back for new ones."""
        with self._turn, self.connection() as connection:
            bring_in_wal(connection)

    def attaching(self, name: str, writable: bool) -> Iterator[str]:
        """What attaches it elsewhere under a name."""
        yield f"ATTACH {quoted(str(self.path))} AS {name}{'' if writable else ' (READ_ONLY)'}"

    def at(self, moment: datetime) -> "FileHome":
        """A file only knows today. Raises StoreProblem."""
        raise StoreProblem(
            _("A store in a file keeps no past: only a shared store can be seen as it was on {moment:%Y-%m-%d}."
              ).format(moment=moment),
            _("Restore a backup of that time beside it, or move to a shared store (README, Beyond one machine)."),
        )  # fmt: skip

    def problem_of(self, error: BaseException) -> StoreProblem | None:
        """The file, the disk or the memory as what is to blame."""
        return problem_of(error, self.path)

    def lingering(self) -> AbstractContextManager[None]:
        """In here the file stays open between connections of the background, while nobody else wants it."""
        return self._lingering.allowed()

    def let_go(self) -> None:
        """Close what was left open, until the next connection of the background."""
        self._lingering.let_go()

    def _remember_waiting(self, state: tenacity.RetryCallState, background: bool) -> None:
        if not background or (state.seconds_since_start or 0) > STARVED:
            self._people.remember()

    def _open(self, background: bool) -> duckdb.DuckDBPyConnection:
        # A missing folder raises the same IOException as a held file, and waiting would not help.
        if not self.path.parent.is_dir():
            raise StoreProblem(_("The folder of the store does not exist: {folder}.").format(folder=self.path.parent),
                               _("Create it, or name another place in STRAYDESK_STORE."))  # fmt: skip
        try:
            waiting = patiently.copy(before_sleep=partial(self._remember_waiting, background=background))
            return waiting(self._connect)
        except tenacity.RetryError as error:
            raise StoreBusy(_("The store is held by another program and did not become free."),
                            _("Close what has {path} open for long, then try again.").format(path=self.path)
                            ) from error  # fmt: skip
        except duckdb.Error as error:
            raise cant_open(error, self.path) from error

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if self._was_there and not self.path.exists():  # DuckDB would make a new one, and nobody would know
            raise gone(self.path)
        with self._door:
            connection = duckdb.connect(str(self.path), config=OPTIONS)
        self._was_there = True
        return connection
