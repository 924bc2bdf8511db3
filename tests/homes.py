"""The homes that the store of a desk under test lives in: a file, or a lake with a real PostgreSQL as its catalog.

STRAYDESK_TEST_HOME=lake has all tests that use `DeskUnderTest` work on lakes. Laying out the schema takes longer than
most tests, so that the same desk a second time starts from a copy.
"""

import gc
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from core.store import Store, open_store
from core.store.file import FileHome
from core.store.lake import forget
from tests.servers.postgres import shared_postgres

HOME = os.environ.get("STRAYDESK_TEST_HOME", "file")
# For tests of what only the file has: its lock, its bytes, its room on the disk.
of_the_file = pytest.mark.skipif(HOME != "file", reason="about a DuckDB file")
# For tests in which others open the stores, or the file itself is looked at; see kept_at_hand.
with_others = pytest.mark.with_others
# Those of the store that a connection is about; a lake has PostgreSQL's beside them.
TABLES = ("SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND database_name = current_database() "
          "AND schema_name = current_schema()")  # fmt: skip
AT_ONCE = 8  # each has connections to PostgreSQL and a DuckDB of its own
_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """What STRAYDESK_STORE and STRAYDESK_DATA say."""

    location: str
    data: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The two as other programs are told."""
        return {"STRAYDESK_STORE": self.location, "STRAYDESK_DATA": self.data}

    def opened(self) -> Store:
        """The store there."""
        return open_store(self.location, self.data)


def laid_out(folder: Path, key: str, fill: Callable[[Place], object]) -> Place:
    """A store in `folder`, filled by `fill`, or by copying what it once did for the same key."""
    return _remembered(folder, _lake(folder, key, fill) if HOME == "lake" else _file(folder, key, fill))


def place_in(folder: Path) -> Place:
    """Where the store of the desk in this folder is."""
    return _places.get(folder, Place(str(folder / "store.duckdb")))


@contextmanager
def kept_at_hand() -> Iterator[None]:
    """In here, a file that was opened stays open beside whoever works with it, who then opens it in no time.

    That is a third of what most tests take; no other process can open such a file.
    """
    kept: dict[Path, duckdb.DuckDBPyConnection] = {}
    connect = FileHome._connect

    def keeping(home: FileHome) -> duckdb.DuckDBPyConnection:
        connection = connect(home)
        if home.path not in kept:
            kept[home.path] = connect(home)
        return connection

    with patch.object(FileHome, "_connect", keeping):
        try:
            yield
        finally:
            for each in kept.values():
                each.close()


def copied(folder: Path, target: Path) -> Path:
    """A whole desk in another folder; of one on a lake that no process works with any more."""
    shutil.copytree(folder, target)
    if HOME == "lake":
        place = place_in(folder)
        forget(place.location, place.data)
        gc.collect()
        database = place.location.split("dbname=")[1].split()[0]
        _remembered(target, _copied_lake(database, target / "lake"))
    return target


def _remembered(folder: Path, place: Place) -> Place:
    """The last few lakes stay attached; who uses an older one again attaches it again."""
    _places[folder] = place
    if HOME == "lake":
        _recent.append(place)
        if len(_recent) > AT_ONCE:
            oldest = _recent.popleft()
            forget(oldest.location, oldest.data)
    return place


def _file(folder: Path, key: str, fill: Callable[[Place], object]) -> Place:
    place = Place(str(folder / "store.duckdb"))
    if key in _files:
        Path(place.location).write_bytes(_files[key])
    else:
        fill(place)
        _files[key] = Path(place.location).read_bytes()
    return place


_places: dict[Path, Place] = {}
_recent: deque[Place] = deque()
_files: dict[str, bytes] = {}
_lakes: dict[str, tuple[str, Path]] = {}


def _lake(folder: Path, key: str, fill: Callable[[Place], object]) -> Place:
    server = shared_postgres()
    if key not in _lakes:
        first = f"model{next(_numbers)}"
        data = _models() / first
        server.create(first)
        fill(Place(server.location(first), str(data)))
        forget(server.location(first), str(data))
        gc.collect()  # so that nobody is connected to it any more, and it can be copied
        data.mkdir(exist_ok=True)
        _lakes[key] = first, data
    model, files = _lakes[key]
    shutil.copytree(files, folder / "lake")
    return _copied_lake(model, folder / "lake")


def _copied_lake(database: str, data: Path) -> Place:
    """A lake with another one's catalog, and its data in this folder."""
    server = shared_postgres()
    name = f"desk{next(_numbers)}"
    server.create(name, template=database)
    moved = f"UPDATE ducklake_metadata SET value = '{data}/' WHERE key = 'data_path'"  # noqa: S608
    server.sql(moved, database=name)
    return Place(server.location(name), str(data))


@cache
def _models() -> Path:
    return Path(tempfile.mkdtemp(prefix="straydesk-models-"))
