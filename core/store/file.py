"""The home that needs nothing installed: one DuckDB file, shared by processes that each hold it only briefly.

DuckDB lets one process hold a file, so a connection is opened, used and closed, and opening is tried again while
somebody else holds it. Where a person had to wait lately, a writer in the background rests as long as it held the file,
so that people get their turn; where nobody is about, it goes on at once.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import tenacity

from core.errors import StoreBusy, StoreProblem
from core.language import _
from core.store.connection import Connection

PATIENCE = 20.0  # seconds a person waits at most before being told that the store is busy
REST = 1.0  # a writer in the background rests this many times as long as it held the file, if people are about
ABOUT = 5.0  # seconds after a person had to wait
OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "memory_limit": "1GB",
}
# Work in the background is many small statements: further threads only cost each of them their start, and what is
# written is not read again, so that keeping much of it in memory is waste.
MODEST = "SET threads = 1; SET memory_limit = '250MB'"
_turns: defaultdict[Path, threading.RLock] = defaultdict(threading.RLock)


class FileHome:
    """A DuckDB file at `path`.

    Threads of one process that write take turns by `turn`: side by side they would only conflict and try again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.turn = _turns[path.absolute()]
        self._threads = threading.local()
        self._rest_until = 0.0
        self._waited = path.with_name(path.name + ".waited")  # its time is when a person last had to wait

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
        self._threads.held = connection = Connection(self._open(background))
        taken = time.monotonic()
        try:
            if background:
                connection.script(MODEST)
            yield connection
        finally:
            self._threads.held = None
            connection.close()
            if background:
                self._rest_until = time.monotonic() + REST * (time.monotonic() - taken)

    def rest(self) -> None:
        """Leave the file to people if any are about, until as much time has passed as it was last held for."""
        left = self._rest_until - time.monotonic()
        if left > 0 and getattr(self._threads, "held", None) is None and self._people_are_about():
            time.sleep(left)

    def _people_are_about(self) -> bool:
        try:
            return time.time() - self._waited.stat().st_mtime < ABOUT
        except OSError:  # nobody ever had to wait
            return False

    def _remember_waiting(self, _state: tenacity.RetryCallState) -> None:
        with suppress(OSError):
            self._waited.touch()

    def _open(self, background: bool) -> duckdb.DuckDBPyConnection:
        # A missing folder raises the same IOException as a held file, and waiting would not help.
        if not self.path.parent.is_dir():
            raise StoreProblem(_("The folder of the store does not exist: {folder}.").format(folder=self.path.parent),
                               _("Create it, or name another place in STRAYDESK_STORE."))  # fmt: skip
        try:
            waiting = _patiently if background else _patiently.copy(before_sleep=self._remember_waiting)
            return waiting(duckdb.connect, str(self.path), config=OPTIONS)
        except tenacity.RetryError as error:
            raise StoreBusy(_("The store is held by another program and did not become free."),
                            _("Close what has {path} open for long, then try again.").format(path=self.path)
                            ) from error  # fmt: skip
        except duckdb.Error as error:
            raise StoreProblem(_("The store {path} can't be opened: {why}.").format(path=self.path, why=error),
                               _("Check that it is a Straydesk store and that you may write there.")
                               ) from error  # fmt: skip


def _is_held(error: BaseException) -> bool:
    """Whether the file is merely held: by another process, or by a thread of this one that is just closing it."""
    words = str(error).lower()
    by_process = isinstance(error, duckdb.IOException) and "could not set lock" in words
    by_thread = "being closed" in words or "resource" in type(error).__name__.lower() or "unique file handle" in words
    return by_process or by_thread


_patiently = tenacity.Retrying(
    retry=tenacity.retry_if_exception(_is_held),
    wait=tenacity.wait_random(0.002, 0.02),
    stop=tenacity.stop_after_delay(PATIENCE),
)
