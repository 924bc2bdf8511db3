"""When the disk is full, read-only or gone: a sentence that says so, nothing broken, and work goes on by itself."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.acting import create, delete
from core.backup import backup
from core.collecting import collect
from core.errors import StoreProblem
from core.queue import waiting
from core.runs import Run
from core.scope import OPERATOR, Person, Scope
from tests.desk import AP, CONFIGURATION, INVOICES, DeskUnderTest, mail, route
from tests.homes import of_the_file, with_others
from tests.test_collecting import assert_everything_is_there_once, process

pytestmark = [with_others, of_the_file]

FULL = r"The disk of the store .*store\.duckdb is full\. Make room there; nothing that was committed is lost"
ROUTES = [route("Invoices", "invoices@desk.example")]
LARGE = CONFIGURATION.replace("size = 20000", "size = 2000000")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 24 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    options = ["-t", "tmpfs", "-o", "size=24m", "tmpfs", str(path)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture
def desk(disk: Path, tmp_path: Path) -> DeskUnderTest:
    """A desk whose store is on that disk, and whose mail is not."""
    return DeskUnderTest(disk, ROUTES, LARGE.replace("eml:mail/", f"eml:{tmp_path}/mail/"))


def remount(disk: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Takes what room is left."""
    try:
        with (disk / "filling").open("ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        pass


def large_mail(desk: DeskUnderTest, count: int, size: int = 300_000) -> None:
    folder = desk.folder.parent / "mail" / "ap"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        raw = mail(to="invoices@desk.example" if number % 2 else "nobody@desk.example",
                   text=os.urandom(size // 2).hex())  # fmt: skip
        (folder / f"{len([*folder.iterdir()]):03}.eml").write_bytes(raw)


def collected(desk: DeskUnderTest) -> Run:
    """A run of somebody who has begun before the disk failed, as `collect --watch` has."""
    operator = Scope(desk.desk, Person(OPERATOR, OPERATOR, "administrator"), (AP,))
    return collect(operator, [AP], side_by_side=1)[0]


def ledger_holds(run: Run) -> bool:
    return run.listed == run.stored + run.duplicate + run.too_large + run.failed and run.failed >= 0


def test_a_full_disk_gives_a_sentence_keeps_what_was_committed_and_goes_on_when_there_is_room(
    desk: DeskUnderTest, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.collection.AT_ONCE", 3)
    large_mail(desk, 6)
    assert collected(desk).problem is None
    large_mail(desk, 60)
    for _time in range(3):
        run = collected(desk)
        assert run.problem and "is full. Make room there" in run.problem and "Unexpected" not in run.problem
        assert ledger_holds(run)
    stored = desk.value("SELECT count(*) FROM message_raw")
    assert 6 <= stored < 66
    remount(disk, "size=200m")
    run = collected(desk)
    assert (run.problem, run.stored, run.failed) == (None, 66 - stored, 0)
    assert desk.value("SELECT count(*) FROM message") == 66
    assert_everything_is_there_once(desk)


def test_on_a_full_disk_people_read_on_and_read_why_they_cannot_act(desk: DeskUnderTest, disk: Path) -> None:
    large_mail(desk, 6, 1000)
    assert collected(desk).problem is None
    ana = desk.acting("ana")
    ids = [*waiting(ana).id]
    fill(disk)
    with pytest.raises(StoreProblem, match=FULL):
        for id in ids:  # one or the other still fits into what the last block of the file has left
            create(ana, [id], INVOICES)
            fill(disk)
    left = [*waiting(ana).id]
    assert left and set(left) <= set(ids)
    with pytest.raises(StoreProblem, match=FULL):
        delete(ana, left, "spam")
    assert [*waiting(ana).id] == left
    (disk / "filling").unlink()
    assert len(delete(ana, left, "spam").ids) == len(left)
    assert_everything_is_there_once(desk)


def test_a_backup_to_a_full_disk_is_none(desk: DeskUnderTest, disk: Path) -> None:
    large_mail(desk, 6, 1000)
    assert collected(desk).problem is None
    fill(disk)
    with pytest.raises(StoreProblem, match="too little room for the backup"):
        backup(desk.desk.operator(), disk / "backup")
    assert [path.name for path in disk.iterdir() if "backup" in path.name] == []
    remount(disk, "size=100m")
    assert backup(desk.desk.operator(), disk / "backup").tables["message"] == 6


def test_a_backup_for_which_the_room_ends_on_the_way_leaves_nothing_behind(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = DeskUnderTest(tmp_path / "elsewhere", ROUTES)
    fill(disk)
    monkeypatch.setattr("core.backup._refuse_full", lambda *_: None)  # there was room when it began
    with pytest.raises(StoreProblem, match="can't be written: No space left on device"):
        backup(elsewhere.desk.operator(), disk / "backup")
    assert [path.name for path in disk.iterdir() if "backup" in path.name] == []


def test_a_disk_that_turned_read_only_is_said(desk: DeskUnderTest, disk: Path) -> None:
    large_mail(desk, 2, 1000)
    assert collected(desk).problem is None
    remount(disk, "ro")
    large_mail(desk, 2, 1000)
    assert str(collected(desk).problem).startswith(f"The store {desk.store_path} can't be written. Give the user")
    remount(disk, "rw")
    assert collected(desk).stored == 2
    assert_everything_is_there_once(desk)


def test_a_disk_without_a_name_left_for_another_file_is_said(desk: DeskUnderTest, disk: Path) -> None:
    large_mail(desk, 2, 1000)
    remount(disk, f"nr_inodes={len([*disk.rglob('*')]) + 1}")  # DuckDB writes its journal of changes beside the file
    assert "is full. Make room there" in str(collected(desk).problem)
    remount(disk, "nr_inodes=1000")
    assert collected(desk).stored == 2
    assert_everything_is_there_once(desk)


def test_a_store_that_is_gone_is_said_and_no_new_one_made_in_its_place(desk: DeskUnderTest, tmp_path: Path) -> None:
    large_mail(desk, 2, 1000)
    assert collected(desk).problem is None
    aside = tmp_path / "aside.duckdb"
    shutil.move(desk.store_path, aside)
    assert str(collected(desk).problem).startswith(f"The store {desk.store_path} is gone. Put it back")
    assert not desk.store_path.exists()
    shutil.move(aside, desk.store_path)
    assert collected(desk).problem is None


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path / "desk", ROUTES)
    (tmp_path / "desk").rename(tmp_path / "moved")
    assert str(collected(desk).problem).startswith("The folder of the store does not exist: ")


# A collector whose memory ends while it works.
TIGHT = """
import ctypes, resource, sys
from pathlib import Path
from core.collecting import collect
from core.scope import open_desk
desk = open_desk(Path(sys.argv[1]))
ctypes.CDLL(None).mallopt(-8, 1)  # threads share one arena: else each reserves 64 MB of addresses, at some time
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]) * 2**20,) * 2)
for run in collect(desk.operator(), side_by_side=1):
    print(run.mailbox, run.problem)
"""


@pytest.mark.parametrize("room", [70, 110])
def test_too_little_memory_is_said_and_costs_no_mail(tmp_path: Path, room: int) -> None:
    desk = DeskUnderTest(tmp_path, ROUTES, LARGE.replace("2000000", "30000000"))
    desk.write(*(mail(to="invoices@desk.example", text="x" * 20_000_000) for _number in range(3)))
    said, error = process(desk, TIGHT, str(room)).communicate(timeout=120)
    assert "Unexpected:" not in said and "Traceback" not in error, (said, error)
    # The library of C itself gives up where it can't begin a thread.
    assert "There is too little memory" in said or "cannot allocate memory" in error, (said, error)
    run = collected(desk)
    assert run.problem is None
    assert desk.rows("SELECT count(*), count(*) FILTER (verdict = 'parsed') FROM message") == [(3, 3)]
    assert_everything_is_there_once(desk)
