"""Collecting, end to end: what lies in a mailbox is stored once and decided once, whatever happens in between."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from core import collection
from core.collecting import collect
from core.errors import SourceProblem
from core.fetching import portions_of
from core.intake import in_portions, undecided
from core.messages import raw as raw_of
from core.parsing import beside, child
from core.runs import Run
from core.sources import Fetched, Listed, Observed
from tests.desk import AP, AR, FOLDERS, PAYMENTS, PEOPLE, DeskUnderTest, mail, route
from tests.homes import of_the_file, with_others
from tests.real_mail import real_messages, rewritten
from tests.test_acting import assert_the_journal_tells_everything

pytestmark = with_others

REPOSITORY = Path(__file__).parent.parent
KILLS = int(os.environ.get("STRAYDESK_TEST_KILLS", "25"))
SECONDS = float(os.environ.get("STRAYDESK_TEST_SECONDS", "20"))
ROUTES = [
    route("Payments", "payments@desk.example", PAYMENTS),
    route("Invoices", "invoices@desk.example", subject_contains=["re"]),
]
TWICE = {
    "a message decided twice": "SELECT message_id FROM decision GROUP BY 1 HAVING count(*) > 1",
    "a message stored twice": "SELECT id FROM message GROUP BY 1 HAVING count(*) > 1",
    "the same bytes stored twice": "SELECT sha256 FROM message_raw GROUP BY 1 HAVING count(*) > 1",
    "a delivery written twice": "SELECT mailbox, folder, uid_validity, uid FROM delivery "
    "GROUP BY ALL HAVING count(*) > 1",
    "bytes without a message": "SELECT message_id FROM message_raw WHERE message_id NOT IN (SELECT id FROM message)",
    "a delivery of nothing": "SELECT message_id FROM delivery WHERE message_id NOT IN (SELECT id FROM message)",
    "a body twice": "SELECT message_id FROM message_body GROUP BY 1 HAVING count(*) > 1",
    "a recipient twice": "SELECT message_id, kind, position, address FROM recipient GROUP BY ALL HAVING count(*) > 1",
    "a reference given twice": "SELECT reference FROM work_item GROUP BY 1 HAVING count(*) > 1",
    "an item without mail": "SELECT id FROM work_item WHERE status <> 'withdrawn' "
    "AND id NOT IN (SELECT work_item_id FROM work_item_message)",
    "words of what does not wait": "SELECT message_id FROM waiting_words GROUP BY 1 HAVING count(*) > 1 "
    "OR message_id NOT IN (SELECT id FROM message WHERE status = 'unprocessed')",
}


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path, ROUTES)


def assert_everything_is_there_once(desk: DeskUnderTest) -> None:
    assert {what: desk.rows(query) for what, query in TWICE.items() if desk.rows(query)} == {}
    assert_the_journal_tells_everything(desk)


def counts(run: Run) -> tuple[int, int, int, int, int]:
    return run.listed, run.stored, run.duplicate, run.too_large, run.failed


def contents(desk: DeskUnderTest) -> list[Any]:
    tables = (
        "message",
        "message_raw",
        "raw_part",
        "delivery",
        "decision",
        "decision_trace",
        "work_item",
        "journal",
        "recipient",
        "collection_run",
    )
    return [desk.rows(f"SELECT count(*), bit_xor(hash(t)) FROM {table} AS t") for table in tables]  # noqa: S608


def test_running_twice_changes_nothing(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="payments@desk.example"), mail(), mail(text="x" * 30_000))
    before = contents(desk)
    assert counts(desk.collect(AP)[AP]) == (0, 0, 0, 0, 0)
    assert contents(desk) == before
    assert_everything_is_there_once(desk)


def test_the_ledger_adds_up(desk: DeskUnderTest) -> None:
    same = mail()
    desk.write(same, same, mail(to="payments@desk.example"), mail(text="x" * 30_000), mail(text="y" * 30_000))
    run = desk.collect(AP)[AP]
    assert counts(run) == (5, 2, 1, 2, 0)
    assert desk.value("SELECT count(*) FROM message") == run.stored + run.too_large
    desk.write(same, mailbox=AR)
    assert counts(desk.collect(AR)[AR]) == (1, 0, 1, 0, 0)
    columns = "SELECT mailbox, listed, stored, duplicate, too_large, failed FROM collection_run ORDER BY id"
    assert desk.rows(columns) == [(AP, 5, 2, 1, 2, 0), (AR, 1, 0, 1, 0, 0)]


def test_mail_over_the_limit_keeps_its_header_and_gets_its_row(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(subject="Very large", to="payments@desk.example", text="x" * 30_000))
    assert desk.rows("SELECT subject, cause, size > 30000 FROM message") == [("Very large", "too_large", True)]
    assert desk.rows(
        "SELECT complete, sum(octet_length(content)) < 1000 FROM message_raw NATURAL JOIN raw_part GROUP BY 1"
    ) == [(False, True)]
    assert desk.says(id) == "too_large"


def test_two_long_mails_with_the_same_header_are_two(desk: DeskUnderTest) -> None:
    one = mail(text="x" * 30_000)
    desk.write(one, one + b"more\n")
    assert counts(desk.collect(AP)[AP]) == (2, 0, 0, 2, 0)


class Scripted:
    """A source that lists and fetches what a test says."""

    def __init__(self, mails: Sequence[bytes | None], uid_validity: int = 1, fails_after: int = 10**6) -> None:
        self.mails, self.uid_validity, self.fails_after = mails, uid_validity, fails_after

    def list(self) -> list[Listed]:
        return [Listed("INBOX", self.uid_validity, str(uid), len(raw or b"")) for uid, raw in enumerate(self.mails, 1)]

    def fetch(self, wanted: Sequence[Listed], size_limit: int) -> Iterator[Fetched]:
        for place, listed in enumerate(wanted):
            if place >= self.fails_after:
                raise SourceProblem("The server is gone.")
            raw = self.mails[int(listed.uid) - 1]
            if raw is not None:
                yield Fetched(listed, raw, None, True)

    def observed(self) -> Observed:
        return Observed()

    def close(self) -> None: ...

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None: ...


def scripted(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch, source: Scripted) -> Run:
    with monkeypatch.context() as patched:
        patched.setattr(collection, "open_source", lambda *_: source)
        return desk.collect(AP)[AP]


def test_what_vanished_between_list_and_fetch_is_counted_as_failed(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = scripted(desk, monkeypatch, Scripted([mail(), None, mail()]))
    assert counts(run) == (3, 2, 0, 0, 1)
    assert counts(scripted(desk, monkeypatch, Scripted([mail(), mail(), mail()]))) == (1, 1, 0, 0, 0)


def test_a_source_that_breaks_off_leaves_a_ledger_that_adds_up(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [mail() for _number in range(10)]
    monkeypatch.setattr(collection, "AT_ONCE", 3)
    run = scripted(desk, monkeypatch, Scripted(mails, fails_after=7))
    assert (counts(run), run.problem) == ((10, 6, 0, 0, 4), "The server is gone.")
    assert counts(scripted(desk, monkeypatch, Scripted(mails))) == (4, 4, 0, 0, 0)
    assert_everything_is_there_once(desk)


def test_a_change_of_uidvalidity_lists_everything_again_and_doubles_nothing(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [mail(to="payments@desk.example"), mail()]
    scripted(desk, monkeypatch, Scripted(mails, uid_validity=1))
    run = scripted(desk, monkeypatch, Scripted(mails, uid_validity=2))
    assert counts(run) == (2, 0, 2, 0, 0)
    assert desk.value("SELECT count(*) FROM message") == 2
    assert desk.value("SELECT count(*) FROM work_item") == 1


def test_one_sick_mailbox_does_not_stop_another(desk: DeskUnderTest) -> None:
    (desk.folder / "mail" / FOLDERS[AP]).rmdir()
    desk.write(mail(), mailbox=AR)
    runs = desk.collect()
    assert "There is nothing at" in str(runs[AP].problem)
    assert (runs[AR].problem, runs[AR].stored) == (None, 1)
    assert desk.rows("SELECT mailbox, problem IS NULL FROM mailbox_state ORDER BY mailbox") == [
        (AP, False),
        (AR, True),
        (PEOPLE, True),
    ]


def asking(monkeypatch: pytest.MonkeyPatch, looking: Callable[[bytes, Any], Any]) -> None:
    """Have each mail and what parsing answers for it looked at, or replaced, on its way."""
    parse_all = beside.pool.parse

    def parse(messages: Sequence[child.Message], *arguments: Any) -> list[Any]:
        answers = parse_all(messages, *arguments)
        return [looking(raw, answer) for (raw, *_), answer in zip(messages, answers, strict=True)]

    monkeypatch.setattr(beside.pool, "parse", parse)


def test_one_message_that_breaks_deciding_does_not_stop_its_mailbox(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(monkeypatch, lambda raw, answer: replace(answer, subject="\ud800") if b"poison" in raw else answer)
    fine, poison, after = desk.receive(mail(to="payments@desk.example"), mail(subject="poison"), mail())
    assert [desk.says(id) for id in (fine, poison, after)] == ["route: Payments", "unparsable", "bcc_only"]
    assert desk.rows("SELECT defects FROM message WHERE cause = 'unparsable'") == [
        (["undecidable", "UnicodeEncodeError"],)
    ]
    assert_everything_is_there_once(desk)


def test_what_was_stored_but_not_decided_is_decided_by_the_next_run(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write(mail(to="payments@desk.example"), mail())
    with monkeypatch.context() as patched:
        patched.setattr(collection, "decide_new", lambda db: 1 / 0)
        assert "ZeroDivisionError" in str(desk.collect(AP)[AP].problem)
    assert desk.value("SELECT count(*) FROM message_raw") == 2
    assert desk.value("SELECT count(*) FROM message") == 0
    desk.write(mail(), mailbox=AP)
    assert counts(desk.collect(AP)[AP]) == (1, 1, 0, 0, 0)
    assert_everything_is_there_once(desk)


@of_the_file
def test_after_a_run_the_store_is_one_complete_file(desk: DeskUnderTest) -> None:
    desk.receive(*[mail(subject=f"Number {number}") for number in range(20)])
    path = Path(str(desk.desk.store))
    assert path.exists() and not path.with_name(path.name + ".wal").exists()


def test_nothing_is_parsed_before_its_bytes_are_committed(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "AT_ONCE", 2)
    stored: list[set[str]] = []

    def looking(raw: bytes, answer: Any) -> Any:
        known = {hexadecimal for (hexadecimal,) in desk.rows("SELECT sha256 FROM message_raw")}
        stored.append({sha256(raw).hexdigest()} - known)
        return answer

    asking(monkeypatch, looking)
    desk.receive(*(mail() for _number in range(7)))
    assert stored == [set()] * 7


def test_mail_known_by_its_bytes_is_not_parsed_again(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    mails = [mail(), mail()]
    scripted(desk, monkeypatch, Scripted(mails, uid_validity=1))
    asking(monkeypatch, lambda *_: 1 / 0)
    run = scripted(desk, monkeypatch, Scripted(mails, uid_validity=2))
    assert (counts(run), run.problem) == ((2, 0, 2, 0, 0), None)


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 512, 5_000, 19_999])
def test_bytes_of_any_length_are_given_back_as_they_were(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    mails = [random.Random(length).randbytes(length), mail(), b"x" * length]
    run = scripted(desk, monkeypatch, Scripted(mails))
    assert run.problem is None
    places = desk.rows("SELECT uid::INTEGER, message_id::VARCHAR FROM delivery")
    assert {uid: raw_of(desk.desk.operator(), id) for uid, id in places} == dict(enumerate(mails, 1))


def test_a_portion_is_bounded_by_count_and_bytes_and_a_large_mail_is_alone() -> None:
    sizes = [3, 3, 3, 1, 1, 1, 1, 20, 20, 5, 5, 1]
    fetched = (Fetched(Listed("", 0, str(size), size), b"x" * size, None, True) for size in sizes)
    portions = [[len(each.raw) for each in portion] for portion in portions_of(fetched, 3, 10)]
    assert portions == [[3, 3, 3], [1, 1, 1], [1], [20], [20], [5, 5], [1]]


def test_what_is_read_back_is_read_in_portions_bounded_by_bytes_and_number(desk: DeskUnderTest) -> None:
    sizes = (1, 1, 1, 1, 9000, 6000, 1)
    ids = desk.receive(*(mail(text="x" * size) for size in sizes))
    rows = [(id, desk.value("SELECT size FROM message_raw WHERE message_id = $id::UUID", id=id)) for id in ids]
    portions = [[raw.id for raw in raws] for raws in in_portions(desk.desk.store, rows, 5000, 3)]
    assert portions == [ids[:3], ids[3:5], ids[5:6], ids[6:]]


def test_what_two_collectors_find_undecided_is_decided_once(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write(mail(to="payments@desk.example"), mail())
    with monkeypatch.context() as patched:
        patched.setattr(collection, "decide_new", lambda db: 1 / 0)
        desk.collect(AP)
    (found,) = undecided(desk.desk.store, AP, 2**20)
    desk.collect(AP)
    with monkeypatch.context() as patched:
        patched.setattr(collection, "undecided", lambda *_: iter([found]))
        assert desk.collect(AP)[AP].problem is None
    assert_everything_is_there_once(desk)


def test_mailboxes_side_by_side_share_bytes_and_double_nothing(desk: DeskUnderTest) -> None:
    common = [mail(to="payments@desk.example") for _number in range(60)]
    for mailbox in (AP, AR, PEOPLE):
        desk.write(*common, mailbox=mailbox)
    runs = collect(desk.desk.operator(), side_by_side=3)
    assert [run.problem for run in runs] == [None] * 3
    assert sum(run.stored for run in runs) == 60 and sum(run.duplicate for run in runs) == 120
    assert desk.rows("SELECT DISTINCT list_sort(mailboxes) FROM message") == [([AP, AR, PEOPLE],)]
    assert_everything_is_there_once(desk)


def test_two_collectors_on_one_mailbox_share_the_work(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(*(mail(to="payments@desk.example") for _number in range(24)))
    monkeypatch.setattr(collection, "AT_ONCE", 4)
    with ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(lambda _: desk.collect(AP)[AP], range(2)))
    assert [run.problem for run in runs] == [None] * 2
    assert sum(run.stored for run in runs) == 24
    assert all(run.listed == run.stored + run.duplicate + run.too_large + run.failed for run in runs)
    assert_everything_is_there_once(desk)


# Killed


COLLECTOR = """
import sys, time
from pathlib import Path
from core import collection
from core.collecting import collect
from core.store import file
from core.scope import open_desk
file.REST = 1.0 if "--watch" in sys.argv else 0.0
collection.AT_ONCE = 20
desk = open_desk(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    runs = collect(desk.operator())
    if problems := [run.problem for run in runs if run.problem]:
        sys.exit(str(problems))
    if "--watch" not in sys.argv:
        break
    time.sleep(0.2)
print("done", flush=True)
"""


def process(desk: DeskUnderTest, program: str, *arguments: str) -> "subprocess.Popen[str]":
    environment = {**desk.environment, "PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"]}
    return subprocess.Popen(
        [sys.executable, "-c", program, str(desk.folder / "straydesk.toml"), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        cwd=REPOSITORY,
    )  # fmt: skip


def real_desk(desk: DeskUnderTest, number: int) -> None:
    """Real mail in three mailboxes, some of it routed, some of it in two."""
    addresses = ("payments@desk.example", "invoices@desk.example", "nobody@desk.example")
    for place, raw in enumerate(real_messages(number)):
        sent = rewritten(raw, to=addresses[place % 3])
        desk.write(sent, mailbox=(AP, AR, PEOPLE)[place % 3])
        if place % 10 == 0:
            desk.write(sent, mailbox=PEOPLE)


# Starting Python takes longer than collecting: one process forks a fresh collector for every line it reads.
FORKING = """
import os, sys
from pathlib import Path
from core import collection
from core.collecting import collect
from core.scope import open_desk
from core.store import file
file.REST = 0.0
collection.AT_ONCE = 20
for _line in sys.stdin:
    if child := os.fork():
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    else:
        collect(open_desk(Path(sys.argv[1])).operator())
        os._exit(0)
"""


def test_a_collector_killed_at_any_moment_loses_nothing_and_doubles_nothing(desk: DeskUnderTest) -> None:
    real_desk(desk, 800)
    chance = random.Random(2)
    ends = []
    forking = process(desk, FORKING)
    assert forking.stdin and forking.stdout
    for _time in range(KILLS):
        forking.stdin.write("\n")
        forking.stdin.flush()
        child = int(forking.stdout.readline())
        time.sleep(chance.uniform(0, 0.8))
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        ends.append(int(forking.stdout.readline()))
    forking.communicate()
    assert set(ends) <= {0, -signal.SIGKILL}
    assert ends.count(-signal.SIGKILL) >= KILLS * 0.6, "the collector had finished before most of the kills"
    finishing = process(desk, COLLECTOR)
    assert finishing.communicate(timeout=120)[0] == "ready\ndone\n"
    files = [path.read_bytes() for path in (desk.folder / "mail").rglob("*.eml")]
    assert desk.value("SELECT count(*) FROM delivery") == len(files)
    assert desk.value("SELECT count(*) FROM message") == desk.value("SELECT count(*) FROM message_raw")
    assert_everything_is_there_once(desk)


# Three processes


READER = """
import sys, time
from pathlib import Path
from core.scope import open_desk
from core.queue import waiting, tally
from core.messages import message, why
scope = open_desk(Path(sys.argv[1])).acting("ana@desk.example")
slowest, reads, until = 0.0, 0, time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    started = time.monotonic()
    tally(scope)
    ids = waiting(scope, limit=50).id
    for id in ids[:2]:
        message(scope, id)
        why(scope, id)
    slowest, reads = max(slowest, time.monotonic() - started), reads + 1
    time.sleep(0.05)
print(reads, round(slowest, 2))
"""
ACTOR = """
import sys, time
from pathlib import Path
from core.scope import open_desk
from core.queue import waiting
from core.acting import create, delete
from core.undoing import undo
from tests.desk import INVOICES
scope = open_desk(Path(sys.argv[1])).acting("bea@desk.example")
done, until = 0, time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    ids = list(waiting(scope, limit=3).id)
    if ids:
        first = create(scope, ids[:1], INVOICES)
        undo(scope, first.batch)
        create(scope, ids[:1], INVOICES)
        if ids[1:]:
            delete(scope, ids[1:], "spam")
        done += len(ids)
    time.sleep(0.05)
print(done)
"""


def test_a_collector_a_reader_and_somebody_acting_share_one_store(desk: DeskUnderTest) -> None:
    collector = process(desk, COLLECTOR, "--watch")
    others = [process(desk, program, str(SECONDS)) for program in (READER, ACTOR)]
    try:
        for raw in real_messages(300):
            desk.write(rewritten(raw, to="nobody@desk.example"))
            if others[0].poll() is not None:
                break
            time.sleep(SECONDS / 400)
        said = [each.communicate(timeout=SECONDS + 60) for each in others]
        assert collector.poll() is None, collector.communicate()
    finally:
        collector.kill()
        collector.communicate()
    assert [error for _out, error in said] == ["", ""]
    (reads, slowest), done = said[0][0].split(), said[1][0]
    print(f"{reads} reads, the slowest {slowest} s; {done.strip()} messages acted on")
    assert int(reads) > 3 and int(done) > 3
    desk.collect()
    assert_everything_is_there_once(desk)
