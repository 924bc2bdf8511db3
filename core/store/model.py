"""A store without rows, to ask what its tables and views are made of."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache

import duckdb

from core.store.connection import Connection
from core.store.schema import migrate
from core.store.statements import sql

TABLES = """
SELECT table_name, column_name, data_type FROM duckdb_columns()
WHERE database_name = 'memory' AND NOT internal AND table_name IN (SELECT table_name FROM duckdb_tables())
ORDER BY table_name, column_index
"""


@cache
def columns_of_tables() -> Mapping[str, Mapping[str, str]]:
    """The tables of the store by name: their columns with their SQL types, in order."""
    found: dict[str, dict[str, str]] = {}
    with _model() as raw:
        for table, column, kind in Connection(raw).rows(TABLES):
            found.setdefault(table, {})[column] = kind
    return found


@cache
def columns_of_macros(name: str, *macros: str) -> Mapping[str, Mapping[str, str]]:
    """The same of table macros (own, moment) that `core/sql/<name>.sql` makes."""
    with _model() as raw:
        connection = Connection(raw)
        connection.script(sql(name))
        given = {"own": [""], "moment": datetime.min}
        asked = "SELECT * FROM {macro}($own::VARCHAR[], $moment::TIMESTAMP) LIMIT 0"
        return {macro: connection.columns(asked.format(macro=macro), **given) for macro in macros}


def _model() -> duckdb.DuckDBPyConnection:
    raw = duckdb.connect(":memory:")
    migrate(Connection(raw), lambda _laid_out: None)
    return raw
