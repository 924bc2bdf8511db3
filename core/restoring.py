"""A backup put in the place of a store: checked before and after, and what stood there is kept under another name."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from core.backup import make_lasting, read_manifest, sha256_of
from core.errors import InvalidInput, StoreBusy, StoreProblem
from core.language import _
from core.leases import release_all
from core.migrating import migrate_store
from core.store import Progress, Verified, open_store, verified


@dataclass(frozen=True)
class Restored:
    """A store that was restored: where, what is in it, when the backup was made (UTC; None: it does not say), and
    under which name the store that stood there is kept."""

    store: Path
    tables: dict[str, int]
    made_at: datetime | None
    kept: Path | None


def restore_backup(source: Path, store: Path, now: datetime, *, force: bool = False) -> Restored:
    """Put a backup (its folder, or a store's file copied by hand) where a store is to be.

    Where a store is, only by `force`, and it is kept under another name. Raises InvalidInput, StoreProblem, StoreBusy.
    """
    _refuse_missing(source)
    store = store.absolute()
    if store.exists() and not force:
        raise InvalidInput(_("There is a store at {path} already.").format(path=store),
                           _("Name another place with --to, or put it aside with --force."))  # fmt: skip
    unfinished = store.with_name(store.name + ".restoring")
    try:
        found, made_at = _taken_out(source, unfinished)
        kept = _put_in_place(unfinished, store, now)
    finally:
        unfinished.unlink(missing_ok=True)
        _wal_of(unfinished).unlink(missing_ok=True)
    return Restored(store, found.tables, made_at, kept)


def restore_into_lake(source: Path, location: str, data: str = "", progress: Progress | None = None) -> Restored:
    """The same into a shared store without a desk (see core/migrating.py); there is nothing that could be put aside.

    The backup is laid out in the folder for temporary files first (TMPDIR), so that it stays as it is.
    """
    _refuse_missing(source)
    with TemporaryDirectory(prefix="straydesk-") as folder:
        unfinished = Path(folder) / "store.duckdb"
        _found, made_at = _taken_out(source, unfinished)
        moved = migrate_store(open_store(unfinished), location, data, progress)
    return Restored(Path(moved.place), moved.tables, made_at, None)


def _refuse_missing(source: Path) -> None:
    if not source.exists():
        raise InvalidInput(_("There is no {path}.").format(path=source), _("Name the folder of a backup."))


def _taken_out(source: Path, to: Path) -> tuple[Verified, datetime | None]:
    """The store of a backup as a file of its own, checked; what is in it, and when it was made."""
    manifest = read_manifest(source) if source.is_dir() else None
    made = source / manifest.store if manifest else source
    _copy(made, to)
    if _wal_of(made).exists():  # a file copied by hand where a process was killed
        _copy(_wal_of(made), _wal_of(to))
        with _bring_in_wal(to):
            pass
    if manifest and sha256_of(to) != manifest.sha256:
        raise StoreProblem(_("The backup {path} is damaged.").format(path=source), _("Use another one."))
    found = verified(to)
    if found.tables.get("lease"):
        release_all(open_store(to))
        make_lasting(to)
    return found, manifest.made_at if manifest else None


def _copy(source: Path, to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, to)
        make_lasting(to)
    except OSError as error:
        raise StoreProblem(_("{path} can't be written: {reason}.").format(path=to, reason=error.strerror),
                           _("Make room there, or name another place.")) from error  # fmt: skip


def _put_in_place(unfinished: Path, store: Path, now: datetime) -> Path | None:
    """By one rename, while nobody has the old one open; what it has in its WAL goes along with it."""
    if not store.exists():
        _put_aside(_wal_of(store), _wal_of(_aside(store, now)))  # of a store that is gone; it must not meet this one
        unfinished.rename(store)
        return None
    aside = _aside(store, now)
    with ExitStack() as held:
        try:
            held.enter_context(_bring_in_wal(store))
        except StoreBusy:
            raise
        except StoreProblem:  # broken, which may be why it is replaced: nobody else can open it either
            pass
        _put_aside(_wal_of(store), _wal_of(aside))
        aside.hardlink_to(store)
        unfinished.replace(store)
    return aside


@contextmanager
def _bring_in_wal(store: Path) -> Iterator[None]:
    """Hold the store, complete without its WAL."""
    with open_store(store).reading() as db:
        db.script("CHECKPOINT")
        yield


def _put_aside(path: Path, aside: Path) -> None:
    with suppress(FileNotFoundError):
        path.rename(aside)


def _aside(store: Path, now: datetime) -> Path:
    return store.with_name(f"{store.stem}.before-{now:%Y%m%dT%H%M%S}{store.suffix}")


def _wal_of(store: Path) -> Path:
    return store.with_name(store.name + ".wal")
