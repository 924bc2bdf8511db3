"""Writing a store's file anew, so that the disk gets back what removed rows took.

A checkpoint of DuckDB gives the blocks of removed rows back to the file, not to the disk: after removing 80 % of 1 GB
the file is as large as before, and only a new file is smaller. It is written beside the old one and takes its name by
one rename, while the old one is held: whenever it is killed, one of the two is there, whole. Whoever waits for the old
file opens the new one next, as it goes by the name.
"""

import os
import shutil
import time
from pathlib import Path

from core.errors import StoreProblem
from core.language import _
from core.store.connection import Connection

ROOM = 1.1  # times what is kept must be free
OPENING = 0.5  # seconds; longer than anybody takes from opening the old file to asking for its lock
TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = $database AND NOT internal AND NOT temporary"
USED = "SELECT used_blocks * block_size FROM pragma_database_size() WHERE database_name = $database"


def compact(connection: Connection, path: Path) -> tuple[int, int]:
    """Write the file that is open by this connection, with nothing in its WAL, anew; its bytes before and after.

    No other thread of this process may use the store: it would go on with the old file. Raises StoreProblem.
    """
    beside = path.with_name(path.name + ".compacting")
    before = path.stat().st_size
    _remove(beside)  # of one that was killed
    try:
        _refuse_full(connection, path)
        _write(connection, beside)
        _make_lasting(beside)
        beside.replace(path)
        _make_lasting(path.parent)
        # Somebody may have opened the old file just before and asks for its lock now: they must be refused once more.
        time.sleep(OPENING)
    except OSError as error:
        raise StoreProblem(_("{path} can't be written: {reason}.").format(path=beside, reason=error.strerror),
                           _("Make room there, or name another place.")) from error  # fmt: skip
    finally:
        _remove(beside)
    return before, path.stat().st_size


def _write(connection: Connection, beside: Path) -> None:
    """All tables and views into the new file. Raises StoreProblem where it would not hold what the old one does."""
    source = str(connection.value("SELECT current_database()"))
    connection.script(f"ATTACH '{str(beside).replace(chr(39), chr(39) * 2)}' AS compacted")
    try:
        connection.script(f'COPY FROM DATABASE "{source.replace(chr(34), chr(34) * 2)}" TO compacted')
        if _counts(connection, source) != _counts(connection, "compacted"):
            raise StoreProblem(_("The store could not be written anew; it stays as it is."))
        connection.script("CHECKPOINT compacted")
    finally:
        connection.script("DETACH compacted")


def _counts(connection: Connection, database: str) -> dict[str, int]:
    """Rows by table; the names are those that the store itself gives."""
    names = [name for (name,) in connection.rows(TABLES, database=database)]
    quoted = {
        name: ".".join('"' + part.replace('"', '""') + '"' for part in (database, "main", name)) for name in names
    }
    return {name: int(connection.value(f"SELECT count(*) FROM {quoted[name]}")) for name in names}  # noqa: S608


def _refuse_full(connection: Connection, path: Path) -> None:
    used = int(connection.value(USED, database=connection.value("SELECT current_database()")) or 0)
    free = shutil.disk_usage(path.parent).free
    if free < used * ROOM:
        raise StoreProblem(
            _("There is too little room to write the store anew: {needed:,.0f} MB are needed, {free:,.0f} MB are "
              "free.").format(needed=used * ROOM / 2**20, free=free / 2**20),
            _("Make room there; nothing was changed."))  # fmt: skip


def _make_lasting(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
