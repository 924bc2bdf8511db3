"""The store as processes and threads share it: whole changes or none, short waits, and sentences when it can't be."""

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
import tenacity

from core.errors import StoreBusy, StoreProblem
from core.scope import open_desk
from core.store import Connection, Store, file, lingering, open_store, sql
from core.store.schema import migrations
from core.store.waiting import patiently
from tests.desk import DeskUnderTest, mail, route
from tests.homes import of_the_file, with_others

pytestmark = [with_others, of_the_file]

REPOSITORY = Path(__file__).parent.parent
HOLDER = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""
COUNTER = "SELECT value FROM counter WHERE name = 'work_item'"
COUNT = "UPDATE counter SET value = value + 1 WHERE name = 'work_item'"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


@pytest.fixture
def store(path: Path) -> Store:
    made = open_store(path)
    with made.reading() as db:
        assert db.value(COUNTER) == 0
    return made


def value(store: Store) -> int:
    with store.reading() as db:
        return int(db.value(COUNTER))


def count(db: Connection) -> int:
    return db.run(COUNT)


def holding(path: Path, seconds: float) -> "subprocess.Popen[str]":
    """Another process that has the file open."""
    other = subprocess.Popen([sys.executable, "-c", HOLDER, str(path), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert other.stdout and other.stdout.readline() == "held\n"
    return other


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.file.patiently", patiently.copy(stop=tenacity.stop_after_delay(0.3)))


# Waiting for others


def test_a_file_that_another_process_holds_is_waited_for(store: Store, path: Path) -> None:
    other = holding(path, 0.5)
    started = time.monotonic()
    assert store.change(count) == 1
    assert 0.1 < time.monotonic() - started < 5
    other.wait()


@pytest.mark.usefixtures("impatient")
def test_a_file_that_stays_held_gives_a_sentence_and_something_to_do(store: Store, path: Path) -> None:
    other = holding(path, 30)
    try:
        with pytest.raises(StoreBusy, match="held by another program.*Close what has .* open for long") as caught:
            value(store)
        assert isinstance(caught.value.__cause__, tenacity.RetryError)
    finally:
        other.kill()
        other.wait()
    assert value(store) == 0


def test_a_folder_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(StoreProblem, match="folder of the store does not exist.*STRAYDESK_STORE") as caught:
        value(open_store(tmp_path / "lock" / "missing" / "store.duckdb"))
    assert not isinstance(caught.value, StoreBusy)
    assert time.monotonic() - started < 1


def test_a_file_that_is_no_store_is_said_at_once(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 something else" * 1000)
    started = time.monotonic()
    with pytest.raises(StoreProblem, match="can't be opened"):
        value(open_store(path))
    assert time.monotonic() - started < 2


def test_a_folder_in_place_of_the_store_is_said_at_once_whatever_it_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "lock could not set"
    folder.mkdir()
    started = time.monotonic()
    with pytest.raises(StoreProblem, match="can't be opened") as caught:
        value(open_store(folder))
    assert not isinstance(caught.value, StoreBusy)
    assert time.monotonic() - started < 2


PERSON = """
import sys, time
from pathlib import Path
from core.store import open_store
store = open_store(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
with store.reading() as db:
    print(db.value("SELECT value FROM counter WHERE name = 'work_item'"), flush=True)
"""


def test_a_writer_in_the_background_goes_on_at_once_where_nobody_had_to_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "REST", 1.0)
    store.change(lambda db: time.sleep(1), background=True)
    started = time.monotonic()
    assert value(store) == 0
    assert store.change(count, background=True) == 1
    assert time.monotonic() - started < 0.8


def test_a_writer_in_the_background_rests_as_long_as_it_held_the_file_where_somebody_had_to_wait(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "REST", 1.0)
    person = subprocess.Popen([sys.executable, "-c", PERSON, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True, cwd=REPOSITORY, env={"PYTHONPATH": str(REPOSITORY)})  # fmt: skip
    assert person.stdin and person.stdout and person.stdout.readline() == "ready\n"

    def held(db: Connection) -> None:
        assert person.stdin
        person.stdin.write("\n")
        person.stdin.flush()
        time.sleep(1)

    store.change(held, background=True)
    started = time.monotonic()
    assert store.change(count, background=True) == 1
    assert time.monotonic() - started > 0.9
    assert person.communicate(timeout=20)[0] == "0\n"  # it was let in before


def test_work_in_the_background_that_waits_for_long_says_so_like_a_person(store: Store, path: Path) -> None:
    waited = path.with_name(path.name + ".waited")
    for seconds, told in ((0.3, False), (file.STARVED + 1, True)):
        other = holding(path, seconds)
        store.change(count, background=True)
        assert waited.exists() == told
        other.wait()


# Staying open between changes in the background


def free(path: Path) -> bool:
    """Whether another process could open the file now."""
    return (
        subprocess.run([sys.executable, "-c", HOLDER, str(path), "0"], capture_output=True, check=False).returncode == 0
    )


def wal_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def test_a_file_stays_open_between_changes_in_the_background_and_is_complete_in_the_end(
    store: Store, path: Path
) -> None:
    with store.lingering():
        assert [store.change(count, background=True) for _change in range(3)] == [1, 1, 1]
        assert not free(path) and wal_of(path).exists()
    assert not wal_of(path).exists() and free(path)
    assert value(store) == 3


def test_a_file_is_closed_after_each_change_where_nobody_said_that_it_may_stay_open(store: Store, path: Path) -> None:
    store.change(count, background=True)
    assert free(path) and not wal_of(path).exists()


def test_a_file_stays_open_until_the_last_of_several_has_ended(store: Store, path: Path) -> None:
    with store.lingering():
        with open_store(path).lingering():
            store.change(count, background=True)
        assert not free(path)
    assert free(path)


def test_a_person_who_waits_for_a_file_that_stayed_open_gets_it_at_once_and_it_stays_closed_after(
    store: Store, path: Path
) -> None:
    person = subprocess.Popen([sys.executable, "-c", PERSON, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True, cwd=REPOSITORY, env={"PYTHONPATH": str(REPOSITORY)})  # fmt: skip
    assert person.stdin and person.stdout and person.stdout.readline() == "ready\n"
    with store.lingering():
        store.change(count, background=True)
        assert not free(path)
        started = time.monotonic()
        person.stdin.write("\n")
        person.stdin.flush()
        assert person.stdout.readline() == "1\n"
        assert time.monotonic() - started < 1
        person.communicate(timeout=20)
        store.change(count, background=True)
        assert free(path)


def test_tools_that_can_not_say_that_they_wait_get_a_file_that_stayed_open_after_a_while(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "LONGEST", 0.5)
    with store.lingering():
        store.change(count, background=True)
        time.sleep(1)
        assert free(path) and not wal_of(path).exists()


def test_a_person_of_the_same_process_does_not_work_as_modestly_as_the_background(store: Store, path: Path) -> None:
    allowed = "SELECT current_setting('memory_limit')"
    with store.lingering():
        modest = store.change(lambda db: db.value(allowed), background=True)
        with store.reading() as db:
            assert db.value(allowed) != modest
        store.change(count, background=True)
        assert free(path)


def test_what_was_open_when_something_failed_is_opened_anew(store: Store, path: Path) -> None:
    with store.lingering():
        store.change(count, background=True)
        with pytest.raises(ZeroDivisionError):
            store.change(lambda db: 1 // 0, background=True)
        assert free(path)
    assert value(store) == 1


LINGERER = """
import sys
from pathlib import Path
from core.store import open_store
store = open_store(Path(sys.argv[1]))
def work(db):
    db.run("UPDATE counter SET value = value + 1 WHERE name = 'work_item'")
    db.run("INSERT INTO message_body SELECT uuidv7(), repeat('x', 1000), '', false FROM range(500)")
with store.lingering():
    for number in range(1_000):
        store.change(work, background=True)
        print(number + 1, flush=True)
"""


def test_changes_to_a_file_that_stayed_open_outlive_the_process(store: Store, path: Path) -> None:
    done = 0
    for changes in (1, 7, 30):
        writer = subprocess.Popen([sys.executable, "-c", LINGERER, str(path)], stdout=subprocess.PIPE, text=True,
                                  cwd=REPOSITORY, env={"PYTHONPATH": str(REPOSITORY)})  # fmt: skip
        assert writer.stdout
        for _change in range(changes):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        with store.reading() as db:
            counted, bodies = db.value(COUNTER), db.value("SELECT count(*) FROM message_body")
        assert counted >= done + changes and bodies == counted * 500
        done = counted


# Whole or not at all


def test_a_change_that_raises_leaves_nothing_behind(store: Store) -> None:
    def half(db: Connection) -> None:
        count(db)
        db.run("INSERT INTO team (name) VALUES ('half')")
        raise KeyError("in the middle")

    with pytest.raises(KeyError, match="in the middle"):
        store.change(half)
    with store.reading() as db:
        assert (db.value(COUNTER), db.value("SELECT count(*) FROM team")) == (0, 0)
    assert store.change(count) == 1


def test_a_statement_that_fails_takes_the_whole_change_with_it(store: Store) -> None:
    def wrong(db: Connection) -> None:
        count(db)
        db.run("SELECT no_such_column FROM team")

    with pytest.raises(duckdb.Error):
        store.change(wrong)
    assert value(store) == 0


def test_a_change_within_a_reading_of_the_same_thread_works(store: Store) -> None:
    with store.reading() as db:
        store.change(count)
        assert db.value(COUNTER) == 1


def test_changes_of_many_threads_are_all_made(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: store.change(count), range(80))) == [1] * 80
    assert value(store) == 80


def test_readers_beside_writers_see_only_whole_changes(store: Store) -> None:
    stop = threading.Event()
    odd = []

    def twice(db: Connection) -> None:
        count(db)
        time.sleep(0.01)
        count(db)

    def read() -> None:
        while not stop.is_set():
            odd.extend([seen] if (seen := value(store)) % 2 else [])

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: store.change(twice), range(15)))
    stop.set()
    reader.join()
    assert (odd, value(store)) == ([], 30)


WRITER = """
import sys
from pathlib import Path
from core.store import open_store
store = open_store(Path(sys.argv[1]))
def work(db):
    db.run("UPDATE counter SET value = value + 1 WHERE name = 'work_item'")
    db.run("INSERT INTO message_body SELECT uuidv7(), repeat('x', 1000), '', false FROM range(500)")
    print("half", flush=True)
    db.run("INSERT INTO team (name) SELECT 'team ' || value FROM counter WHERE name = 'work_item'")
while True:
    store.change(work)
"""


def test_a_writer_killed_in_the_middle_leaves_whole_changes_only(store: Store, path: Path) -> None:
    for time_ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True,
                                  cwd=REPOSITORY, env={"PYTHONPATH": str(REPOSITORY)})  # fmt: skip
        assert writer.stdout
        for _change in range(time_ * 2 + 1):
            assert writer.stdout.readline() == "half\n"
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        with store.reading() as db:
            counted, teams, bodies = (
                db.value(COUNTER),
                db.value("SELECT count(*) FROM team"),
                db.value("SELECT count(*) FROM message_body"),
            )
        assert (teams, bodies) == (counted, counted * 500)
    assert value(store) >= 10
    assert store.change(count) == 1


CROWD = """
import random, sys, threading, time
from core.store import open_store
store, until = open_store(sys.argv[1]), time.monotonic() + float(sys.argv[2])
changes = []
def work(db):
    db.run("UPDATE counter SET value = value + 1 WHERE name = 'work_item'")
    db.run("INSERT INTO message_body SELECT uuidv7(), repeat('x', 1000), 'a', false FROM range(50)")
    db.run("UPDATE message_body SET html = 'b' WHERE random() < 0.05")
def writes():
    while time.monotonic() < until:
        store.change(work, background=random.random() < 0.5)
        changes.append(1)
def reads():
    while time.monotonic() < until:
        with store.reading(background=random.random() < 0.5) as db:
            db.value("SELECT count(*) FROM message_body WHERE html = 'a'")
threads = [threading.Thread(target=each) for each in (writes, reads, reads, reads)]
[each.start() for each in threads], [each.join() for each in threads]
print(len(changes))
"""


def test_a_file_that_threads_of_several_processes_open_and_close_at_the_same_time_stays_whole(
    store: Store, path: Path
) -> None:
    running = [subprocess.Popen([sys.executable, "-c", CROWD, str(path), "6"], stdout=subprocess.PIPE, cwd=REPOSITORY,
                                stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(REPOSITORY)})
               for _process in range(3)]  # fmt: skip
    said = [each.communicate(timeout=120) for each in running]
    assert [error for _out, error in said] == [""] * 3
    with store.reading() as db:
        bodies, _read_through = db.rows("SELECT count(*), bit_xor(hash(b)) FROM message_body AS b")[0]
        assert db.value(COUNTER) == sum(int(out) for out, _error in said) == bodies / 50


