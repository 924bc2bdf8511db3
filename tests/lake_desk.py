"""A desk on a lake, whatever home the other tests have; with the clock of this machine, as its snapshots have it."""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.store.extensions import in_memory
from tests import homes
from tests.desk import CONFIGURATION, DeskUnderTest, route
from tests.homes import TABLES, Place
from tests.servers.postgres import shared_postgres
from tests.shell import Done, run

ROOT = Path(__file__).parents[1]
ROUTES = [route("Invoices", "invoices@desk.example")]
_numbers = iter(range(1, 1000))


def lake_desk(folder: Path, monkeypatch: pytest.MonkeyPatch, configuration: str = CONFIGURATION) -> DeskUnderTest:
    """A desk whose store is a lake, with a folder for its data."""
    monkeypatch.setattr(homes, "HOME", "lake")
    return DeskUnderTest(folder, ROUTES, configuration, clock=clock.now())


def empty_lake(data: str | Path) -> Place:
    """The place of a lake that is not there yet: its database is, and is empty."""
    name = f"empty{next(_numbers)}"
    shared_postgres().create(name)
    return Place(shared_postgres().location(name), str(data))


def ran(desk: DeskUnderTest, *arguments: str, environment: dict[str, str] | None = None) -> Done:
    """A verb on this desk."""
    settings = {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), "STRAYDESK_STORE": desk.place.location,
                "STRAYDESK_DATA": desk.place.data, "COLUMNS": "200", "LC_ALL": "C"}  # fmt: skip
    return run(arguments, os.environ | settings | (environment or {}))


def answered(desk: DeskUnderTest, *arguments: str) -> Any:
    """What a verb says as JSON."""
    done = ran(desk, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def catalog_tables(place: Place) -> int:
    """How many tables there are in the database of a lake's catalog: none, if it is empty."""
    with closing(in_memory()) as root:
        root.execute(
            f"ATTACH '{place.location.removeprefix('ducklake:postgres:')}' AS catalog (TYPE postgres, READ_ONLY)"
        )
        found = root.execute("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'public'").fetchone()
    return int(found[0]) if found else 0


def contents(place: Place) -> dict[str, tuple[int, int]]:
    """Rows and a sum over all values of each table."""
    with place.opened().reading() as db:
        names = [name for (name,) in db.rows(TABLES)]
        return {name: db.rows(f'SELECT count(*), sum(hash(t)) FROM "{name}" AS t')[0] for name in names}  # noqa: S608
