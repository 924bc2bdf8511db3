"""How a thread reads a lake, that of today and that of the past: one connection at a time, all of it at one moment."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from core.store.connection import Connection


class OneEach:
    """One connection for each thread."""

    def __init__(self) -> None:
        self._threads = threading.local()

    @contextmanager
    def connection(self, made: Callable[[], duckdb.DuckDBPyConnection]) -> Iterator[Connection]:
        """The connection that `made` opens; inside another one of the same thread it is that one."""
        held: Connection | None = getattr(self._threads, "held", None)
        if held is not None:
            yield held
            return
        self._threads.held = connection = Connection(made())
        try:
            # Each transaction asks the catalog anew for what it knows of each table: one for all reads is quicker.
            connection.see_one_moment()
            yield connection
        finally:
            self._threads.held = None
            connection.close()
