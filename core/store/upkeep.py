"""What a lake needs now and then, a step at a time: each is a change like any other, while everybody goes on.

Small changes lie in the catalog as rows (inlined) and as small files; each change leaves a snapshot, and files that
only old snapshots need. Flushing, merging and rewriting change nothing that anybody reads, also not of the past.
Files are removed only when they have not been needed for a while, as somebody may still read them. All who write take
turns (turns.py), so that no file of somebody who is just writing lies about while orphans are looked for.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import StoreProblem
from core.language import _
from core.store.connection import Connection
from core.store.statements import quoted, sql

TARGET = "128MB"  # merged files are about this large, so that merging one takes a second or two
SMALL = 32 * 2**20  # bytes; larger ones are not merged again
INLINED = 100  # rows of a table in the catalog, with those that only its past needs: from so many on they are a file
DELETED = 0.3  # of the rows of a file: then it is written anew without them
EXPIRED_AT_ONCE = 2000  # snapshots
MARK = "straydesk-"  # how the file begins that says whose data a folder or bucket holds

SCATTERED = """
SELECT t.table_name FROM __ducklake_metadata_desk.ducklake_table AS t
JOIN (SELECT table_id FROM __ducklake_metadata_desk.ducklake_data_file
      WHERE end_snapshot IS NULL AND file_size_bytes < $small GROUP BY table_id HAVING count(*) > 1) USING (table_id)
WHERE t.end_snapshot IS NULL ORDER BY t.table_name
"""
RIDDLED = """
SELECT t.table_name FROM __ducklake_metadata_desk.ducklake_table AS t
WHERE t.end_snapshot IS NULL AND t.table_id IN
      (SELECT table_id FROM __ducklake_metadata_desk.ducklake_delete_file WHERE end_snapshot IS NULL)
ORDER BY t.table_name
"""
CROWDED = """
SELECT coalesce(max(files), 0) FROM (
    SELECT count(*) AS files FROM __ducklake_metadata_desk.ducklake_data_file
    WHERE end_snapshot IS NULL AND file_size_bytes < $small GROUP BY table_id)
"""
OLD = """
SELECT count(*), list(snapshot_id ORDER BY snapshot_id) FROM __ducklake_metadata_desk.ducklake_snapshot
WHERE snapshot_time < $before::TIMESTAMP AT TIME ZONE 'UTC'
  AND snapshot_id < (SELECT max(snapshot_id) FROM __ducklake_metadata_desk.ducklake_snapshot)
"""
IN_CATALOG = """
SELECT t.table_name, i.table_name FROM __ducklake_metadata_desk.ducklake_inlined_data_tables AS i
JOIN __ducklake_metadata_desk.ducklake_table AS t ON t.table_id = i.table_id AND t.end_snapshot IS NULL
"""
FLUSH = "SELECT coalesce(sum(rows_flushed), 0)::BIGINT FROM ducklake_flush_inlined_data('desk', table_name => $name)"
MERGE = """
SELECT coalesce(sum(files_processed), 0)::BIGINT, coalesce(sum(files_created), 0)::BIGINT
FROM ducklake_merge_adjacent_files('desk', $name, max_compacted_files => 1, max_file_size => $small)
"""
REWRITE = """
SELECT coalesce(sum(files_processed), 0)::BIGINT
FROM ducklake_rewrite_data_files('desk', $name, delete_threshold => $deleted)
"""
EXPIRE = "SELECT count(*) FROM ducklake_expire_snapshots('desk', versions => $ids::UBIGINT[])"
REMOVE = """
SELECT count(*) FROM ducklake_cleanup_old_files('desk', dry_run => $dry,
                                                older_than => $before::TIMESTAMP AT TIME ZONE 'UTC')
"""
ORPHANS = """
SELECT count(*) FROM ducklake_delete_orphaned_files('desk', dry_run => $dry,
                                                    older_than => $before::TIMESTAMP AT TIME ZONE 'UTC')
