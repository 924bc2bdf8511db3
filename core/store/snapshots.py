"""The file as it is at one moment, for reading that takes long: from a copy, so that nobody has to wait for it."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from core.errors import StoreBusy, StoreProblem
from core.language import _
from core.store.connection import Connection

ROOM = 1.05  # times the size of the file must be free
COPY = "copy.duckdb"
MODEST: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "memory_limit": "500MB",  # 300 MB are just enough for a million messages
    "threads": "2",
    "preserve_insertion_order": "false",  # rows would wait in memory for those before them
}


@contextmanager
def copied(path: Path, copy_to: Callable[[Path], object]) -> Iterator[Connection]:
    """A connection to a copy of the file, which nobody else can open, and which is gone afterwards.

    Raises StoreBusy while another one is made, StoreProblem as on a full disk.
    """
    with _folder(path) as folder:
        _refuse_full(path)
        copy_to(folder / COPY)
        raw = duckdb.connect(str(folder / COPY), read_only=True, config=MODEST)
        try:
            yield Connection(raw)
        finally:
            raw.close()


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """A folder beside the file that only its owner can look into, empty before and after."""
    folder = path.with_name(path.name + ".snapshot")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StoreProblem(_("{path} can't be written: {reason}.").format(path=folder, reason=error.strerror),
                           _("Check the folder and its permissions.")) from error  # fmt: skip
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given up by itself when the process ends, however it does
        _clear(folder)  # of one that was killed
        try:
            yield folder
        finally:
            _clear(folder)
    except BlockingIOError as error:
        raise StoreBusy(_("The store is being copied by another program."), _("Please try again.")) from error
    finally:
        os.close(lock)


def _clear(folder: Path) -> None:
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _refuse_full(path: Path) -> None:
    needed, free = path.stat().st_size * ROOM, shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreProblem(
            _("There is too little room for a copy of the store: {needed:,.0f} MB are needed, {free:,.0f} MB are "
              "free.").format(needed=needed / 2**20, free=free / 2**20),
            _("Make room there; nothing was changed."))  # fmt: skip
