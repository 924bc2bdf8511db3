"""A store is kept quick and small while everybody goes on, and nothing that anybody reads changes by it."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from core.commands.maintain import maintain_on
from core.errors import NotAllowed, StoreProblem
from core.maintaining import CROWDED, SOONEST, foreseen, maintain, maintain_when_due
from core.scope import Desk
from core.store import upkeep
from tests.desk import DeskUnderTest, mail
from tests.homes import Place
from tests.lake_desk import ROOT, answered, contents, empty_lake, lake_desk, ran

WRITER = """
import sys
from core.store import open_store
store = open_store(sys.argv[1], sys.argv[2])
print("begun", flush=True)
for number in range(int(sys.argv[3])):
    added = "INSERT INTO team SELECT 'w' || $n || '-' || i, 'x' FROM range(20) AS t(i)"
    store.change(lambda db: db.run(added, n=number))
    store.change(lambda db: db.run("UPDATE team SET origin = 'y' WHERE name = 'w' || $n || '-0'", n=number))
    store.change(lambda db: db.run("DELETE FROM team WHERE name = 'w' || $n || '-1'", n=number))
    with store.reading() as db:
        assert db.value("SELECT count(*) FROM team WHERE name LIKE 'w%'") == (number + 1) * 19, number
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskUnderTest:
    """A lake that was changed several times, so that small files, rows in the catalog and snapshots lie about."""
    desk = lake_desk(tmp_path, monkeypatch)
    monkeypatch.setattr(upkeep, "INLINED", 3)
    desk.receive(mail(to="invoices@desk.example"), mail(to="ap@desk.example"))
    for number in range(4):
        desk.change("INSERT INTO team SELECT 't' || $n || '-' || i, 'x' FROM range(20) AS t(i)", n=number)
    return desk


def without_runs(place: Place) -> dict[str, tuple[int, int]]:
    return {name: found for name, found in contents(place).items() if name not in ("maintenance_run", "retention_run")}


def later(desk: DeskUnderTest, by: timedelta) -> Desk:
    desk.clock += by
    return desk.desk


def test_small_changes_are_gathered_and_everything_reads_as_before(desk: DeskUnderTest) -> None:
    before = without_runs(desk.place)
    told: list[tuple[str, str]] = []
    done = maintain(desk.acting("ada"), lambda *step: told.append(step))
    assert without_runs(desk.place) == before
    assert done.before and done.after
    assert done.flushed > 0 and done.merged > 0
    assert done.after.current_files < done.before.current_files + len(
        [what for what, _table in told if what == "flushed"]
    )
    assert (done.expired, done.removed, done.orphans) == (0, 0, 0)
    assert done.after.waiting_files > 0, "what was merged may still be read, and waits"
    assert ("merged", "team") in told


def test_what_is_older_than_the_days_kept_is_let_go_and_its_files_a_day_later(desk: DeskUnderTest) -> None:
    maintain(desk.acting("ada"))
    before = without_runs(desk.place)
    later(desk, timedelta(days=31))
    done = maintain(desk.acting("ada"))
    assert done.before and done.after
    assert done.expired >= done.before.snapshots - 1
    assert done.after.snapshots < 20
    assert done.removed > 0 and done.after.waiting_files == 0
    assert len([*Path(desk.place.data).rglob("*.parquet")]) == done.after.files == done.after.current_files
    assert without_runs(desk.place) == before


def test_files_without_an_owner_go_only_when_they_are_old_and_only_if_the_place_is_our_own(
    desk: DeskUnderTest,
) -> None:
    left = Path(desk.place.data) / "main" / "team" / "ducklake-left-by-a-killed-one.parquet"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half a file")
    assert maintain(desk.acting("ada")).orphans == 0
    assert left.exists(), "somebody may just be writing it"
    data = Path(desk.place.data)
    own, marks, other = {*data.rglob("*.parquet")}, {*data.glob("straydesk-*.csv")}, empty_lake(desk.place.data)
    other.opened().change(lambda db: db.run("INSERT INTO team SELECT 't' || i, 'x' FROM range(100) AS t(i)"))
    files = {*data.rglob("*.parquet")} - own
    (others_mark,) = {*data.glob("straydesk-*.csv")} - marks
    later(desk, timedelta(days=2))
    with other.opened().reading() as db, pytest.raises(StoreProblem, match="data of another store"):
        upkeep.remove_orphans(db, desk.clock)
    assert "data of another store" in maintain(desk.acting("ada")).left
    assert files and all(path.exists() for path in {*files, left})
    others_mark.unlink()
    assert maintain(desk.acting("ada")).orphans >= 1
    assert not left.exists()