"""
PLACE = "SELECT value FROM __ducklake_metadata_desk.ducklake_metadata WHERE key = 'data_path'"
IDENTITY = "SELECT table_uuid::VARCHAR FROM ducklake_table_info('desk') WHERE table_name = 'migration'"


@dataclass(frozen=True)
class Extent:
    """How much a lake is: snapshots; files that today's desk needs; all files with those only its past needs, and their
    bytes; files that nobody needs and that wait to be removed."""

    snapshots: int
    current_files: int
    files: int
    bytes: int
    waiting_files: int


def extent(db: Connection) -> Extent:
    """How much it is now, by the catalog."""
    return Extent(*map(int, db.rows(sql("lake_extent"))[0]))


def crowded(db: Connection) -> int:
    """How many small files the table has that has most of them: each is opened when the table is read."""
    return int(db.value(CROWDED, small=SMALL))


def scattered(db: Connection) -> list[str]:
    """The tables with several small files."""
    return [name for (name,) in db.rows(SCATTERED, small=SMALL)]


def riddled(db: Connection) -> list[str]:
    """The tables with files of which rows are deleted."""
    return [name for (name,) in db.rows(RIDDLED)]


def swollen(db: Connection) -> list[str]:
    """The tables of which many rows lie in the catalog. A few are read from there faster than from a file.

    The statement is built from names that the catalog itself gives.
    """
    counts = Counter[str]()
    if asked := [f"SELECT {quoted(table)}, count(*) FROM __ducklake_metadata_desk.\"{inlined}\""  # noqa: S608
                 for table, inlined in db.rows(IN_CATALOG)]:  # fmt: skip
        for table, count in db.rows(" UNION ALL ".join(asked)):
            counts[table] += count
    return sorted(table for table, count in counts.items() if count >= INLINED)


def settle(db: Connection) -> None:
    """How large files are written from now on, if the lake does not know it yet."""
    if db.value("SELECT count(*) FROM ducklake_options('desk') WHERE option_name = 'target_file_size'") == 0:
        db.run("CALL desk.set_option('target_file_size', $size)", size=TARGET)


def flush(db: Connection, table: str) -> int:
    """The rows of a table that lie in the catalog, written as a file; how many there were."""
    return int(db.value(FLUSH, name=table))


def merge(db: Connection, table: str) -> tuple[int, int]:
    """Small files of a table written as one, once; how many they were, and how many came of it (0 and 0: none)."""
    processed, created = db.rows(MERGE, name=table, small=SMALL)[0]
    return int(processed), int(created)


def rewrite(db: Connection, table: str) -> int:
    """Files of a table of which many rows are deleted, written anew without them; how many there were."""
    return int(db.value(REWRITE, name=table, deleted=DELETED))


def expire(db: Connection, before: datetime) -> int:
    """The oldest snapshots from before a moment (UTC), a portion of them; how many. The newest one always stays."""
    count, ids = db.rows(OLD, before=before)[0]
    return int(db.value(EXPIRE, ids=ids[:EXPIRED_AT_ONCE])) if count else 0


def expirable(db: Connection, before: datetime) -> int:
    """How many snapshots are older than a moment (UTC)."""
    return int(db.value(OLD, before=before))


def remove(db: Connection, before: datetime, *, dry: bool = False) -> int:
    """Files that nothing needs since before a moment (UTC), removed; how many."""
    return int(db.value(REMOVE, before=before, dry=dry))


def remove_orphans(db: Connection, before: datetime, *, dry: bool = False) -> int:
    """Files that no snapshot ever knew, left by programs that were killed before a moment (UTC); how many.

    Raises StoreProblem where the place holds the data of another store as well: they would look the same.
    """
    mine, found = _marks(db)
    if found - {mine}:
        raise StoreProblem(_("{place} holds the data of another store as well; files without an owner are left there."
                             ).format(place=db.value(PLACE)),
                           _("Give each store a folder or a prefix of the bucket of its own."))  # fmt: skip
    if mine not in found:
        raise StoreProblem(_("{place} does not say whose data it holds; files without an owner are left there.").format(
            place=db.value(PLACE)))  # fmt: skip
    return int(db.value(ORPHANS, before=before, dry=dry))


def mark(db: Connection) -> None:
    """Write beside the data whose they are: by their looks, files could be of any lake."""
    place, (mine, found) = str(db.value(PLACE)), _marks(db)
    if "://" not in place:
        Path(place).mkdir(parents=True, exist_ok=True)
    if mine not in found:
        db.script(f"COPY (SELECT 'The data of a Straydesk store' AS mark) TO {quoted(mine)}")


def _marks(db: Connection) -> tuple[str, set[str]]:
    """The path of this lake's mark, and those of all marks that are there."""
    place = str(db.value(PLACE))
    found = db.rows("SELECT file FROM glob($pattern)", pattern=f"{place}{MARK}*.csv")
    return f"{place}{MARK}{db.value(IDENTITY)}.csv", {name for (name,) in found}
