"""All tables of one home into another one, in one transaction, compared row by row before it is committed.

Until the commit the target holds the empty tables of a new store, and nothing else: whenever this is killed, it can be
begun again. DuckDB streams from one to the other, however large the tables are; on a lake, what a killed move had
written is no part of it, and `maintain` removes it a day later.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

import duckdb

from core.errors import InvalidInput, StoreBusy, StoreProblem
from core.language import _
from core.store.connection import Connection
from core.store.copying import Progress
from core.store.extensions import in_memory
from core.store.home import Home
from core.store.problems import first_line
from core.store.schema import migrate

FROM, TO = "leaving", "arriving"  # the names under which the two are attached
TABLES = """
SELECT table_name, list((column_name, data_type) ORDER BY column_index) FROM duckdb_columns()
WHERE database_name = $home AND schema_name = 'main' AND table_name IN
      (SELECT table_name FROM duckdb_tables() WHERE database_name = $home AND schema_name = 'main')
GROUP BY table_name ORDER BY table_name
"""
LAID = "SELECT count(*) FROM duckdb_tables() WHERE database_name = $home AND table_name = 'migration'"
_MISSING = re.compile(r"does not exist|no such file|could not find", re.IGNORECASE)
COPY = "INSERT INTO {to} ({columns}) SELECT {columns} FROM {of}"
DESK = ("person", "team", "mailbox", "route", "message_raw", "work_item", "journal")  # empty: nobody works here yet

Columns = dict[str, list[tuple[str, str]]]
"""Of each table its columns, with their types."""


def move(source: Home, target: Home, progress: Progress) -> dict[str, int]:
    """Copy a store, with its schema up to date, into another home; answers the rows of each table.

    `progress` is called with how many rows are there, and how many there will be; others wait meanwhile to write
    to the target. Raises InvalidInput where the target holds a desk already, StoreProblem where the two are not
    equal in the end (then nothing is committed), and as the homes do.
    """
    with target.writing():
        try:
            with target.connection() as prepared:
                migrate(prepared, target.laid_out)
                _refuse_desk(prepared, target)
            with closing(in_memory()) as root, _both(root, source, target):
                return _Move(root, progress).done()
        except duckdb.Error as error:
            raise _problem(error, source, target) from error


def has_desk(home: Home) -> bool:
    """Whether a store was laid out there. Looks without writing: a lake that is missing would else be made."""
    try:
        with closing(in_memory()) as root:
            for statement in home.attaching(FROM, writable=False):
                root.execute(statement)
            return bool(Connection(root).value(LAID, home=FROM))
    except duckdb.Error as error:
        if _MISSING.search(str(error)):
            return False
        raise _problem(error, home, home) from error


class _Move:
    def __init__(self, root: duckdb.DuckDBPyConnection, progress: Progress) -> None:
        self._root, self._connection, self._progress = root, Connection(root), progress

    def done(self) -> dict[str, int]:
        self._connection.run("BEGIN TRANSACTION")
        tables = self._tables()
        counts = {name: int(self._connection.value(f"SELECT count(*) FROM {_of(FROM, name)}")) for name in tables}  # noqa: S608
        done, total = 0, sum(counts.values())
        for name, columns in tables.items():
            self._connection.run(f"DELETE FROM {_of(TO, name)}")  # noqa: S608 # such as the counters of a new store
            if counts[name]:
                self._copy(name, columns)
            done += counts[name]
            self._progress(done, total)
        self._connection.run("COMMIT")
        return counts

    def _tables(self) -> Columns:
        """Those of the source. What the target lacks or has otherwise would be lost."""
        leaving, arriving = (dict(self._connection.rows(TABLES, home=home)) for home in (FROM, TO))
        if odd := [name for name in leaving if leaving[name] != arriving.get(name)]:
            raise StoreProblem(_("These tables are not Straydesk's, or not as it makes them: {names}.").format(
                                   names=", ".join(odd)),
                               _("Remove or rename them, then begin again; nothing was written."))  # fmt: skip
        return leaving

    def _copy(self, name: str, columns: list[tuple[str, str]]) -> None:
        """A table, and the proof that it is the same there. Names and types are those that the store itself gives."""
        named = ", ".join(_quoted(column) for column, _kind in columns)
        self._connection.run(COPY.format(to=_of(TO, name), of=_of(FROM, name), columns=named))
        # A sum, not an exclusive or: that would not see a row that is there twice.
        left, arrived = (self._connection.one(f"SELECT count(*), sum(hash({named})) FROM {_of(home, name)}")  # noqa: S608
                         for home in (FROM, TO))  # fmt: skip
        if left != arrived:
            raise StoreProblem(_("The table {name} did not arrive as it was; nothing was kept.").format(name=name),
                               _("Begin again; where it stays so, check the disks of both."))  # fmt: skip


@contextmanager
def _both(root: duckdb.DuckDBPyConnection, source: Home, target: Home) -> Iterator[None]:
    """In here both are attached; a file is complete without its WAL in the end."""
    for home, name in ((source, FROM), (target, TO)):
        for statement in home.attaching(name, writable=home is target):
            root.execute(statement)
    yield
    root.execute(f"DETACH {TO}")


def _refuse_desk(target: Connection, home: Home) -> None:
    if any(target.one(f"SELECT 1 FROM {name} LIMIT 1") for name in DESK):  # noqa: S608
        raise InvalidInput(_("There is a desk at {place} already.").format(place=home),
                           _("Name an empty database, or a new file; nothing was changed."))  # fmt: skip


def _problem(error: duckdb.Error, source: Home, target: Home) -> StoreProblem:
    if "could not set lock" in str(error).lower():
        return StoreBusy(_("The store is held by another program and did not become free."),
                         _("Stop `serve` and `collect`, then begin again; nothing was written."))  # fmt: skip
    known = target.problem_of(error) or source.problem_of(error)
    return known or StoreProblem(_("The store could not be moved: {why}.").format(why=first_line(error)),
                                 _("Nothing was kept; begin again."))  # fmt: skip


def _of(home: str, table: str) -> str:
    return f"{home}.main.{_quoted(table)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