def test_others_write_and_read_meanwhile_and_nothing_is_lost_or_doubled(desk: DeskUnderTest) -> None:
    rounds = 8
    writer = subprocess.Popen([sys.executable, "-c", WRITER, desk.place.location, desk.place.data, str(rounds)],
                              cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert writer.stdout and writer.stdout.readline() == "begun\n"
    done = [maintain(desk.acting("ada"))]
    while writer.poll() is None:
        done.append(maintain(desk.acting("ada")))
    assert writer.returncode == 0, writer.communicate()[1]
    assert sum(each.flushed + each.merged for each in done) > 0
    assert desk.value("SELECT count(*) FROM team WHERE name LIKE 'w%'") == rounds * 19
    assert desk.value("SELECT count(*) FROM team WHERE origin = 'y'") == rounds


def test_of_several_collectors_one_does_it(desk: DeskUnderTest) -> None:
    desks, found = [desk.opened() for _each in range(3)], []
    begun = threading.Barrier(3)

    def one(own: Desk) -> None:
        begun.wait()
        found.append(maintain_when_due(own))

    threads = [threading.Thread(target=one, args=(own,)) for own in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in found) == 1
    assert desk.value("SELECT count(*) FROM maintenance_run WHERE ended_at IS NOT NULL") == 1
    assert maintain_when_due(desk.desk) is None


def test_all_is_done_daily_and_gathering_hourly_or_when_much_lies_about(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "swollen", lambda _db: [])
    monkeypatch.setattr(upkeep, "scattered", lambda _db: [])

    def whole(after: timedelta) -> bool | None:
        done = maintain_when_due(later(desk, after))
        return done.whole if done else None

    assert whole(timedelta()) is True
    assert whole(SOONEST) is None
    monkeypatch.setattr(upkeep, "crowded", lambda _db: CROWDED)
    assert whole(SOONEST) is False
    monkeypatch.setattr(upkeep, "crowded", lambda _db: 0)
    assert whole(timedelta(hours=1)) is False
    assert whole(timedelta(minutes=59)) is None
    assert whole(timedelta(hours=22)) is True


def test_the_collector_does_it_by_itself_and_ends_between_two_steps(desk: DeskUnderTest) -> None:
    ended = Event()
    keeping = threading.Thread(target=maintain_on, args=(desk.desk, ended))
    keeping.start()
    while not desk.value("SELECT count(*) FROM maintenance_run WHERE ended_at IS NOT NULL"):
        ended.wait(0.2)
    ended.set()
    keeping.join()
    later(desk, timedelta(days=1))
    maintain_on(desk.desk, ended)
    assert desk.value("SELECT count(*) FROM maintenance_run") == 1


def test_the_verb_says_what_it_would_do_and_what_it_did(desk: DeskUnderTest) -> None:
    foretold = answered(desk, "maintain", "--dry-run")
    assert foretold["small_files"] > 1 and foretold["extent"]["files"] > 0
    assert desk.value("SELECT count(*) FROM maintenance_run") == 0
    told = ran(desk, "maintain")
    assert told.returncode == 0, told.stderr
    assert "files merged" in told.stdout and "Before: " in told.stdout and "After: " in told.stdout
    assert answered(desk, "maintain")["before"]["snapshots"] > foretold["extent"]["snapshots"]
    refused = ran(desk, "retention", "--compact")
    assert refused.returncode == 1 and "python -m core maintain" in refused.stderr


def test_only_administrators_maintain(desk: DeskUnderTest) -> None:
    with pytest.raises(NotAllowed):
        maintain(desk.acting("leo"))
    with pytest.raises(NotAllowed):
        foreseen(desk.acting("ana"))


def test_a_file_gets_its_checkpoint_and_collectors_leave_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.homes.HOME", "file")
    desk = DeskUnderTest(tmp_path)
    assert maintain_when_due(desk.desk) is None
    said = ran(desk, "maintain")
    assert said.returncode == 0 and "retention --compact" in said.stdout
    assert "is a file" in ran(desk, "maintain", "--dry-run").stdout
    assert desk.value("SELECT count(*) FROM maintenance_run WHERE snapshots_after IS NULL") == 1