# The schema


def schema_of(store: Store) -> list[tuple[object, ...]]:
    with store.reading() as db:
        return db.rows(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        )


def test_opening_again_changes_nothing(store: Store, path: Path) -> None:
    before, laid_out = path.read_bytes(), schema_of(store)
    again = open_store(path)
    assert schema_of(again) == laid_out
    with again.reading() as db:
        assert dict(db.rows("SELECT number, name FROM migration")) == migrations()
    assert path.read_bytes() == before


def test_a_store_of_a_newer_straydesk_is_refused(store: Store, path: Path) -> None:
    store.change(lambda db: db.run("INSERT INTO migration VALUES (99, 'from the future', NULL)"))
    with pytest.raises(StoreProblem, match="written by a newer Straydesk. Update Straydesk"):
        value(open_store(path))


def test_a_step_that_fails_leaves_the_store_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        broken = "; SELECT nothing"
        patched.setattr("core.store.schema.sql", lambda name: sql(name) + broken * (name == "schema"))
        with pytest.raises(duckdb.Error):
            value(open_store(path))
    assert value(open_store(path)) == 0


def test_views_are_laid_anew_when_their_text_has_changed(store: Store, path: Path) -> None:
    store.change(lambda db: db.run("CREATE OR REPLACE VIEW route_set AS SELECT 1 AS old"))
    store.change(lambda db: db.run("UPDATE seed SET digest = 'views:old' WHERE digest LIKE 'views:%'"))
    with open_store(path).reading() as db:
        assert "rank" in {row[0] for row in db.rows("SELECT column_name FROM (DESCRIBE route_set)")}


