"""Migrations: stores of every release reach today's schema, in both homes, once, whole or not at all."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.store import Connection, Store, open_store, schema, sql
from core.store.lake import forget
from core.store.schema import migrations
from tests.homes import Place, with_others
from tests.releases import VIEWS, freeze, lay_out, released, steps_of
from tests.servers.postgres import shared_postgres

pytestmark = with_others

REPOSITORY = Path(__file__).parent.parent
HOMES = ("file", "lake")
COLUMNS = """
SELECT table_name, column_name, data_type FROM duckdb_columns()
WHERE NOT internal AND database_name = current_database() ORDER BY table_name, column_index
"""
DEFINITIONS = "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal AND NOT temporary ORDER BY 1"
TABLES = """
SELECT table_name, list(column_name ORDER BY column_index), list(data_type ORDER BY column_index) FROM duckdb_columns()
WHERE NOT internal AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary)
  AND database_name = current_database() AND table_name <> 'migration'
GROUP BY table_name
"""
VALUES = {"VARCHAR": "'Ünï → €'", "UUID": "'0199c2f4-7d1e-7b3a-9c55-2f0a6d1e8b42'::UUID", "BOOLEAN": "true",
          "TIMESTAMP": "'2025-03-03 09:00:00.123456'::TIMESTAMP", "DATE": "'2025-03-03'::DATE",
          "BLOB": "'\\x00\\xFF'::BLOB",
          "INTEGER": "7", "BIGINT": "9000000000000", "UBIGINT": "18000000000000000000", "DOUBLE": "1.5",
          "VARCHAR[]": "['a', 'ß']", "UUID[]": "['0199c2f4-7d1e-7b3a-9c55-2f0a6d1e8b42'::UUID]"}  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """Empty places for stores, by home."""
    with ExitStack() as after:

        def place(home: str) -> Place:
            number = sum(1 for _path in tmp_path.iterdir())
            folder = tmp_path / f"store{number}"
            folder.mkdir()
            if home == "file":
                return Place(str(folder / "store.duckdb"))
            name = f"migrated_{abs(hash(str(folder)))}"
            shared_postgres().create(name)
            made = Place(shared_postgres().location(name), str(folder))
            after.callback(forget, made.location, made.data)
            return made

        yield place


def asked(store: Store, statement: str) -> list[tuple[Any, ...]]:
    """Without bringing the store up to date."""
    with store._home.connection() as db:
        return db.rows(statement)


def opened(place: Place) -> Store:
    store = place.opened()
    with store.reading():
        return store


def fill(db: Connection) -> dict[str, tuple[str, list[tuple[Any, ...]]]]:
    """A row into every table; answers how to read each table's columns of now, and what it holds."""
    held = {}
    db.begin()
    for table, columns, types in db.rows(TABLES):
        db.run(f'INSERT INTO "{table}" VALUES ({", ".join(VALUES[kind] for kind in types)})')  # noqa: S608
        named = ", ".join(f'"{column}"' for column in columns)
        reading = f'SELECT {named} FROM "{table}"'  # noqa: S608
        held[table] = reading, db.rows(reading)
    db.run("COMMIT")
    return held


def applied(store: Store) -> dict[int, str]:
    return dict(asked(store, "SELECT number, name FROM migration ORDER BY number"))


def add_step(monkeypatch: pytest.MonkeyPatch, text: str) -> int:
    """One more migration than there is; answers its number."""
    number = max(migrations()) + 1
    steps = migrations() | {number: "of_a_test"}
    monkeypatch.setattr(schema, "migrations", lambda: steps)
    monkeypatch.setattr(schema, "sql", lambda name: text if name == "of_a_test" else sql(name))
    return number


def test_steps_are_numbered_without_a_gap_or_a_double() -> None:
    assert list(migrations()) == list(range(1, len(migrations()) + 1))
    assert len(migrations()) == 1 + len([*(REPOSITORY / "core" / "sql").glob("migration_*.sql")])


@pytest.mark.parametrize("version", released())
def test_the_steps_of_a_release_are_never_changed(version: str) -> None:
    frozen = {name: text for name, text in steps_of(version).items() if name != VIEWS}
    assert frozen == {name: sql(name) for name in list(migrations().values())[: len(frozen)]}


