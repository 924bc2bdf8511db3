"""A desk moved from one home of the store to another: a file, or a lake that many machines share.

What is there is copied, in one transaction, and compared row by row; FROM stays as it is. A file gets its name when it
is complete, and a lake has a desk when that transaction is committed: half of one is never served.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from core.backup import make_lasting
from core.errors import InvalidInput, StoreProblem
from core.language import _
from core.leases import release_all
from core.settings import settings
from core.store import Progress, Store, open_store

UNFINISHED = ".moving"


@dataclass(frozen=True)
class Migrated:
    """What was moved: where to (as people may see it; `data`: where a shared store keeps its data), the rows of each
    table, and how long it took."""

    place: str
    data: str
    tables: dict[str, int]
    seconds: float

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(self.tables.values())


def migrate_store(source: Store, location: str, data: str = "", progress: Progress | None = None) -> Migrated:
    """Copy a desk to `location` (with `data`: both as in STRAYDESK_STORE and STRAYDESK_DATA).

    Programs that use `source` should be stopped: what they write from now on is not in the copy.
    Raises InvalidInput where there is no desk, or one at `location` already; StoreBusy, StoreProblem.
    """
    begun = time.monotonic()
    if not source.is_desk():
        raise InvalidInput(_("There is no desk at {place}.").format(place=source),
                           _("Name the store that is to be moved, as STRAYDESK_STORE does."))  # fmt: skip
    target = open_store(location, data)
    tell = progress or (lambda _done, _total: None)
    tables = source.move_to(target, tell) if target.shared else _into_file(source, Path(location), tell)
    if tables.get("lease"):
        release_all(open_store(location, data))
    return Migrated(str(target), (data or settings().data) if target.shared else "", tables, time.monotonic() - begun)


def _into_file(source: Store, path: Path, progress: Progress) -> dict[str, int]:
    """Under another name until it is complete; what a killed move left under that name goes first."""
    if path.exists():
        raise InvalidInput(_("There is a store at {path} already.").format(path=path),
                           _("Name a file that is not there yet; nothing was changed."))  # fmt: skip
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        _remove(unfinished)
        tables = source.move_to(open_store(unfinished), progress)
        make_lasting(unfinished)
        os.link(unfinished, path)  # unlike a rename, it refuses what somebody else made there meanwhile
        make_lasting(path.absolute().parent)
    except OSError as error:
        raise StoreProblem(_("{path} can't be written: {reason}.").format(path=path, reason=error.strerror),
                           _("Make room there, or name another place.")) from error  # fmt: skip
    finally:
        _remove(unfinished)
    return tables


def _remove(path: Path) -> None:
    for suffix in ("", ".wal", ".waited"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
