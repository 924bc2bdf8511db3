"""Bringing a store up to the schema this version works with."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from core.errors import StoreProblem
from core.language import _
from core.store.connection import Connection
from core.store.statements import FOLDER, sql

FIRST = "schema"


def migrations() -> list[str]:
    """The schema and the steps after it, in order; a step's number is its place in this list, from 1."""
    steps = sorted(path.stem for path in FOLDER.glob("migration_*.sql"))
    return [FIRST, *steps]


def migrate(connection: Connection, laid_out: Callable[[Connection], None]) -> None:
    """Apply the steps this store has not seen, each in a transaction of its own, then lay the views anew.

    `laid_out` is called when there were any. Raises StoreProblem when the store was written by a newer Straydesk.
    """
    connection.run("CREATE TABLE IF NOT EXISTS migration (number INTEGER, name VARCHAR, applied_at TIMESTAMP)")
    applied = connection.value("SELECT coalesce(max(number), 0) FROM migration")
    steps = migrations()
    if applied > len(steps):
        raise StoreProblem(_("This store was written by a newer Straydesk."), _("Update Straydesk on this machine."))
    for number, name in enumerate(steps[applied:], start=applied + 1):
        connection.begin()
        connection.script(sql(name))
        connection.run("INSERT INTO migration VALUES ($number, $name, $at)",
                       number=number, name=name, at=datetime.now(UTC).replace(tzinfo=None))  # fmt: skip
        connection.run("COMMIT")
    _lay_views(connection)
    if applied < len(steps):
        laid_out(connection)


def _lay_views(connection: Connection) -> None:
    """Create the views where their text has changed; writing on every start would make readers writers."""
    present = dict(connection.rows("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal AND NOT temporary"))
    named = set(re.findall(r"CREATE OR REPLACE VIEW (\w+)", sql("views")))
    if named - present.keys() or not _same_views(connection):
        connection.script(sql("views"))
        connection.run("DELETE FROM seed WHERE digest LIKE 'views:%'")
        connection.run("INSERT INTO seed SELECT 'views:' || md5($text), NULL", text=sql("views"))


def _same_views(connection: Connection) -> bool:
    digest = connection.value("SELECT count(*) FROM seed WHERE digest = 'views:' || md5($text)", text=sql("views"))
    return bool(digest)
