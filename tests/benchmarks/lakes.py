"""Lakes to measure on, with a real PostgreSQL whose settings are those of a machine that must not lose anything."""

import atexit
import gc
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

from core.clock import now
from core.configuration import load
from core.seeding import seed
from core.store import Connection
from core.store.lake import forget
from tests.benchmarks.desks import written_desk
from tests.homes import Place
from tests.real_mail import REPOSITORY
from tests.servers.postgres import Postgres, RunningPostgres

PORT, FOLDER = "STRAYDESK_BENCH_POSTGRES", "STRAYDESK_BENCH_LAKES"
SETTINGS = {"max_connections": "100", "shared_buffers": "256MB", "listen_addresses": "127.0.0.1"}
TABLES = """
SELECT table_name, string_agg('"' || column_name || '"', ', ' ORDER BY column_index)
FROM duckdb_columns() WHERE database_name = 'made' AND NOT internal
  AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE database_name = 'made') AND table_name <> 'migration'
GROUP BY table_name ORDER BY table_name
"""
LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
MOVE = "UPDATE ducklake_metadata SET value = '{data}/' WHERE key = 'data_path'"


@dataclass
class Lakes:
    """Lakes whose catalogs are databases of one server, with their data below `folder`."""

    server: RunningPostgres
    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def place(self, name: str) -> tuple[Place, bool]:
        """The lake of a name, and whether it is whole."""
        return self._place(name), self._whole(name).exists()

    def seconds(self, place: Place) -> float:
        """What filling it took."""
        return float(self._whole(Path(place.data).name).read_text())

    def fill(self, place: Place, source: Path) -> float:
        """A lake with all that a file holds; in how many seconds."""
        began = time.perf_counter()
        name = Path(place.data).name
        self.server.create(name)
        store = place.opened()
        folder = Path(mkdtemp(dir=self.folder))
        seed(store, load(written_desk(folder)), now())
        store.change(lambda db: _pour(db, source))
        del store
        _let_go(place)
        took = time.perf_counter() - began
        self._whole(name).write_text(str(took))
        return took

    @contextmanager
    def copy(self, place: Place) -> Iterator[Place]:
        """The same content once more, to write to: data files never change, so that a second name for each will do."""
        _let_go(place)
        name = f"copy{os.getpid()}_{next(self._numbers)}"
        self.server.sql(LEAVE.format(name=Path(place.data).name))
        self.server.create(name, template=Path(place.data).name)
        copied = self._place(name)
        self.server.sql(MOVE.format(data=copied.data), database=name)
        shutil.copytree(place.data, copied.data, copy_function=os.link)
        try:
            yield copied
        finally:
            self._drop(copied)

    @contextmanager
    def empty(self) -> Iterator[Place]:
        """A lake with nothing in it, gone in the end."""
        place = self._place(f"empty{os.getpid()}_{next(self._numbers)}")
        self.server.create(Path(place.data).name)
        try:
            yield place
        finally:
            self._drop(place)

    def _place(self, name: str) -> Place:
        return Place(self.server.location(name), str(self.folder / name))

    def _whole(self, name: str) -> Path:
        return self.folder / f"{name}.whole"

    def _drop(self, place: Place) -> None:
        _let_go(place)
        self.server.sql(f"DROP DATABASE {Path(place.data).name} WITH (FORCE)")
        shutil.rmtree(place.data, ignore_errors=True)


@cache
def lakes() -> Lakes:
    """The lakes of this run of the benchmarks, or of this process where it runs alone."""
    if PORT in os.environ:
        return Lakes(RunningPostgres(int(os.environ[PORT])), Path(os.environ[FOLDER]))
    server, folder = started()
    atexit.register(ended, server, folder)
    return Lakes(server, folder)


def started() -> tuple[Postgres, Path]:
    """A server of its own, and a folder for the data of its lakes."""
    below = REPOSITORY / "data" / "benchmarks"
    below.mkdir(parents=True, exist_ok=True)
    server = Postgres(Path(mkdtemp(prefix="straydesk-postgres-")), SETTINGS)  # where its user may go
    server.start()
    return server, Path(mkdtemp(prefix="lakes-", dir=below))


def ended(server: Postgres, folder: Path) -> None:
    """Both are gone."""
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(server.folder, ignore_errors=True)


def environment(server: Postgres, folder: Path) -> Mapping[str, str]:
    """What tells another process of them."""
    return {PORT: str(server.port), FOLDER: str(folder)}


def _pour(db: Connection, source: Path) -> None:
    db.script(f"ATTACH '{source}' AS made (READ_ONLY)")
    tables = db.rows(TABLES)
    for table, columns in tables:
        db.run(f'DELETE FROM "{table}"')  # noqa: S608
        db.run(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM made."{table}"')  # noqa: S608


def _let_go(place: Place) -> None:
    """No connection of this process to the lake's catalog any more."""
    forget(place.location, place.data)
    gc.collect()
