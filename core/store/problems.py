"""What DuckDB says when the disk, the file or the memory lets it down, as sentences; and what is only a conflict.

The same causes come as different exceptions, by the moment they strike: when opening, committing or tidying up.
"""

import re
from pathlib import Path

import duckdb

from core.errors import StoreProblem
from core.language import _

_FULL = re.compile(r"no space left|quota exceeded|file too large|not enough space|out of disk", re.IGNORECASE)
_FORBIDDEN = re.compile(r"permission denied|read-only|operation not permitted", re.IGNORECASE)
_GONE = re.compile(r"no such file or directory|stale file handle", re.IGNORECASE)
_MEMORY = re.compile(r"out of memory|failed to launch worker thread|cannot allocate|(re|m)alloc of size|bad_alloc",
                     re.IGNORECASE)  # fmt: skip
_BROKEN = (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException)
"""What no statement of ours brings about: the file or the machine has failed."""


def is_conflict(error: BaseException) -> bool:
    """Whether somebody else changed the same rows at the same time, so that trying again is right."""
    return isinstance(error, duckdb.TransactionException) and not _failed_to_write(error)


def problem_of(error: BaseException, path: Path) -> StoreProblem | None:
    """The error of DuckDB as a StoreProblem about the store at `path`, if the file or the machine is to blame."""
    if not isinstance(error, _BROKEN) and not _failed_to_write(error) and not _MEMORY.search(str(error)):
        return None
    if known := _known(error, path):
        return known
    return StoreProblem(_("The store failed: {why}.").format(why=first_line(error)),
                        _("Check the disk; nothing that was committed is lost."))  # fmt: skip


def cant_open(error: BaseException, path: Path) -> StoreProblem:
    """Why the store at `path` can't be opened."""
    if known := _known(error, path):
        return known
    return StoreProblem(_("The store {path} can't be opened: {why}.").format(path=path, why=error),
                        _("Check that it is a Straydesk store and that you may write there."))  # fmt: skip


def _known(error: BaseException, path: Path) -> StoreProblem | None:
    """What people can do something about."""
    said = str(error)
    if _FULL.search(said):
        return StoreProblem(_("The disk of the store {path} is full.").format(path=path),
                            _("Make room there; nothing that was committed is lost, and work goes on by itself.")
                            )  # fmt: skip
    if isinstance(error, duckdb.OutOfMemoryException) or _MEMORY.search(said):
        return StoreProblem(_("There is too little memory for the store."),
                            _("Give this program more memory; nothing that was committed is lost."))  # fmt: skip
    if _FORBIDDEN.search(said):
        return StoreProblem(_("The store {path} can't be written.").format(path=path),
                            _("Give the user who runs this permission to write the file and its folder."))  # fmt: skip
    return gone(path) if _GONE.search(said) else None


def gone(path: Path) -> StoreProblem:
    """The file was there, and is not any more."""
    return StoreProblem(_("The store {path} is gone.").format(path=path),
                        _("Put it back, or restore a backup, and start this program anew."))  # fmt: skip


def first_line(error: BaseException) -> str:
    """What an error says, without its end."""
    return str(error).split("\n")[0].rstrip(".")


def _failed_to_write(error: BaseException) -> bool:
    """Whether a commit failed because what it wrote could not be written, which looks like a conflict."""
    return isinstance(error, duckdb.TransactionException) and bool(
        re.search(r"(could not|cannot|failed to) (write|open|read|sync|truncate|create)", str(error), re.IGNORECASE)
    )
