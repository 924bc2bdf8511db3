"""A folder of publications: each in a folder of its own, and `current`, which always leads to one that is complete.

What is being written has another name until it is on the disk. `current` is a symbolic link that is replaced by one
rename, so it leads to the old or to the new one at any moment. Who follows it once reads one of them.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.backup import make_lasting
from core.errors import InvalidInput, StoreBusy, StoreProblem
from core.language import _

CURRENT = "current"
MARK = "publication.json"
UNFINISHED = ".unfinished"
KEPT = 2  # the one before is there for those who are still reading it


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """In here nobody else publishes into this folder, which is made if it is missing.

    Raises StoreBusy while somebody does, InvalidInput where something else lies there, StoreProblem.
    """
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given up by itself when the process ends, however it does
        _refuse_other(folder)
        yield
    except BlockingIOError as error:
        raise StoreBusy(_("Somebody else is publishing to {path}.").format(path=folder)) from error
    finally:
        os.close(lock)


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """An empty folder to write in, gone afterwards unless it was put in place."""
    beside = folder / UNFINISHED
    with translated(folder):
        shutil.rmtree(beside, ignore_errors=True)  # of one that was killed
        beside.mkdir()
        try:
            yield beside
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def put_in_place(beside: Path, name: str) -> Path:
    """Give it its name and lead `current` to it; what is older than the one before goes. Raises OSError."""
    folder = beside.parent
    for path in (*beside.iterdir(), beside):
        make_lasting(path)
    beside.rename(folder / name)
    link = folder / f"{CURRENT}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(name, target_is_directory=True)
    link.replace(folder / CURRENT)
    make_lasting(folder)
    for old in _complete(folder)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return folder / name


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """In here what the disk says becomes a StoreProblem."""
    try:
        yield
    except OSError as error:
        raise StoreProblem(_("{path} can't be written: {reason}.").format(path=path, reason=error.strerror),
                           _("Make room there, or name another place.")) from error  # fmt: skip


def _complete(folder: Path) -> list[Path]:
    """The publications there are, oldest first: their names begin with the time."""
    return sorted(each.parent for each in folder.glob(f"[0-9]*/{MARK}"))


def _refuse_other(folder: Path) -> None:
    """Publications are removed in time, so nothing else may lie among them: a name mistyped must not cost a folder."""
    ours = {*_complete(folder), folder / CURRENT, folder / UNFINISHED, folder / f"{CURRENT}.new"}
    if others := [each.name for each in folder.iterdir() if each not in ours]:
        raise InvalidInput(_("{path} has something else in it: {name}.").format(path=folder, name=others[0][:60]),
                           _("Name a folder that only publications are in."))  # fmt: skip
