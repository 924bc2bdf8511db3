"""Reading a store from end to end without writing to it: is it whole, and what does it hold?"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import StoreProblem
from core.language import _
from core.store.connection import Connection
from core.store.statements import sql

TABLES = "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary ORDER BY table_name"
SAMPLE = 1000  # mails whose bytes are hashed
SAMPLE_BYTES = 64 * 2**20  # of them at most


@dataclass(frozen=True)
class Verified:
    """What a store holds: rows by table; mails whose bytes were hashed, and how many are not what was collected."""

    tables: dict[str, int]
    mails_hashed: int
    mails_different: int


def verified(path: Path) -> Verified:
    """Every value of every table read, which checks each block of the file, and the bytes of a sample of mail hashed.

    Raises StoreProblem where the file is damaged or no store.
    """
    options: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "1GB"}
    try:
        with closing(Connection(duckdb.connect(str(path), read_only=True, config=options))) as db:
            tables = {name: _read_through(db, name) for (name,) in db.rows(TABLES)}
            if "migration" not in tables:
                raise StoreProblem(_("{path} is no Straydesk store.").format(path=path))
            hashed, different = db.rows(sql("hash_sample"), mails=SAMPLE, bytes=SAMPLE_BYTES)[0]
    except duckdb.Error as error:
        raise StoreProblem(_("{path} is damaged or no store: {why}.").format(path=path, why=str(error).split("\n")[0]),
                           _("Use another copy.")) from error  # fmt: skip
    return Verified(tables, hashed, different)


def _read_through(db: Connection, table: str) -> int:
    """How many rows it has; hashing them reads every column. The name is one that the store itself gave."""
    quoted = '"' + table.replace('"', '""') + '"'
    row = db.one(f"SELECT count(*), bit_xor(hash(each)) FROM {quoted} AS each")  # noqa: S608
    return int(row[0]) if row else 0
