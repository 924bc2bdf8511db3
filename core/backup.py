"""Backups: the store as it is at one moment, with the configuration, in a folder of its own; and back again.

A backup is written under another name and renamed when it is complete and read through, so that half a one never
looks whole. Nothing here needs the programs that use the store to stop, but putting one in the place of a store does.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

from pydantic import BaseModel, ValidationError

from core.configuration import Configuration
from core.errors import InvalidInput, NotAllowed, StoreProblem
from core.language import _
from core.scope import Scope
from core.store import Verified, verified

STORE = "straydesk.duckdb"
MANIFEST = "backup.json"
CONFIGURATION = "configuration"
UNFINISHED = ".unfinished"
ROOM = 1.05  # times the size of the store must be free

Progress = Callable[[int, int], None]
"""Called with how many bytes are copied, and how many there are."""


class Manifest(BaseModel):
    """What a backup says about itself, in backup.json. Times are UTC, sizes in bytes."""

    made_at: datetime
    store: str
    size: int
    sha256: str
    tables: dict[str, int]


@dataclass(frozen=True)
class Backup:
    """A finished backup: where, how large (bytes), what is in it, and for how long (s) others could not use the store.

    `mails_different` of the `mails_hashed` do not have the bytes that were collected, in the store as in the backup.
    """

    path: Path
    size: int
    sha256: str
    tables: dict[str, int]
    mails_hashed: int
    mails_different: int
    configuration: tuple[str, ...]
    held_seconds: float


def backup(scope: Scope, to: Path, *, force: bool = False, progress: Progress | None = None) -> Backup:
    """Write a backup into the new folder `to`, in place of an older one there only by `force`.

    Raises NotAllowed for all but administrators, InvalidInput, StoreBusy, StoreProblem (a full disk, a damaged store).
    """
    if scope.person.role != "administrator":
        raise NotAllowed(_("Only administrators make backups."), _("Ask an administrator."))
    to = to.absolute()
    _refuse_present(to, force)
    with _unfinished(to) as folder:
        _refuse_full(folder, scope)
        held = scope.store.copy_to(folder / STORE, progress or (lambda _done, _total: None))
        found, manifest = _described(folder / STORE, scope.desk.now())
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        configuration = _copy_configuration(scope.desk.configuration, folder / CONFIGURATION)
        _make_all_lasting(folder)
        _put_in_place(folder, to)
    return Backup(to, manifest.size, manifest.sha256, found.tables, found.mails_hashed, found.mails_different,
                  configuration, held)  # fmt: skip


def read_manifest(folder: Path) -> Manifest:
    """What a backup says about itself. Raises InvalidInput where there is none."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise InvalidInput(_("{path} is no complete backup.").format(path=folder),
                           _("Name a folder that `python -m core backup` has written.")) from error  # fmt: skip


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def make_lasting(path: Path) -> None:
    """A file or folder on the disk, not only in the memory of the system. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _described(store: Path, now: datetime) -> tuple[Verified, Manifest]:
    found = verified(store)
    return found, Manifest(made_at=now, store=STORE, size=store.stat().st_size, sha256=sha256_of(store),
                           tables=found.tables)  # fmt: skip


def _refuse_present(to: Path, force: bool) -> None:
    """What is no backup is never replaced, not even by `force`: a name mistyped must not cost a folder."""
    if not to.exists() or (to.is_dir() and not any(to.iterdir())):
        return
    if not force:
        raise InvalidInput(_("{path} exists already.").format(path=to),
                           _("Name another folder, or write over it with --force.")) from None  # fmt: skip
    if not (to / MANIFEST).is_file():
        raise InvalidInput(_("{path} exists already and is no backup.").format(path=to), _("Name another folder."))


def _refuse_full(folder: Path, scope: Scope) -> None:
    store = Path(str(scope.store))
    needed = store.stat().st_size * ROOM if store.exists() else 0
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StoreProblem(
            _("There is too little room for the backup: {needed:,.0f} MB are needed, {free:,.0f} MB are free.").format(
                needed=needed / 2**20, free=free / 2**20),
            _("Make room there, or name another place."))  # fmt: skip


@contextmanager
def _unfinished(to: Path) -> Iterator[Path]:
    """A folder beside `to` to write in, gone afterwards unless renamed; what a killed backup left of it goes first."""
    folder = to.with_name(to.name + UNFINISHED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, to):
            try:
                _empty(folder)
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise StoreProblem(_("{path} can't be written: {reason}.").format(path=to, reason=error.strerror),
                           _("Make room there, or name another place.")) from error  # fmt: skip


@contextmanager
def _locked(folder: Path, to: Path) -> Iterator[None]:
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given up by itself when the process ends, however it does
    except BlockingIOError as error:
        os.close(lock)
        raise InvalidInput(_("Another backup is being written to {path}.").format(path=to)) from error
    try:
        yield
    finally:
        os.close(lock)


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _copy_configuration(configuration: Configuration, folder: Path) -> tuple[str, ...]:
    """The files a desk is described by; passwords stand in none of them."""
    files = [each for each in (configuration.path, configuration.routes) if each and each.is_file()]
    folder.mkdir()
    for file in files:
        shutil.copy2(file, folder / file.name)
    return tuple(file.name for file in files)


def _make_all_lasting(folder: Path) -> None:
    """Everything in it on the disk before it gets its name, so that the name promises what is there."""
    for path in (*folder.rglob("*"), folder):
        make_lasting(path)


def _put_in_place(folder: Path, to: Path) -> None:
    outdated = to.with_name(to.name + ".outdated")
    if to.exists() and any(to.iterdir()):
        shutil.rmtree(outdated, ignore_errors=True)
        to.rename(outdated)
    folder.rename(to)  # over an empty folder as well
    shutil.rmtree(outdated, ignore_errors=True)
