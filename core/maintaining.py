"""Keeping the store quick and small while everybody goes on: what is small gathered, what is old let go.

On a lake: rows that lie in the catalog flushed, small files merged, files with many deleted rows written anew; the
snapshots older than [maintain] snapshot_days expired (so far does time travel reach), and files removed that nothing
has needed for as long as SAFE. On a file: a checkpoint. Retention (core/retention) runs first, on both.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from core.administration.settling import must_be_administrator
from core.errors import StoreProblem
from core.intake import new_id
from core.lake_steps import SAFE, LakeSteps, Maintained, Progress, kept
from core.language import _
from core.log import tell
from core.retention import retain
from core.scope import Desk, Scope
from core.store import Connection, upkeep
from core.store.upkeep import Extent

HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
SOONEST = timedelta(minutes=5)  # between two runs that small files call for
CROWDED = 100  # small files of a table, which call for a run before its hour
LAST = """
SELECT max(started_at), max(started_at) FILTER (whole) FROM maintenance_run
"""
BEGIN = "INSERT INTO maintenance_run (id, whole, started_at) VALUES ($id, $whole, $now)"
END = """
UPDATE maintenance_run
SET ended_at = $now, snapshots_before = $snapshots_before, snapshots_after = $snapshots_after,
    files_before = $files_before, files_after = $files_after, bytes_before = $bytes_before, bytes_after = $bytes_after
WHERE id = $id
"""


@dataclass(frozen=True)
class Foreseen:
    """What a run would find: how much there is, the most small files of one table, snapshots that are too old, and
    files that can be removed, with and without an owner once."""

    extent: Extent | None = None
    small_files: int = 0
    expirable: int = 0
    removable: int = 0
    orphans: int = 0
    left: str = ""


def maintain(scope: Scope, progress: Progress = lambda _what, _table: None) -> Maintained:
    """All of it, now. Raises NotAllowed for all but administrators, StoreBusy, StoreProblem."""
    must_be_administrator(scope)
    retained = retain(scope)
    desk = scope.desk
    id = desk.store.change(partial(_begin, desk=desk, whole=True))
    return replace(_run(desk, id, whole=True, progress=progress), retained=retained)


def maintain_when_due(desk: Desk, progress: Progress = lambda _what, _table: None) -> Maintained | None:
    """What is due, for collectors: gathering hourly, or sooner where much lies about; all of it daily. None on a file.

    Of several collectors one does it: the one that writes down first that it begins. Retention has its own time.
    `progress` may raise, to end it between two steps. Raises StoreBusy, StoreProblem.
    """
    if not desk.store.shared or _due(desk) is None:
        return None
    claimed = desk.store.change(partial(_claim, desk=desk), background=True)
    return _run(desk, *claimed, progress=progress) if claimed else None


def foreseen(scope: Scope) -> Foreseen:
    """What `maintain` would find now; nothing is changed. Raises NotAllowed."""
    must_be_administrator(scope)
    if not scope.store.shared:
        return Foreseen()
    now = scope.desk.now()
    with scope.store.reading() as db:
        found = Foreseen(upkeep.extent(db), upkeep.crowded(db), upkeep.expirable(db, now - kept(scope.desk)),
                         upkeep.remove(db, now - SAFE, dry=True))  # fmt: skip
        try:
            return replace(found, orphans=upkeep.remove_orphans(db, now - SAFE, dry=True))
        except StoreProblem as problem:
            return replace(found, left=str(problem))


def _due(desk: Desk) -> bool | None:
    """Whether all of it is due (True), or gathering (False), or nothing (None)."""
    with desk.store.reading(background=True) as db:
        return _due_by(db, desk)


def _due_by(db: Connection, desk: Desk) -> bool | None:
    last, whole = db.rows(LAST)[0]
    now = desk.now()
    if whole is None or now - whole >= DAILY:
        return True
    if now - last >= HOURLY or (now - last >= SOONEST and upkeep.crowded(db) >= CROWDED):
        return False
    return None


def _claim(db: Connection, desk: Desk) -> tuple[str, bool] | None:
    """Asked once more in one's turn to write: who comes second finds it begun."""
    whole = _due_by(db, desk)
    return None if whole is None else (_begin(db, desk, whole), whole)


def _begin(db: Connection, desk: Desk, whole: bool) -> str:
    id = new_id()
    db.run(BEGIN, id=id, whole=whole, now=desk.now())
    return id


def _run(desk: Desk, id: str, whole: bool, progress: Progress = lambda _what, _table: None) -> Maintained:
    if desk.store.shared:
        done = LakeSteps(desk, Maintained(whole), progress).done()
    else:
        desk.store.checkpoint()
        done = Maintained(whole)
    desk.store.change(lambda db: db.run(END, id=id, now=desk.now(), **_sizes(done)), background=True)
    counts = {name: getattr(done, name) for name in ("flushed", "merged", "rewritten", "expired", "removed", "orphans")}
    tell("maintained", _("The store was maintained."), whole=whole, **counts)
    return done


def _sizes(done: Maintained) -> dict[str, int | None]:
    return {f"{name}_{when}": getattr(size, name) if size else None
            for when, size in (("before", done.before), ("after", done.after))
            for name in ("snapshots", "files", "bytes")}  # fmt: skip
