"""The homes that the store of a desk under test lives in: a file, or a lake with a real PostgreSQL as its catalog.

STRAYDESK_TEST_HOME=lake has all tests that use `DeskUnderTest` work on lakes. Laying out the schema takes longer than
most tests, so that the same desk a second time starts from a copy.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

from core.store import Store, open_store
from core.store.lake import forget
from tests.servers.postgres import shared_postgres

HOME = os.environ.get("STRAYDESK_TEST_HOME", "file")
_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """What STRAYDESK_STORE and STRAYDESK_DATA say."""

    location: str
    data: str = ""

    def opened(self) -> Store:
        """The store there."""
        return open_store(self.location, self.data)


def laid_out(folder: Path, key: str, fill: Callable[[Place], object]) -> Place:
    """A store in `folder`, filled by `fill`, or by copying what it once did for the same key."""
    return _lake(folder, key, fill) if HOME == "lake" else _file(folder, key, fill)


def _file(folder: Path, key: str, fill: Callable[[Place], object]) -> Place:
    place = Place(str(folder / "store.duckdb"))
    if key in _files:
        Path(place.location).write_bytes(_files[key])
    else:
        fill(place)
        _files[key] = Path(place.location).read_bytes()
    return place


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
    name, data = f"desk{next(_numbers)}", folder / "lake"
    server.create(name, template=model)
    moved = f"UPDATE ducklake_metadata SET value = '{data}/' WHERE key = 'data_path'"  # noqa: S608
    server.sql(moved, database=name)
    shutil.copytree(files, data)
    return Place(server.location(name), str(data))


@cache
def _models() -> Path:
    return Path(tempfile.mkdtemp(prefix="straydesk-models-"))
