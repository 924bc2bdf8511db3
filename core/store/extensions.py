"""A DuckDB in memory with what a shared store needs: nothing of it is downloaded, and nothing installs itself."""

import duckdb
import duckdb_extensions

EXTENSIONS = ("postgres", "ducklake", "httpfs")
OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
}


def in_memory() -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own, to attach lakes and files in."""
    made = duckdb.connect(":memory:", config=OPTIONS)
    for each in EXTENSIONS:
        duckdb_extensions.import_extension(each, con=made)
        made.execute(f"LOAD {each}")
    return made
