"""What the catalog of a lake is given beside the tables, so that it is asked little and answers quickly."""

from core.store.connection import Connection
from core.store.statements import quoted
from core.store.turns import NAME as TURNS

# DuckLake attaches the catalog beside the lake, under the lake's name.
WITHOUT_STATISTICS = """
SELECT table_name FROM __ducklake_metadata_desk.ducklake_table
WHERE end_snapshot IS NULL AND table_id NOT IN (SELECT table_id FROM __ducklake_metadata_desk.ducklake_table_stats)
"""
# What DuckLake asks for again and again, of tables that grow with each file; it makes no indexes by itself.
INDEXES = [
    f"CREATE INDEX IF NOT EXISTS straydesk_{name} ON ducklake_{name} ({columns})"
    for name, columns in {
        "file_column_stats": "table_id, column_id",
        "data_file": "table_id",
        "delete_file": "table_id",
    }.items()
]


def furnish(connection: Connection) -> None:
    """See to it that the catalog has statistics of each table: of one without, every mention asks for them anew.

    They come with the first row. One without values goes in and out in one transaction, so that nobody sees it.
    """
    connection.begin()
    for (name,) in connection.rows(WITHOUT_STATISTICS):
        connection.run(f'INSERT INTO "{name}" DEFAULT VALUES')
        connection.run(f'DELETE FROM "{name}"')  # noqa: S608
    connection.run("COMMIT")
    for each in INDEXES:
        connection.run(f"CALL postgres_execute({quoted(TURNS)}, {quoted(each)})")
