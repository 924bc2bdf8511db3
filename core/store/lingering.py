"""Leaving the file open between changes in the background, for as long as nobody else wants it.

Opening and closing cost as much as a change: closing writes all of the journal of changes (WAL) into the file, and
leaves nothing of it in memory. While a backlog is collected and nobody is about, that is spared.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

ABOUT = 5.0  # seconds after a person had to wait
LOOK = 0.01  # seconds between two looks at whether somebody waits
LONGEST = 2.0  # seconds: tools that can't say that they wait get their turn as well, and a crash leaves little to redo


class People:
    """Who waits for the file says so by touching a file beside it: its time is when somebody last had to wait."""

    def __init__(self, path: Path) -> None:
        self._waited = path.with_name(path.name + ".waited")

    def are_about(self) -> bool:
        """Whether somebody had to wait lately."""
        try:
            # Of a time to come, as after the clock was set back, it says nothing: nobody would ever have gone.
            return abs(time.time() - self._waited.stat().st_mtime) < ABOUT
        except OSError:  # nobody ever had to wait
            return False

    def remember(self) -> None:
        """Somebody waits now."""
        with suppress(OSError):
            self._waited.touch()


class Lingering:
    """What keeps the file of a store open in this process; the file is held for as long as one connection is open."""

    def __init__(self, people: People, door: threading.Lock) -> None:
        self._people, self._door = people, door
        self._lock = threading.Lock()
        self._blocks = 0
        self._kept: duckdb.DuckDBPyConnection | None = None
        self._since = self._wanted_here = float("-inf")

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """In here the file may stay open; at the end it is closed, and complete without its WAL."""
        ended = threading.Event()
        with self._lock:
            self._blocks += 1
        watching = threading.Thread(target=self._watch, args=(ended,), name="lets go of the store", daemon=True)
        watching.start()
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                last = not self._blocks
            ended.set()
            watching.join()
            if last:
                self.let_go()

    def keep(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        """Leave the file open by one connection more when that of the background is closed, if nobody is about."""
        if not self._blocks or self._kept or self._somebody_is_about():
            return
        with self._lock, suppress(duckdb.Error):  # another thread is closing it at this moment: then not this time
            if self._blocks and not self._kept:
                self._kept, self._since = connect(), time.monotonic()

    def let_go(self) -> None:
        """Close what was left open; the file is free as soon as nobody in this process works with it."""
        with self._lock:
            kept, self._kept = self._kept, None
        if kept:
            with suppress(duckdb.Error), self._door:
                kept.close()

    def make_way(self) -> None:
        """A person of this process wants the store, and not by what the background has open: that is set modestly."""
        if self._blocks:
            self._wanted_here = time.monotonic()
            self.let_go()

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(LOOK):
            if self._kept and (self._people.are_about() or time.monotonic() - self._since > LONGEST):
                self.let_go()

    def _somebody_is_about(self) -> bool:
        return time.monotonic() - self._wanted_here < ABOUT or self._people.are_about()
