"""Backups as people rely on them: made while others work, never half, never over anything, and back again whole."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.acting import create
from core.backup import MANIFEST, STORE, Backup, backup
from core.errors import InvalidInput, NotAllowed, StoreProblem
from core.notes import add_note, notes
from core.queue import QueueFilter, waiting
from core.restoring import Restored, restore_backup
from core.scope import Desk
from core.store import open_store, verified
from tests.desk import AP, INVOICES, DeskUnderTest, mail, route
from tests.homes import of_the_file, with_others
from tests.real_mail import real_messages, rewritten
from tests.shell import Done, run

pytestmark = [with_others, of_the_file]

ROOT = Path(__file__).parent.parent
ROUTES = [route("Invoices", "invoices@desk.example")]
LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.argv = ["core", *sys.argv[2:]]
runpy.run_module("core", run_name="__main__")
"""
FINGERPRINTS = "SELECT count(*), bit_xor(hash(t)) FROM {table} AS t"


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    """A desk with mail of every outcome, a note and a work item."""
    made = DeskUnderTest(tmp_path / "desk", ROUTES)
    ids = made.receive(
        *[rewritten(raw, to="ap@desk.example", cc="") for raw in real_messages(30, "spamassassin/easy-ham-2")],
        mail(to="invoices@desk.example"), mail(to="ap@desk.example", text="x" * 50_000),
        mail(to="ap@desk.example", subject="Ünïcode", text="Grüße"),
    )  # fmt: skip
    create(made.acting("ana"), ids[:2], INVOICES)
    add_note(made.acting("ana"), ids[3], "asked the supplier")
    return made


@pytest.fixture
def made(desk: DeskUnderTest, tmp_path: Path) -> Backup:
    return backup(desk.acting("ada"), tmp_path / "backup")


def contents(path: Path) -> dict[str, Any]:
    """Every table with its number of rows and a fingerprint of them."""
    with open_store(path).reading() as db:
        names = [name for (name,) in db.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal")]
        return {name: db.rows(FINGERPRINTS.format(table=name)) for name in names}


def environment(desk: DeskUnderTest) -> dict[str, str]:
    return os.environ | {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), "PYTHONPATH": str(ROOT),
                         **desk.environment, "LC_ALL": "C.UTF-8"}  # fmt: skip


def ran(desk: DeskUnderTest, *arguments: str) -> Done:
    return run(arguments, environment(desk))


def begun(desk: DeskUnderTest, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "core", *arguments], cwd=ROOT, env=environment(desk),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


# Made and restored


def test_what_is_restored_is_what_was_backed_up(desk: DeskUnderTest, made: Backup, tmp_path: Path) -> None:
    restored = restore_backup(made.path, tmp_path / "elsewhere" / "store.duckdb", desk.clock)
    assert contents(restored.store) == contents(desk.store_path)
    assert restored.tables == made.tables
    assert (made.tables["message"], made.tables["note"], made.mails_different) == (33, 1, 0)
    assert made.mails_hashed == 33
    assert (restored.made_at, restored.kept) == (desk.clock, None)


def test_a_restored_desk_works_on_and_collects_only_what_is_new(desk: DeskUnderTest, made: Backup) -> None:
    desk.receive(mail(to="ap@desk.example", subject="After the backup"))
    restore_backup(made.path, desk.store_path, desk.clock, force=True)
    again = Desk(desk.desk.configuration, open_store(desk.store_path), lambda: desk.clock)
    assert len(waiting(again.operator(), QueueFilter())) == 30
    desk.desk = again
    assert (desk.collect(AP)[AP].stored, desk.collect(AP)[AP].listed) == (1, 0)


def test_the_configuration_goes_along_and_says_no_password(desk: DeskUnderTest, made: Backup) -> None:
    assert sorted(made.configuration) == ["routes.toml", "straydesk.toml"]
    for name in made.configuration:
        assert (made.path / "configuration" / name).read_bytes() == (desk.folder / name).read_bytes()
    assert sorted(each.name for each in made.path.iterdir()) == [MANIFEST, "configuration", STORE]


