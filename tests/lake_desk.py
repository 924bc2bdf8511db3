"""A desk on a lake, whatever home the other tests have; with the clock of this machine, as its snapshots have it."""

import json
import os
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from core import clock
from core.__main__ import main
from core.store.extensions import in_memory
from tests import homes
from tests.desk import CONFIGURATION, DeskUnderTest, route
from tests.homes import Place
from tests.servers.postgres import shared_postgres

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


@dataclass(frozen=True)
class Done:
    """How a verb ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def ran(desk: DeskUnderTest, *arguments: str, environment: dict[str, str] | None = None) -> Done:
    """A verb on this desk, in this process: beginning one takes longer than most verbs."""
    settings = {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), "STRAYDESK_STORE": desk.place.location,
                "STRAYDESK_DATA": desk.place.data, "COLUMNS": "200", "LC_ALL": "C"}  # fmt: skip
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _each in range(2))
    with (
        patch.dict(os.environ, settings | (environment or {})),
        patch.object(sys, "argv", ["core", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Done(code, *said)


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
        names = [name for (name,) in db.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT "
                                             "temporary AND database_name = current_database()")]  # fmt: skip
        return {name: db.rows(f'SELECT count(*), sum(hash(t)) FROM "{name}" AS t')[0] for name in names}  # noqa: S608
