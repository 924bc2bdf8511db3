"""Copying a file that others go on writing to: nearly all of it beside them, and only the rest while it is held.

A DuckDB file is written in place, so what was read early may be outdated. It is compared once more while the file is
held, and only what differs is copied then; comparing takes a fraction of copying, and copying by tables (COPY FROM
DATABASE) forty times as long. Where no checkpoint was written meanwhile, not even comparing is needed.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.errors import StoreProblem
from core.language import _

AT_ONCE = 4 * 2**20  # bytes
WORKERS = 2  # comparing waits for memory: more threads gain nothing
ROUNDS = 3  # beside the others; what they write during the last one is left for when the file is held
HEADS = 3 * 4096  # DuckDB's three headers; each checkpoint writes one of them last, with the next number

Progress = Callable[[int, int], None]
"""Called with how many bytes are done, and how many there are."""

_opened: dict[tuple[int, int], int] = {}


class FileCopy:
    """A copy in the making, from the descriptor of a file to that of another."""

    def __init__(self, source: int, target: int) -> None:
        self._source, self._target = source, target
        self._heads = b""
        self._buffers = threading.local()

    def follow(self, progress: Progress) -> None:
        """Copy all of it, then what has changed meanwhile, until nothing has or it goes on and on. Nobody waits."""
        for _round in range(ROUNDS):
            self._heads = self._current_heads()
            self._bring_up(progress)
            if self._current_heads() == self._heads:
                return

    def settle(self) -> None:
        """Make the copy equal. The caller holds the file and has brought into it what waited in the WAL."""
        if self._current_heads() != self._heads:
            self._bring_up(lambda _done, _total: None)
        os.ftruncate(self._target, os.fstat(self._source).st_size)

    def _current_heads(self) -> bytes:
        return os.pread(self._source, HEADS, 0)

    def _bring_up(self, progress: Progress) -> None:
        size = os.fstat(self._source).st_size
        with ThreadPoolExecutor(WORKERS) as workers:
            for place in workers.map(self._bring_up_at, range(0, size, AT_ONCE)):
                progress(min(place + AT_ONCE, size), size)

    def _bring_up_at(self, place: int) -> int:
        wanted, present = self._own_buffers()
        count = os.preadv(self._source, [wanted], place)
        if os.preadv(self._target, [present], place) < count or not _same(wanted, present, count):
            _write(self._target, memoryview(wanted)[:count], place)
        return place

    def _own_buffers(self) -> tuple[bytearray, bytearray]:
        if not hasattr(self._buffers, "pair"):
            self._buffers.pair = (bytearray(AT_ONCE), bytearray(AT_ONCE))
        pair: tuple[bytearray, bytearray] = self._buffers.pair
        return pair


@contextmanager
def copying(source: Path, target: Path) -> Iterator[FileCopy]:
    """A copy of `source` into the new file `target`, on the disk in the end. Raises StoreProblem, as on a full disk."""
    try:
        with target.open("xb+", buffering=0) as file:
            yield FileCopy(_descriptor(source), file.fileno())
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreProblem(_("{path} can't be written: {reason}.").format(path=target, reason=error.strerror),
                           _("Make room there, or name another place.")) from error  # fmt: skip


def _descriptor(path: Path) -> int:
    """The file, open for as long as this process lives.

    Closing any descriptor of a file gives up all locks that the process has on it (POSIX), DuckDB's as well.
    """
    found = path.stat()
    key = (found.st_dev, found.st_ino)
    if key not in _opened:
        _opened[key] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return _opened[key]


def _same(one: bytearray, other: bytearray, count: int) -> bool:
    return bool(np.array_equal(np.frombuffer(one, np.uint8, count), np.frombuffer(other, np.uint8, count)))


def _write(target: int, content: memoryview, place: int) -> None:
    while content:
        written = os.pwrite(target, content, place)
        content, place = content[written:], place + written