def test_only_administrators_make_backups(desk: DeskUnderTest, tmp_path: Path) -> None:
    for name in ("ana", "leo", "ida"):
        with pytest.raises(NotAllowed):
            backup(desk.acting(name), tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


# Beside others


@pytest.fixture
def busy(desk: DeskUnderTest) -> Iterator[list[str]]:
    """A collector process with a backlog, and a person who writes notes; yields what was noted so far."""
    backlog = [rewritten(raw, to="ap@desk.example", cc="") for raw in real_messages(3000, "spamassassin")]
    desk.write(*backlog)
    ids = [row["id"] for row in waiting(desk.acting("ana"), QueueFilter()).to_dict("records")]
    noted: list[str] = []
    ended = threading.Event()

    def work() -> None:
        scope = Desk(desk.desk.configuration, open_store(desk.store_path), lambda: desk.clock).acting(
            "ana@desk.example"
        )
        while not ended.is_set():
            add_note(scope, ids[0], f"note {len(noted)}")
            noted.append(f"note {len(noted)}")

    person = threading.Thread(target=work)
    collector = begun(desk, "collect")
    person.start()
    try:
        yield noted
    finally:
        ended.set()
        person.join()
        collector.wait(120)


def test_a_backup_beside_a_collector_and_a_person_is_the_store_at_one_moment(
    desk: DeskUnderTest, busy: list[str], tmp_path: Path
) -> None:
    for number in range(4):
        time.sleep(0.3)
        before, stored = len(busy), desk.value("SELECT count(*) FROM message_raw")
        done = ran(desk, "backup", str(tmp_path / f"{number}"), "--json")
        assert done.returncode == 0, done.stderr
        after = len(busy)
        restored = restore_backup(tmp_path / f"{number}", tmp_path / f"{number}.duckdb", desk.clock)
        with open_store(restored.store).reading() as db:
            texts = [text for (text,) in db.rows("SELECT text FROM note WHERE text LIKE 'note %' ORDER BY id")]
            loose = db.value(
                "SELECT count(*) FROM raw_part WHERE message_id NOT IN (SELECT message_id FROM message_raw)"
            )
            unplaced = db.value("SELECT count(*) FROM message_raw WHERE message_id NOT IN "
                                "(SELECT message_id FROM delivery)")  # fmt: skip
        assert before <= len(texts) <= after + 1
        assert texts == [f"note {place}" for place in range(len(texts))]
        assert (loose, unplaced) == (0, 0)
        assert restored.tables["message_raw"] >= stored
        assert json.loads(done.stdout)["mails_different"] == 0


def test_what_changes_while_it_is_copied_is_in_it(desk: DeskUnderTest, tmp_path: Path) -> None:
    noted: list[str] = []
    id = waiting(desk.acting("ana"), QueueFilter()).id[0]

    def note(_done: int, _total: int) -> None:
        noted.append(f"while it was copied, {len(noted)}")
        add_note(desk.acting("ana"), id, noted[-1])

    made = backup(desk.acting("ada"), tmp_path / "backup", progress=note)
    assert len(noted) >= 3
    assert [each["text"] for each in notes(desk.acting("ana"), id)][-len(noted) :] == noted
    assert made.tables["note"] == 1 + len(noted)
    assert contents(made.path / STORE) == contents(desk.store_path)


def test_it_is_made_while_threads_of_the_same_process_read_and_write(desk: DeskUnderTest, tmp_path: Path) -> None:
    ended, id = threading.Event(), waiting(desk.acting("ana"), QueueFilter()).id[0]

    def write(name: str) -> None:
        scope = desk.acting(name)
        while not ended.is_set():
            add_note(scope, id, "beside")

    def read() -> None:
        scope = desk.acting("leo")
        while not ended.is_set():
            waiting(scope, QueueFilter())

    with ThreadPoolExecutor(3) as others:
        going = [others.submit(write, "ana"), others.submit(write, "bea"), others.submit(read)]
        try:
            for number in range(5):
                made = backup(desk.acting("ada"), tmp_path / f"{number}")
                assert made.tables["note"] <= desk.value("SELECT count(*) FROM note")
        finally:
            ended.set()
        for each in going:
            each.result()


def test_a_store_restored_from_the_middle_of_a_backlog_is_collected_to_its_end(
    desk: DeskUnderTest, busy: list[str], tmp_path: Path
) -> None:
    while desk.value("SELECT count(*) FROM message_raw") < 500:
        time.sleep(0.05)
    made = ran(desk, "backup", str(tmp_path / "middle"))
    assert made.returncode == 0, made.stderr
    assert busy
    restored = restore_backup(tmp_path / "middle", tmp_path / "middle.duckdb", desk.clock)
    again = Desk(desk.desk.configuration, open_store(restored.store), lambda: desk.clock)
    desk.desk = again
    assert desk.collect(AP)[AP].problem is None
    assert desk.collect(AP)[AP].listed == 0
    assert desk.value("SELECT count(*) FROM delivery WHERE mailbox = $mailbox", mailbox=AP) == 3033
    assert desk.value("SELECT count(*) FROM message_raw") == desk.value("SELECT count(*) FROM message")


# Never half


def test_a_backup_killed_at_any_moment_leaves_nothing_that_looks_whole(desk: DeskUnderTest, tmp_path: Path) -> None:
    finished = 0
    for wait in (0.9, 1.1, 1.3, 1.5, 1.7, 2.0):
        to = tmp_path / f"killed-{wait}"
        process = begun(desk, "backup", str(to))
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if to.exists():
            finished += 1
            assert restore_backup(to, tmp_path / f"{wait}.duckdb", desk.clock).tables["message"] == 33
        made = backup(desk.acting("ada"), to, force=True)  # what was left is no obstacle
        assert made.tables["message"] == 33
        assert not to.with_name(to.name + ".unfinished").exists()
    assert desk.receive_one(mail(to="ap@desk.example"))
    assert finished < 6


def test_killed_while_it_copies_it_leaves_the_older_backup_as_it_was(
    desk: DeskUnderTest, made: Backup, tmp_path: Path
) -> None:
    program = "import core.store.store as s, os, signal, runpy, sys\n" \
              "s.Store.copy_to = lambda self, to, progress: (to.write_bytes(b'half'), os.kill(os.getpid(), 9))\n" \
              "sys.argv[0] = 'core'; runpy.run_module('core', run_name='__main__')"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program, "backup", str(made.path), "--force"], cwd=ROOT,
                          env=environment(desk), check=False, capture_output=True)  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "backup.unfinished" / STORE).read_bytes() == b"half"
    assert restore_backup(made.path, tmp_path / "again.duckdb", desk.clock).tables["message"] == 33
    with pytest.raises(InvalidInput, match="no complete backup"):
        restore_backup(tmp_path / "backup.unfinished", tmp_path / "half.duckdb", desk.clock)


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(desk: DeskUnderTest, tmp_path: Path) -> None:
    before = contents(desk.store_path)
    command = [sys.executable, "-c", LIMITED, str(2**20), "backup", str(tmp_path / "backup")]
    done = subprocess.run(command, cwd=ROOT, env=environment(desk), text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert sentences(done.stderr) == ["… can't be written: File too large.", "Make room there, or name another place."]
    assert not list(tmp_path.glob("backup*"))
    assert contents(desk.store_path) == before


def sentences(told: str) -> list[str]:
    return ["… " + line.partition(" ")[2] if line.startswith("/") else line for line in told.splitlines()]


def test_too_little_room_is_told_before_anything_is_copied(
    desk: DeskUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backup.ROOM", 1e9)
    with pytest.raises(StoreProblem, match=r"too little room.* MB are needed, .* MB are free"):
        backup(desk.acting("ada"), tmp_path / "backup")
    assert not list(tmp_path.glob("backup*"))


def test_of_two_backups_to_one_place_at_once_the_second_is_told(desk: DeskUnderTest, tmp_path: Path) -> None:
    told: list[InvalidInput] = []

    def again(_done: int, _total: int) -> None:
        if not told:
            with pytest.raises(InvalidInput, match="Another backup is being written") as caught:
                backup(desk.acting("ada"), tmp_path / "backup")
            told.append(caught.value)

    assert backup(desk.acting("ada"), tmp_path / "backup", progress=again).tables["message"] == 33
    assert told


# Never over anything


def test_what_is_there_is_replaced_only_by_force_and_only_if_it_is_a_backup(
    desk: DeskUnderTest, made: Backup, tmp_path: Path
) -> None:
    desk.receive(mail(to="ap@desk.example"))
    with pytest.raises(InvalidInput, match="exists already"):
        backup(desk.acting("ada"), made.path)
    assert backup(desk.acting("ada"), made.path, force=True).tables["message"] == 34
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.png").touch()
    with pytest.raises(InvalidInput, match="is no backup"):
        backup(desk.acting("ada"), tmp_path / "photos", force=True)
    (tmp_path / "empty").mkdir()
    assert backup(desk.acting("ada"), tmp_path / "empty").tables["message"] == 34


def test_a_store_is_put_aside_only_by_force_and_kept_whole(desk: DeskUnderTest, made: Backup) -> None:
    desk.receive(mail(to="ap@desk.example", subject="Later"))
    before = contents(desk.store_path)
    with pytest.raises(InvalidInput, match="There is a store at"):
        restore_backup(made.path, desk.store_path, desk.clock)
    assert contents(desk.store_path) == before
    restored: Restored = restore_backup(made.path, desk.store_path, desk.clock, force=True)
    assert restored.kept
    assert contents(restored.kept) == before
    assert contents(desk.store_path)["message"][0][0] == 33


def test_a_wal_that_a_gone_store_left_does_not_meet_the_restored_one(
    desk: DeskUnderTest, made: Backup, tmp_path: Path
) -> None:
    target = tmp_path / "new" / "store.duckdb"
    target.parent.mkdir()
    target.with_name("store.duckdb.wal").write_bytes(b"left behind")
    restore_backup(made.path, target, desk.clock)
    assert contents(target) == contents(desk.store_path)
    assert [each.read_bytes() for each in target.parent.glob("*.wal")] == [b"left behind"]


def test_a_broken_store_is_put_aside_for_a_backup(desk: DeskUnderTest, made: Backup) -> None:
    desk.store_path.write_bytes(b"no longer a store" * 1000)
    restored = restore_backup(made.path, desk.store_path, desk.clock, force=True)
    assert restored.kept and restored.kept.read_bytes().startswith(b"no longer")
    assert contents(desk.store_path)["message"][0][0] == 33


# Checked


def test_a_backup_that_was_damaged_is_refused(desk: DeskUnderTest, made: Backup, tmp_path: Path) -> None:
    with (made.path / STORE).open("rb+") as file:
        file.seek(3 * 4096 + 1000)
        file.write(b"\0\1\2\3" * 10)
    with pytest.raises(StoreProblem, match="is damaged"):
        restore_backup(made.path, tmp_path / "new.duckdb", desk.clock)
    assert not list(tmp_path.glob("new*"))
    with pytest.raises(StoreProblem, match="is damaged or no store"):
        verified(made.path / STORE)


def test_mail_whose_bytes_have_changed_in_the_store_is_told(desk: DeskUnderTest, tmp_path: Path) -> None:
    desk.change("UPDATE raw_part SET content = 'x'::BLOB WHERE part = 1 AND message_id = "
                "(SELECT min(message_id) FROM message_raw)")  # fmt: skip
    done = ran(desk, "backup", str(tmp_path / "backup"), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["mails_different"] == 1
    assert done.stderr.startswith("Of 33 messages looked at, 1 does not have the bytes")


def test_a_file_copied_by_hand_with_its_wal_is_restored(desk: DeskUnderTest, tmp_path: Path) -> None:
    connection = duckdb.connect(str(desk.store_path), config={"checkpoint_threshold": "1GB"})
    connection.execute("INSERT INTO team VALUES ('By hand', 'administration')")
    for suffix in ("", ".wal"):
        shutil.copyfile(f"{desk.store_path}{suffix}", tmp_path / f"copy.duckdb{suffix}")
    connection.close()
    restored = restore_backup(tmp_path / "copy.duckdb", tmp_path / "new.duckdb", desk.clock)
    assert restored.tables["team"] == 3
    assert contents(restored.store) == contents(desk.store_path)


def test_the_verbs_say_what_they_did_and_the_notes_of_people_are_there_again(
    desk: DeskUnderTest, tmp_path: Path
) -> None:
    made = ran(desk, "backup", str(tmp_path / "b"))
    assert made.returncode == 0 and "b: 33 messages," in made.stdout
    restored = ran(desk, "restore-backup", str(tmp_path / "b"), "--to", str(tmp_path / "new.duckdb"))
    assert re.search(r"new.duckdb: 33 messages as of \d{4}-\d\d-\d\d \d\d:\d\d UTC, checked", restored.stdout)
    assert "The configuration lies in" in restored.stderr
    refused = ran(desk, "restore-backup", str(tmp_path / "b"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "put it aside with --force" in refused.stderr
    scope = replace(desk.desk, store=open_store(tmp_path / "new.duckdb")).acting("ana@desk.example")
    (id,) = [row["id"] for row in waiting(scope, QueueFilter()).to_dict("records") if notes(scope, row["id"])]
    assert notes(scope, id)[0]["text"] == "asked the supplier"
