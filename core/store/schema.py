"""Bringing a store up to the schema this version works with: numbered steps, forward only, each in a transaction.

Step 1 is schema.sql as 0.1.0 had it, and never changes; step n is `migration_NNNN_name.sql`. Tables can be made and
changed in a transaction in both homes, so a step that fails or is killed leaves the store as it was.
"""

import re
from collections.abc import Callable

from core.clock import now
from core.errors import StoreProblem
from core.language import _
from core.store.connection import Connection
from core.store.statements import FOLDER, sql

FIRST = "schema"
PRESENT = "SELECT count(*) > 0 FROM duckdb_tables() WHERE table_name = 'migration' AND NOT internal AND NOT temporary"
APPLIED = "SELECT coalesce(max(number), 0) FROM migration"
VIEWS = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND NOT temporary"


def migrations() -> dict[int, str]:
    """The names of the steps by their number, from 1 and in order."""
    steps = sorted(path.stem for path in FOLDER.glob("migration_*.sql"))
    return {1: FIRST} | {int(name.split("_")[1]): name for name in steps}


def is_current(connection: Connection) -> bool:
    """Whether there is nothing to do here; only reads, so that who starts on a store need not wait for writers."""
    return bool(connection.value(PRESENT)) and connection.value(APPLIED) == max(migrations()) and has_views(connection)


def migrate(connection: Connection, laid_out: Callable[[Connection], None]) -> None:
    """Apply the steps that this store has not seen, then lay the views anew if need be. It must be this process's turn
    to write: then who starts at the same time waits, and finds it done.


    `laid_out` is called when there were any. Raises StoreProblem when the store was written by a newer Straydesk.
    """
    connection.begin()  # what was seen before the turn may be outdated
    connection.run("COMMIT")
    connection.run("CREATE TABLE IF NOT EXISTS migration (number INTEGER, name VARCHAR, applied_at TIMESTAMP)")
    applied, steps = connection.value(APPLIED), migrations()
    if applied > max(steps):
        raise StoreProblem(_("This store was written by a newer Straydesk."), _("Update Straydesk on this machine."))
    for number, name in steps.items():
        if number > applied:
            _whole(connection, sql(name), "INSERT INTO migration VALUES ($number, $name, $at)",
                   number=number, name=name, at=now())  # fmt: skip
    if not has_views(connection):
        _whole(connection, f"{sql('views')};\nDELETE FROM seed WHERE digest LIKE 'views:%'",
               "INSERT INTO seed SELECT 'views:' || md5($text), NULL", text=_text_of_views())  # fmt: skip
    if applied < max(steps):
        laid_out(connection)


def _whole(connection: Connection, script: str, note: str, **parameters: object) -> None:
    """The script and the note that it was run: both or neither."""
    connection.begin()
    try:
        connection.script(script)
        connection.run(note, **parameters)
        connection.run("COMMIT")
    except BaseException:
        connection.roll_back()
        raise


def has_views(connection: Connection) -> bool:
    """Whether the views are those of this version; laying them on every start would make readers writers."""
    named = set(re.findall(r"CREATE OR REPLACE VIEW (\w+)", sql("views")))
    present = {name for (name,) in connection.rows(VIEWS)}
    noted = "SELECT count(*) > 0 FROM seed WHERE digest = 'views:' || md5($text)"
    return named <= present and bool(connection.value(noted, text=_text_of_views()))


def _text_of_views() -> str:
    """A view is bound to the columns of its tables: it is laid anew after each step as well."""
    return f"{sql('views')}-- after step {max(migrations())}"