def test_a_release_is_frozen_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.releases.FOLDER", tmp_path)
    freeze("9.9.9")
    assert {name: text for name, text in steps_of("9.9.9").items() if name != VIEWS} == {
        name: sql(name) for name in migrations().values()
    }
    with pytest.raises(FileExistsError):
        freeze("9.9.9")


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("version", released())
def test_a_store_of_each_release_becomes_what_a_new_one_is_and_keeps_its_rows(
    places: Callable[[str], Place], home: str, version: str
) -> None:
    old = places(home)
    lay_out(old.opened(), version)
    with old.opened()._home.connection() as db:
        held = fill(db)
    assert len(held) > 30
    migrated, fresh = opened(old), opened(places(home))
    assert asked(migrated, COLUMNS) == asked(fresh, COLUMNS)
    assert asked(migrated, DEFINITIONS) == asked(fresh, DEFINITIONS)
    assert applied(migrated) == applied(fresh) == migrations()
    for table, (reading, rows) in held.items():
        present = asked(migrated, reading)
        assert all(row in present for row in rows if not str(row[0]).startswith("views:")), table


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("fails", ["SELECT nothing_of_the_kind FROM team", "SELECT error('in the middle')"])
def test_a_step_that_fails_leaves_the_store_as_it_was(
    places: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch, home: str, fails: str
) -> None:
    place = places(home)
    store = opened(place)
    before = asked(store, COLUMNS), applied(store), asked(store, "FROM counter ORDER BY ALL")
    step = "CREATE TABLE half (a INTEGER); INSERT INTO half VALUES (1); ALTER TABLE team ADD COLUMN more INTEGER;"
    step += "UPDATE counter SET value = value + 1; DROP TABLE residue;"
    with monkeypatch.context() as broken:
        add_step(broken, f"{step}{fails}")
        for _time in range(2):
            with pytest.raises(duckdb.Error):
                opened(place)
    assert (asked(store, COLUMNS), applied(store), asked(store, "FROM counter ORDER BY ALL")) == before
    number = add_step(monkeypatch, step)
    assert max(applied(opened(place))) == number
    assert asked(store, "FROM half") == [(1,)]


SLOW = "CREATE TABLE half AS SELECT sum(hash(a, b)) AS many FROM range(150) AS x (a), range(100_000) AS y (b)"
STARTING = """
import sys, time
from core.store import open_store, schema, sql
steps = schema.migrations() | {len(schema.migrations()) + 1: "of_a_test"}
schema.migrations = lambda: steps
schema.sql = lambda name: sys.argv[3] if name == "of_a_test" else sql(name)
store = open_store(sys.argv[1], sys.argv[2])
print("begun", flush=True)
with store.reading() as db:
    print(db.value("SELECT count(*) FROM half"), flush=True)
"""


def starting(place: Place, step: str) -> "subprocess.Popen[str]":
    """A process that starts on a store with one more step than there is."""
    return subprocess.Popen([sys.executable, "-c", STARTING, place.location, place.data, step], cwd=REPOSITORY,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


@pytest.mark.parametrize("home", HOMES)
def test_processes_that_start_at_once_wait_for_the_one_that_migrates(places: Callable[[str], Place], home: str) -> None:
    place = places(home)
    lay_out(place.opened(), "0.1.0")
    forget(place.location, place.data) if home == "lake" else None
    running = [starting(place, SLOW) for _process in range(3)]
    ended = [each.communicate(timeout=120) for each in running]
    assert [(said.split()[-1], error) for said, error in ended] == [("1", "")] * 3
    assert len(applied(place.opened())) == len(migrations()) + 1


@pytest.mark.parametrize("home", HOMES)
def test_a_process_killed_while_it_migrates_leaves_the_store_as_it_was(
    places: Callable[[str], Place], home: str
) -> None:
    place = places(home)
    before = asked(opened(place), COLUMNS)
    forget(place.location, place.data) if home == "lake" else None
    killed = starting(place, SLOW.replace("150", "30_000_000"))
    assert killed.stdout and killed.stdout.readline() == "begun\n"
    with pytest.raises(subprocess.TimeoutExpired):
        killed.communicate(timeout=2)
    killed.kill()
    killed.communicate()
    store = open_store(place.location, place.data)
    assert asked(opened(place), COLUMNS) == before and applied(store) == migrations()


READING = """
import sys
from core.store import open_store
with open_store(sys.argv[1], sys.argv[2]).reading() as db:
    print(db.value("SELECT count(*) FROM migration"))
"""


def test_who_starts_on_a_shared_store_that_is_up_to_date_does_not_wait_for_writers(
    places: Callable[[str], Place],
) -> None:
    place = places("lake")
    with opened(place)._home.writing():
        started = subprocess.run([sys.executable, "-c", READING, place.location, place.data], cwd=REPOSITORY,
                                 capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    assert started.stdout == f"{len(migrations())}\n"
