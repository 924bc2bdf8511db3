"""Parsing in bounded processes: whatever a mail does to its parser, it costs that mail and nothing else.

The deadly mails are real for the process that parses: it runs a parser that ends, hangs or swells over them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from core import trying
from core.messages import raw as raw_of
from core.parsing import Limits, ParsedMessage, beside, child, parse
from core.parsing.bounds import Bounds, Refused
from tests.desk import AP, CONFIGURATION, PAYMENTS, DeskUnderTest, mail, route
from tests.homes import with_others
from tests.real_mail import real_messages
from tests.test_collecting import assert_everything_is_there_once, counts

REPOSITORY = Path(__file__).parent.parent
BOUNDS = Bounds(memory=2**29, seconds=0.6)
LITTLE = {"parse_seconds": 0.6, "parse_memory": 2**29}
# A parser with a fault: what a mail says as its subject is what happens to the process.
DEADLY = """
import os, signal, sys, time
from core.parsing import __main__ as program
parse, asker = program.parse, os.getppid()

def deadly(raw, *limits, **named):
    if b"Subject: ends" in raw:
        os._exit(7)
    if b"Subject: crashes" in raw:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"Subject: hangs" in raw:
        time.sleep(600)
    if b"Subject: turns round" in raw:
        while True:
            try:
                time.sleep(600)
            except Exception:
                pass
    if b"Subject: can't be stopped" in raw:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        time.sleep(600)
    if b"Subject: swells" in raw:
        return [bytes(2**20) for _number in range(2**20)]
    if b"Subject: slow" in raw:
        time.sleep(0.3)
    if b"Subject: takes the collector along" in raw and os.getppid() == asker:
        os.kill(asker, signal.SIGKILL)
        time.sleep(600)
    return parse(raw, *limits, **named)

