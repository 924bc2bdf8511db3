"""A DuckDB in memory with what a shared store needs: nothing of it is downloaded, and nothing installs itself."""

from pathlib import Path

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
    # Of services that have no HOME the system knows the home all the same; DuckDB keeps extensions there.
    made = duckdb.connect(":memory:", config=OPTIONS | {"home_directory": str(Path.home())})
    for each in EXTENSIONS:
        duckdb_extensions.import_extension(each, con=made)
        made.execute(f"LOAD {each}")
    return made
