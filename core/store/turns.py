"""Whose turn it is to write, across machines: a lock in PostgreSQL that ends with the connection that holds it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from core.store.lake_address import LakeAddress
from core.store.statements import quoted

NAME = "turns"
KEY = 0x57A1DE5C  # of Straydesk among the advisory locks of a database
WAIT = "60s"  # for one's turn
TAKE = f"SELECT set_config('lock_timeout', '{WAIT}', true), pg_advisory_xact_lock({KEY})::VARCHAR"

CLOCK = f"FROM postgres_query('{NAME}', 'SELECT clock_timestamp() AT TIME ZONE ''UTC''')"  # naive UTC


class Turns:
    """Turns at writing; the threads of a process among themselves first, then this process among the others."""

    def __init__(self, root: duckdb.DuckDBPyConnection, address: LakeAddress) -> None:
        self._here = threading.RLock()
        self._depth = 0
        root.execute(f"ATTACH {quoted(address.connection)} AS {NAME} (TYPE postgres)")
        self._connection = root.cursor()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """In here nobody else writes. Raises duckdb.Error."""
        with self._here:
            if not self._depth:
                self._take()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    self._give_back()

    def _take(self) -> None:
        self._connection.execute("BEGIN TRANSACTION")
        try:
            self._connection.execute(f"FROM postgres_query('{NAME}', {quoted(TAKE)})").fetchall()
        except duckdb.Error:
            self._give_back()
            raise

    def _give_back(self) -> None:
        with suppress(duckdb.Error):  # the connection is lost, and the turn with it
            self._connection.execute("ROLLBACK")