program.parse = deadly
program.answer(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[-1]))
"""
WHAT_HAPPENS = {
    "ends": "parser_ended: exit 7",
    "crashes": "parser_ended: signal 11",
    "hangs": "parser_time: 0.6 s",
    "turns round": "parser_time: 0.6 s",
    "can't be stopped": "parser_time: 0.6 s",
    "swells": "parser_memory: 512 MiB",
}


@contextmanager
def parsed_by(program: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[beside.Pool]:
    """In here mail is parsed by processes that run this program."""
    with closing(beside.Pool(("-c", program))) as pool, monkeypatch.context() as patched:
        patched.setattr(beside, "pool", pool)
        patched.setattr(child, "GRACE", 0.4)
        patched.setattr(child, "LOOK", 0.1)
        yield pool


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Iterator[beside.Pool]:
    with parsed_by(DEADLY, monkeypatch) as pool:
        yield pool


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    limits = "\n".join(["[limits]", *(f"{name} = {value}" for name, value in LITTLE.items())])
    return DeskUnderTest(tmp_path, [route("Payments", "payments@desk.example", PAYMENTS)],
                         CONFIGURATION.replace("[limits]", limits))  # fmt: skip


def asked(pool: beside.Pool, *mails: bytes, bounds: Bounds = BOUNDS) -> list[str]:
    """What became of each: its subject, or why it was refused."""
    answers = pool.parse([(raw, None, True, len(raw), "") for raw in mails], Limits(), bounds)
    return [each.defect if isinstance(each, Refused) else each.subject for each in answers]


def only_html(html: str) -> bytes:
    """A mail of which reading means work: its text is made from HTML."""
    return f"From: eve@evil.example\nSubject: Large\nContent-Type: text/html\n\n{html}".encode()


@pytest.mark.parametrize("subject", WHAT_HAPPENS)
def test_a_deadly_mail_is_refused_with_the_reason_and_the_others_are_parsed(deadly: beside.Pool, subject: str) -> None:
    mails = [mail(subject="One"), mail(subject=subject), mail(subject="Three"), mail(subject="Four")]
    assert asked(deadly, *mails) == ["One", WHAT_HAPPENS[subject], "Three", "Four"]
    assert asked(deadly, mails[1]) == [WHAT_HAPPENS[subject]]
    assert asked(deadly, mails[0]) == ["One"]


@pytest.mark.parametrize("cores", [1, 2, 4, 6])
def test_processes_that_share_a_backlog_answer_in_its_order(
    deadly: beside.Pool, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    monkeypatch.setattr(beside, "MANY", 2)
    monkeypatch.setattr(deadly, "_cores", cores)
    mails = [mail(subject="ends" if number in (3, 8) else f"Number {number}") for number in range(10)]
    for count in (10, 1, 0):
        assert asked(deadly, *mails[:count]) == [
            WHAT_HAPPENS["ends"] if number in (3, 8) else f"Number {number}" for number in range(count)
        ]


def test_a_portion_of_deadly_mail_only_is_refused_one_by_one(deadly: beside.Pool) -> None:
    assert set(asked(deadly, *[mail(subject="ends") for _number in range(12)])) == {WHAT_HAPPENS["ends"]}


def test_a_process_is_asked_again_and_again_and_by_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    with parsed_by(DEADLY, monkeypatch) as pool:
        pool.warm_up()
        (first,) = pool._idle
        asked(pool, mail())
        assert pool._idle == [first]
        with ThreadPoolExecutor(8) as threads:
            told = list(threads.map(lambda number: asked(pool, mail(subject=f"slow {number}")), range(8)))
        assert told == [[f"slow {number}"] for number in range(8)]
        assert 1 < len(pool._idle) <= max(beside.MOST, os.cpu_count() or 1)


def test_a_process_that_ended_while_nobody_asked_is_replaced(deadly: beside.Pool) -> None:
    deadly.warm_up()
    (waiting,) = deadly._idle
    os.kill(waiting._process.pid, signal.SIGKILL)
    assert asked(deadly, mail(subject="Fine")) == ["Fine"]
    # It may also end between the last look and the question.
    (waiting,) = deadly._idle
    os.kill(waiting._process.pid, signal.SIGSTOP)
    os.kill(waiting._process.pid, signal.SIGKILL)
    assert asked(deadly, mail(subject="Fine")) == ["Fine"]


def test_a_process_that_nobody_asks_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = "from core.parsing import __main__ as program; import sys; program.IDLE = 0.2; "
    idle += "program.answer(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[-1]))"
    with parsed_by(idle, monkeypatch) as pool:
        pool.warm_up()
        (waiting,) = pool._idle
        assert waiting._process.wait(30) == 0
        assert asked(pool, mail(subject="Fine")) == ["Fine"]


def test_processes_end_with_the_program_that_asked_them_however_it_ends(tmp_path: Path) -> None:
    program = "from core.parsing.beside import pool; pool.warm_up(); print(pool._idle[0]._process.pid, flush=True); "
    for end in ("pass", "import os; os.kill(os.getpid(), 9)"):
        run = subprocess.run([sys.executable, "-c", program + end], cwd=REPOSITORY, capture_output=True, text=True)
        pid = int(run.stdout)
        until = time.monotonic() + 20
        while _lives(pid) and time.monotonic() < until:
            time.sleep(0.02)
        assert not _lives(pid), (end, run.stderr)


def _lives(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_the_parser_is_that_of_this_house_wherever_it_is_started(tmp_path: Path) -> None:
    other = tmp_path / "core" / "parsing"
    other.mkdir(parents=True)
    (other / "__main__.py").write_text("raise SystemExit('somebody else')")
    (tmp_path / "core" / "__init__.py").touch()
    (other / "__init__.py").touch()
    program = "import sys; sys.path.insert(0, sys.argv[1]); from core.parsing.beside import pool; "
    program += "from core.parsing import Limits; from core.parsing.bounds import Bounds; "
    program += "print(pool.parse([(b'Subject: Fine', None, True, 13, '')], Limits(), Bounds())[0].subject)"
    run = subprocess.run(
        [sys.executable, "-P", "-c", program, str(REPOSITORY)], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.stdout == "Fine\n", run.stderr


def test_what_is_parsed_beside_is_what_would_be_parsed_here() -> None:
    mails = real_messages(150, "spamassassin")
    answers = beside.pool.parse([(raw, None, True, len(raw), "") for raw in mails], Limits(), Bounds())
    dated = [(here, there) for here, there in zip(map(parse, mails), answers, strict=True)
             if isinstance(there, ParsedMessage) and here.sent_at]  # fmt: skip
    assert len(dated) > 100 and all(here == there for here, there in dated)


def test_a_mail_that_takes_more_memory_than_there_is_is_refused_and_a_small_one_is_not() -> None:
    """The real parser, and mail that is only large: the limit is tiny."""
    large = only_html("word <b>word</b> " * 800_000)
    little = Bounds(memory=2**26, seconds=30)
    assert asked(beside.pool, large, mail(subject="Fine"), bounds=little) == ["parser_memory: 64 MiB", "Fine"]
    assert asked(beside.pool, large, bounds=Bounds()) == ["Large"]


def test_a_mail_that_takes_longer_than_it_may_is_refused_and_a_small_one_is_not() -> None:
    long = only_html("word <b>word</b> " * 200_000)
    assert asked(beside.pool, long, mail(subject="Fine"), bounds=Bounds(2**30, 0.05)) == ["parser_time: 0.05 s", "Fine"]


@pytest.mark.parametrize("subject", ["ends", "hangs", "swells"])
def test_a_deadly_mail_is_kept_as_unreadable_after_three_tries_and_the_rest_goes_on(
    desk: DeskUnderTest, deadly: beside.Pool, subject: str
) -> None:
    desk.write(mail(to="payments@desk.example"), mail(subject=subject, sender="eve@evil.example"), mail())
    run = desk.collect(AP)[AP]
    assert (counts(run), run.problem) == ((3, 3, 0, 0, 0), None)
    assert desk.rows("SELECT verdict, cause, subject, defects FROM message ORDER BY id") == [
        ("parsed", None, "Hello", []),
        ("unparsable", "unparsable", "", [f"{WHAT_HAPPENS[subject]}, 3 ×"]),
        ("parsed", "bcc_only", "Hello", []),
    ]
    (id,) = (id for (id,) in desk.rows("SELECT id::VARCHAR FROM message WHERE verdict = 'unparsable'"))
    assert f"Subject: {subject}".encode() in raw_of(desk.desk.operator(), id)
    assert desk.value("SELECT count(*) FROM parse_try") == 0
    assert_everything_is_there_once(desk)
    assert counts(desk.collect(AP)[AP]) == (0, 0, 0, 0, 0)


def test_what_its_header_says_is_kept_of_a_mail_whose_body_harms_the_parser(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = "def deadly(raw, *limits, **named):\n"
    body_only = DEADLY.replace(begins, f"{begins}    if not named['complete']: return parse(raw, *limits, **named)\n")
    with parsed_by(body_only, monkeypatch):
        id = desk.receive_one(mail(subject="ends", sender="eve@evil.example", to="payments@desk.example"))
    assert desk.says(id) == "unparsable"
    assert desk.rows("SELECT from_address, subject, verdict FROM message") == [
        ("eve@evil.example", "ends", "unparsable")
    ]
    assert desk.rows("SELECT address FROM recipient WHERE kind = 'to'") == [("payments@desk.example",)]


def test_each_try_is_written_down_before_it_is_begun(
    desk: DeskUnderTest, deadly: beside.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[tuple[Any, ...]]] = []
    parse_all = deadly.parse

    def looking(messages: Any, limits: Limits, bounds: Bounds, fresh: bool = False) -> Any:
        seen.append(desk.rows("SELECT number, problem FROM parse_try ORDER BY number"))
        return parse_all(messages, limits, bounds, fresh)

    monkeypatch.setattr(deadly, "parse", looking)
    desk.receive_one(mail(subject="ends"))
    why = WHAT_HAPPENS["ends"]
    in_company, *alone, header = seen
    assert in_company == []
    assert alone == [[(0, why), *[(number, why) for number in range(1, at)], (at, None)] for at in (1, 2, 3)]
    assert header == [(0, why), (1, why), (2, why), (3, why)]


def test_a_mail_that_is_only_slow_is_parsed_when_it_is_alone(
    desk: DeskUnderTest, deadly: beside.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "IN_COMPANY", 0.1)
    slow, fine = desk.receive(mail(subject="slow", to="payments@desk.example"), mail())
    assert [desk.says(slow), desk.says(fine)] == ["route: Payments", "bcc_only"]
    assert desk.rows("SELECT DISTINCT verdict FROM message") == [("parsed",)]
    assert desk.value("SELECT count(*) FROM parse_try") == 0


def test_however_many_mails_are_tried_alone_new_mail_does_not_wait_for_all_of_them(
    desk: DeskUnderTest, deadly: beside.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "IN_A_RUN", 0.0)
    desk.write(*(mail(subject="ends") for _number in range(3)), mail(to="payments@desk.example"))
    given_up = []
    for _round in range(4):
        assert desk.collect(AP)[AP].problem is None
        given_up.append(desk.value("SELECT count(*) FROM message WHERE verdict = 'unparsable'"))
        desk.write(mail(to="payments@desk.example"))
    assert given_up == [1, 2, 3, 3]
    assert desk.value("SELECT count(*) FROM message WHERE verdict = 'parsed'") == 4
    assert desk.value("SELECT count(*) FROM parse_try") == 0


COLLECTOR = """
import sys
from pathlib import Path
from core import trying
from core.collecting import collect
from core.parsing import beside
from core.scope import open_desk
from core.store import file
file.REST = 0.0
trying.UNSEEN = 3
beside.pool = beside.Pool(("-c", {program!r}))
(run,) = collect(open_desk(Path(sys.argv[1])).operator(), ["Accounts Payable"])
sys.exit(run.problem)
"""


def collected_apart(desk: DeskUnderTest) -> int:
    """A whole collector as a process of its own, with the parser that has a fault; its exit code."""
    environment = os.environ | {**desk.environment}
    program = [sys.executable, "-c", COLLECTOR.format(program=DEADLY), str(desk.folder / "straydesk.toml")]
    return subprocess.run(program, cwd=REPOSITORY, env=environment, timeout=120, check=False).returncode


@with_others
def test_a_mail_that_ends_the_whole_collector_again_and_again_is_given_up_and_stops_nothing(
    desk: DeskUnderTest,
) -> None:
    mails = [mail(to="payments@desk.example") for _number in range(24)]
    desk.write(*mails[:12], mail(subject="takes the collector along"), *mails[12:])
    ended, tried = 0, []
    while collected_apart(desk) == -signal.SIGKILL:
        ended += 1
        assert ended < 8
        assert desk.value("SELECT count(*) FROM message_raw") == 25, "its bytes were committed before it was looked at"
        tried.append(desk.value("SELECT max(number) FROM parse_try"))
        # What has been tried less often goes first, ten at a time: the others do not wait until it is given up.
        assert desk.value("SELECT count(*) FROM message") == {1: 0, 2: 0, 3: 10, 4: 17}.get(ended, 24)
    # Once in a portion, once among what that run left, once among few, then alone: nobody saw the end of these tries.
    assert tried == [None, 0, 0, 1, 2, 3]
    assert desk.rows("SELECT verdict, count(*), any_value(defects) FROM message GROUP BY 1 ORDER BY 1") == [
        ("parsed", 24, []),
        ("unparsable", 1, ["parser_ended: with the collector, 3 ×"]),
    ]
    assert desk.value("SELECT count(*) FROM parse_try") == 0
    assert_everything_is_there_once(desk)
