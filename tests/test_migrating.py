"""A desk moves from one home of the store to another and back: all of it or nothing, and nobody serves half of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.acting import create
from core.backup import backup
from core.errors import InvalidInput, StoreProblem
from core.leases import Lease
from core.migrating import migrate_store
from core.restoring import restore_into_lake
from core.store import open_store
from core.store.moving import DESK
from tests.desk import AP, INVOICES, DeskUnderTest, mail
from tests.homes import Place, with_others
from tests.lake_desk import ROOT, ROUTES, catalog_tables, contents, empty_lake, lake_desk, ran

pytestmark = with_others

SLOWLY = """
import sys, time
from core.store import moving, open_store
copied = moving._Move._copy
def slowly(self, name, columns):
    copied(self, name, columns)
    if name == "message":
        print("half", flush=True)
        time.sleep(600)
moving._Move._copy = slowly
from core.migrating import migrate_store
migrate_store(open_store(sys.argv[1]), sys.argv[2], sys.argv[3])
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskUnderTest:
    """A desk on a file, with mail of every kind: routed, waiting, with odd bytes, with files, acted on."""
    monkeypatch.setattr("tests.homes.HOME", "file")
    desk = DeskUnderTest(tmp_path, ROUTES)
    first, _second, _third = desk.receive(mail(to="ap@desk.example", attached=["a.pdf", "b.pdf"]),
                                          mail(to="invoices@desk.example", html="<b>ñ</b>", subject="Fâctura ☃ €"),
                                          b"no mail at all \xff\x00\xfe")  # fmt: skip
    create(desk.acting("ana"), {first: 1}, INVOICES)
    return desk


def test_a_desk_moves_to_a_lake_and_back_and_is_the_same(desk: DeskUnderTest, tmp_path: Path) -> None:
    lake, back = empty_lake(tmp_path / "data"), tmp_path / "back.duckdb"
    before, told = contents(desk.place), []
    moved = migrate_store(desk.desk.store, lake.location, lake.data, lambda *step: told.append(step))
    assert contents(lake) == before
    assert moved.tables == {name: count for name, (count, _sum) in before.items()}
    assert told[-1] == (moved.rows, moved.rows)
    migrate_store(lake.opened(), str(back))
    assert contents(Place(str(back))) == before
    assert desk.opened(lake).operator().mailboxes == desk.desk.operator().mailboxes
    assert contents(lake) == before, "a program that begins to serve it has nothing to seed"


def test_what_holds_a_desk_already_is_refused_and_so_is_a_place_without_one(
    desk: DeskUnderTest, tmp_path: Path
) -> None:
    lake, empty = empty_lake(tmp_path / "data"), empty_lake(tmp_path / "nothing")
    migrate_store(desk.desk.store, lake.location, lake.data)
    before = contents(lake)
    with pytest.raises(InvalidInput, match="There is a desk at"):
        migrate_store(desk.desk.store, lake.location, lake.data)
    with pytest.raises(InvalidInput, match="There is a store at"):
        migrate_store(lake.opened(), str(desk.store_path))
    assert contents(lake) == before
    for nowhere in (empty.opened(), open_store(tmp_path / "none.duckdb")):
        with pytest.raises(InvalidInput, match="There is no desk at"):
            migrate_store(nowhere, str(tmp_path / "new.duckdb"))
    assert not list(tmp_path.glob("none*")) + list(tmp_path.glob("new*"))
    assert not catalog_tables(empty)


def test_what_was_being_collected_where_it_comes_from_is_free_where_it_arrives(
    desk: DeskUnderTest, tmp_path: Path
) -> None:
    lake, back = empty_lake(tmp_path / "data"), tmp_path / "back.duckdb"
    lease = Lease(desk.desk.store, AP, 600)
    lease.take()
    migrate_store(desk.desk.store, lake.location, lake.data)
    migrate_store(desk.desk.store, str(back))
    for place, leases in ((desk.place, 1), (lake, 0), (Place(str(back)), 0)):
        with place.opened().reading() as db:
            assert db.value("SELECT count(*) FROM lease") == leases
    lease.release()