def test_many_threads_that_open_a_new_desk_at_once_lay_it_out_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = DeskUnderTest(tmp_path, [route("Payments", "payments@desk.example")])
    made.store_path.unlink()
    made.name_store(monkeypatch)
    together = threading.Barrier(8)

    def opened(_number: int) -> str:
        together.wait()
        return open_desk(tmp_path / "straydesk.toml").acting("ana@desk.example").person.name

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(opened, range(8))) == {"ana@desk.example"}
    counted = {
        table: made.value(f"SELECT count(*) FROM {table}")  # noqa: S608
        for table in ("person", "mailbox", "route", "catalog", "team_member")
    }
    assert counted == {"person": 7, "mailbox": 3, "route": 1, "catalog": 4, "team_member": 5}


def test_a_desk_opened_by_two_processes_at_once_is_laid_out_once(tmp_path: Path) -> None:
    made = DeskUnderTest(tmp_path, [route("Payments", "payments@desk.example")])
    made.store_path.unlink()
    program = "import sys; from pathlib import Path; from core.scope import open_desk; open_desk(Path(sys.argv[1]))"
    command = [sys.executable, "-c", program, str(tmp_path / "straydesk.toml")]
    environment = {"PYTHONPATH": str(REPOSITORY), **made.environment}
    running = [
        subprocess.Popen(command, stderr=subprocess.PIPE, cwd=REPOSITORY, env=environment) for _process in range(3)
    ]
    assert [each.communicate(timeout=60)[1] for each in running] == [b""] * 3
    assert made.value("SELECT count(*) FROM person") == 7
    assert made.value("SELECT count(*) FROM route") == 1
    assert made.says(made.receive_one(mail(to="payments@desk.example"))) == "route: Payments"