def test_one_that_was_killed_is_no_desk_and_is_begun_again(desk: DeskUnderTest, tmp_path: Path) -> None:
    lake = empty_lake(tmp_path / "data")
    before = contents(desk.place)
    for target, data in ((lake.location, lake.data), (str(tmp_path / "copy.duckdb"), "")):
        process = subprocess.Popen([sys.executable, "-c", SLOWLY, str(desk.store_path), target, data],
                                   cwd=ROOT, stdout=subprocess.PIPE, text=True)  # fmt: skip
        assert process.stdout and process.stdout.readline() == "half\n"
        process.kill()
        process.wait()
    assert not (tmp_path / "copy.duckdb").exists()
    with lake.opened().reading() as db:
        assert not any(db.value(f"SELECT count(*) FROM {name}") for name in DESK)  # noqa: S608
    migrate_store(desk.desk.store, lake.location, lake.data)
    migrate_store(desk.desk.store, str(tmp_path / "copy.duckdb"))
    assert contents(lake) == contents(Place(str(tmp_path / "copy.duckdb"))) == before


def test_what_did_not_arrive_as_it_was_is_not_kept(
    desk: DeskUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = empty_lake(tmp_path / "data")
    desk.change("CREATE TABLE notes_of_mine (text VARCHAR)")
    with pytest.raises(StoreProblem, match="notes_of_mine"):
        migrate_store(desk.desk.store, lake.location, lake.data)
    desk.change("DROP TABLE notes_of_mine")
    monkeypatch.setattr("core.store.moving.COPY", "INSERT INTO {to} ({columns}) SELECT {columns} FROM {of} LIMIT 1")
    with pytest.raises(StoreProblem, match="did not arrive as it was"):
        migrate_store(desk.desk.store, lake.location, lake.data)
    monkeypatch.undo()
    migrate_store(desk.desk.store, lake.location, lake.data)
    assert contents(lake) == contents(desk.place)


def test_the_verb_says_what_to_set_from_now_on(desk: DeskUnderTest, tmp_path: Path) -> None:
    lake = empty_lake(tmp_path / "data")
    done = ran(desk, "migrate-store", str(desk.store_path), lake.location, "--to-data", lake.data)
    assert done.returncode == 0, done.stderr
    assert f'STRAYDESK_STORE="{lake.location}"' in done.stdout and f'STRAYDESK_DATA="{lake.data}"' in done.stdout
    set_so = {"STRAYDESK_STORE": lake.location, "STRAYDESK_DATA": lake.data}
    assert "Fâctura" not in (said := ran(desk, "queue", environment=set_so).stdout) and "of 1 waiting" in said
    refused = ran(desk, "migrate-store", lake.location, str(desk.store_path), "--from-data", lake.data)
    assert (refused.returncode, refused.stdout) == (1, "") and "There is a store at" in refused.stderr


def test_a_lake_is_backed_up_and_restored_into_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = lake_desk(tmp_path, monkeypatch)
    desk.receive(mail(to="ap@desk.example"), mail(to="invoices@desk.example"))
    made = backup(desk.acting("ada"), tmp_path / "backup")
    before = contents(desk.place)
    assert made.tables == {name: count for name, (count, _sum) in before.items()}
    assert (made.mails_hashed, made.mails_different) == (2, 0)
    lake = empty_lake(tmp_path / "data")
    assert restore_into_lake(made.path, lake.location, lake.data).made_at == desk.clock
    assert contents(lake) == before
    refused = ran(desk, "restore-backup", str(made.path), "--force")
    assert refused.returncode == 1 and "There is a desk at" in refused.stderr
    assert contents(desk.place) == before


def test_status_is_checked_on_a_lake_and_looking_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = lake_desk(tmp_path, monkeypatch)
    desk.collect()
    said = ran(desk, "status", "--check")
    assert said.returncode == 0, said.stderr
    empty = empty_lake(tmp_path / "nothing")
    nowhere = ran(desk, "status", "--check", environment={"STRAYDESK_STORE": empty.location})
    assert nowhere.returncode == 1 and "There is no store at" in nowhere.stderr
    assert not catalog_tables(empty)
