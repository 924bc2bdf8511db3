"""One collector at a time for each mailbox: held, given back, ended by itself, taken over, fenced."""

import os
import pkgutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import collection, life_signs
from core.collecting_now import CollectingNow
from core.errors import MailboxHeld, MailboxLost
from core.leases import Lease
from core.ledger import ledger
from core.runs import Run
from core.status import mailbox_states
from core.store import Connection, Store
from core.watching import Watching
from tests import homes
from tests.desk import AP, AR, CONFIGURATION, PAYMENTS, DeskUnderTest, mail, route
from tests.homes import with_others
from tests.test_collecting import assert_everything_is_there_once

pytestmark = with_others

REPOSITORY = Path(__file__).parent.parent
HOMES = ("file", "lake")
PATIENCE = 60.0
QUICK = "\n[collect]\nevery_seconds = 0.2\nlease_seconds = 2\n"
LEASES = "SELECT holder, fence, since, renewed_at, until FROM lease WHERE mailbox = $mailbox"


@pytest.fixture(params=HOMES)
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskUnderTest:
    monkeypatch.setattr(homes, "HOME", request.param)
    return DeskUnderTest(tmp_path, [route("Payments", "payments@desk.example", PAYMENTS)])


@pytest.fixture
def quick(tmp_path: Path) -> DeskUnderTest:
    """A desk whose leases end soon; on a file."""
    return DeskUnderTest(tmp_path, [route("Payments", "payments@desk.example", PAYMENTS)], CONFIGURATION + QUICK)


def lease(desk: DeskUnderTest, seconds: float = 600, mailbox: str = AP) -> Lease:
    return Lease(desk.desk.store, mailbox, seconds)


@contextmanager
def held(desk: DeskUnderTest, seconds: float = 600) -> Iterator[Lease]:
    """Somebody else has the mailbox."""
    other = lease(desk, seconds)
    other.take()
    try:
        yield other
    finally:
        other.release()


def end_now(desk: DeskUnderTest) -> None:
    """As if the holder had not been heard of for as long as its lease was."""
    desk.change("UPDATE lease SET since = since - $ago, renewed_at = renewed_at - $ago, until = until - $ago",
                ago=timedelta(hours=1))  # fmt: skip


def until(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Held


def test_a_run_leaves_a_mailbox_that_another_collector_has_to_it_and_no_trace(desk: DeskUnderTest) -> None:
    desk.write(mail(), mail())
    with held(desk):
        runs = desk.collect()
        told = f"It is being collected by {os.uname().nodename}:{os.getpid()}, since "
        assert str(runs[AP].held).startswith(told)
        assert (runs[AP].problem, runs[AP].listed, runs[AP].stored) == (None, 0, 0)
        assert runs[AR].held is None and runs[AR].problem is None
        assert desk.rows("SELECT mailbox FROM mailbox_state WHERE mailbox = $mailbox", mailbox=AP) == []
        assert desk.value("SELECT count(*) FROM collection_run") == desk.value("SELECT count(*) FROM delivery") == 0
    run = desk.collect(AP)[AP]
    assert (run.held, run.problem, run.stored) == (None, None, 2)


def test_the_state_of_a_mailbox_says_who_collects_it(desk: DeskUnderTest) -> None:
    def told() -> dict[str, Any]:
        states = mailbox_states(desk.acting("ana")).set_index("mailbox").collected_by
        return {str(name): holder if isinstance(holder, str) else None for name, holder in states.items()}

    with held(desk):
        assert told() == {AP: f"{os.uname().nodename}:{os.getpid()}", AR: None}
        end_now(desk)
        assert told() == {AP: None, AR: None}


def test_a_run_gives_its_lease_back_however_it_ends(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(problem: str | None) -> None:
        assert desk.collect(AP)[AP].problem == problem
        assert desk.rows(LEASES, mailbox=AP) == []

    desk.write(mail())
    ended(None)
    with monkeypatch.context() as broken:
        broken.setattr(collection.Collection, "_take_all", lambda *_: 1 / 0)
        ended("Unexpected: ZeroDivisionError: division by zero")
    with monkeypatch.context() as broken:
        broken.setattr("core.collecting.record_run", lambda *_: False)
        ended(None)


def test_a_lease_that_could_not_be_given_back_does_not_keep_this_process_from_its_mailbox(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lease(desk)
    one.take()
    with monkeypatch.context() as down:
        down.setattr(Store, "change", lambda *_, **__: 1 / 0)
        one.release()
    assert len(desk.rows(LEASES, mailbox=AP)) == 1
    assert desk.collect(AP)[AP].held is None


def test_of_many_who_take_at_once_one_has_it(desk: DeskUnderTest) -> None:
    together = threading.Barrier(6)

    def taken(_number: int) -> str:
        together.wait()
        with suppress(MailboxHeld):
            lease(desk).take()
            return "had it"
        return "was told"

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(taken, range(6))) == ["had it", *["was told"] * 5]
    assert len(desk.rows(LEASES, mailbox=AP)) == 1


# Ended


def test_a_lease_that_was_not_renewed_ends_by_itself_and_the_next_one_has_a_higher_fence(desk: DeskUnderTest) -> None:
    with held(desk) as before:
        end_now(desk)
        with held(desk) as after:
            assert (before.fence or 0) < (after.fence or 0)
            with pytest.raises(MailboxHeld):
                lease(desk).take()
        with held(desk) as last:
            assert (after.fence or last.fence or 0) <= (last.fence or 0)
    assert desk.rows(LEASES, mailbox=AP) == []


def test_a_lease_from_a_time_to_come_counts_as_ended_as_the_clock_was_set_back(desk: DeskUnderTest) -> None:
    with held(desk):
        desk.change("UPDATE lease SET renewed_at = renewed_at + $on, until = until + $on", on=timedelta(days=300))
        assert desk.collect(AP)[AP].held is None


def test_what_is_held_is_renewed_beside_the_work(desk: DeskUnderTest) -> None:
    with held(desk, seconds=2):
        ((_holder, fence, since, renewed_at, _until),) = desk.rows(LEASES, mailbox=AP)
        until(lambda: desk.rows(LEASES, mailbox=AP)[0][3] > renewed_at)
        assert desk.rows(LEASES, mailbox=AP)[0][1:3] == (fence, since)


def test_a_lease_that_was_renewed_lately_is_taken_again_without_a_change(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(desk) as kept, monkeypatch.context() as forbidden:
        forbidden.setattr(Store, "change", lambda *_, **__: pytest.fail("a change"))
        kept.take()


# Fenced


def test_who_has_lost_the_mailbox_changes_nothing_any_more(desk: DeskUnderTest) -> None:
    with held(desk) as lost:
        end_now(desk)
        with held(desk):
            fenced = desk.desk.store.fenced(lost.check)
            with pytest.raises(MailboxLost, match="taken over by another collector.*Nothing is lost"):
                fenced.change(lambda db: db.run("DELETE FROM team"))
            with pytest.raises(MailboxHeld):
                lost.take()
    assert desk.value("SELECT count(*) FROM team") == 2


def test_two_changes_at_the_same_moment_are_told_apart_by_the_fence_alone(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the turn at writing was lost: its connection is another one than that of the change."""
    if homes.HOME == "file":
        pytest.skip("a file is one process's, and threads of it take turns")
    store = desk.desk.store
    tried: list[int] = []

    def work(db: Connection) -> None:
        db.run("DELETE FROM team")
        if not tried:
            tried.append(1)
            with ThreadPoolExecutor(1) as thread:
                thread.submit(end_now, desk).result()
                thread.submit(lease(desk).take).result()

    with held(desk) as lost:
        monkeypatch.setattr(store._home, "writing", nullcontext)
        with pytest.raises(MailboxLost):
            store.fenced(lost.check).change(work)
    assert desk.value("SELECT count(*) FROM team") == 2


@pytest.mark.parametrize(
    "moment", ["collection.Collection._take", "collection.Collection._store", "collecting.record_run"]
)
def test_a_run_that_loses_its_mailbox_on_the_way_stops_and_the_other_one_brings_everything(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    desk.write(*(mail(to="payments@desk.example" if number % 2 else "") for number in range(9)))
    monkeypatch.setattr(collection, "AT_ONCE", 3)
    others: list[Run] = []
    *place, name = moment.split(".")
    real = pkgutil.resolve_name(f"core.{'.'.join(place)}").__dict__[name]

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(f"core.{moment}", real)
        end_now(desk)
        with ThreadPoolExecutor(1) as thread:
            others.append(thread.submit(lambda: desk.collect(AP)[AP]).result())
        return real(*arguments)

    monkeypatch.setattr(f"core.{moment}", overtaken)
    run = desk.collect(AP)[AP]
    assert run.problem and "taken over by another collector" in run.problem
    assert [other.problem for other in others] == [None]
    assert desk.value("SELECT count(*) FROM message") == desk.value("SELECT count(*) FROM delivery") == 9
    assert desk.rows("SELECT problem FROM mailbox_state WHERE mailbox = $mailbox", mailbox=AP) == [(None,)]
    assert_everything_is_there_once(desk)
    today = ledger(desk.desk.operator(), desk.clock.replace(hour=0, minute=0), 1).set_index("mailbox").loc[AP]
    assert (today["left_over"], today["unaccounted"], today["undecided"]) == (0, 0, 0)


# Killed, and put to sleep

HOLDER = """
import sys, time
from pathlib import Path
from core.leases import Lease
from core.ledger import ledger
from core.scope import open_desk
desk = open_desk(Path(sys.argv[1]))
lease = Lease(desk.store, "Accounts Payable", float(sys.argv[2]))
lease.take()
print(lease.fence, flush=True)
for line in sys.stdin:
    try:
        desk.store.fenced(lease.check).change(lambda db: db.run("UPDATE counter SET value = 7 WHERE name = 'routes'"))
    except Exception as error:
        print(type(error).__name__, flush=True)
    else:
        print("changed", flush=True)
"""


@contextmanager
def holder(desk: DeskUnderTest, seconds: float) -> Iterator["subprocess.Popen[str]"]:
    """A process that has the mailbox, and changes something for each line it reads."""
    environment = os.environ | {"STRAYDESK_STORE": desk.place.location, "STRAYDESK_DATA": desk.place.data}
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(desk.folder / "straydesk.toml"), str(seconds)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
                               env=environment)  # fmt: skip
    try:
        assert said(process).isdigit()
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def ask(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    print(file=process.stdin, flush=True)


def test_the_mailbox_of_a_collector_killed_on_this_machine_is_free_at_once(desk: DeskUnderTest) -> None:
    with holder(desk, 600) as other:
        assert desk.collect(AP)[AP].held
        other.kill()
        other.wait()
        assert desk.collect(AP)[AP].held is None
    assert desk.rows(LEASES, mailbox=AP) == []


def test_the_mailbox_of_a_collector_killed_elsewhere_is_free_when_its_lease_has_ended(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life_signs, "has_ended", lambda _sign: False)  # its machine can't be looked at
    with holder(desk, 3) as other:
        other.kill()
        other.wait()
        assert desk.collect(AP)[AP].held
        until(lambda: desk.collect(AP)[AP].held is None)


def test_a_collector_that_slept_for_too_long_wakes_without_its_mailbox_and_harms_nothing(desk: DeskUnderTest) -> None:
    with holder(desk, 2) as other:
        ask(other)
        assert said(other) == "changed"
        other.send_signal(signal.SIGSTOP)
        taken = lease(desk)
        until(lambda: takes(taken))
        desk.change("UPDATE counter SET value = 0 WHERE name = 'routes'")
        other.send_signal(signal.SIGCONT)
        ask(other)
        assert said(other) == "MailboxLost"
        assert desk.value("SELECT value FROM counter WHERE name = 'routes'") == 0
        taken.release()


def takes(one: Lease) -> bool:
    with suppress(MailboxHeld):
        one.take()
    return one.fence is not None


def test_a_sign_of_life_says_who_lives_who_has_ended_and_of_strangers_nothing() -> None:
    assert not life_signs.has_ended(life_signs.own_sign())
    assert not life_signs.has_ended("of another machine") and not life_signs.has_ended("../../etc/passwd")
    program = "from core.life_signs import own_sign; import os; print(own_sign(), flush=True); os.kill(os.getpid(), 9)"
    killed = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert life_signs.has_ended(killed.stdout.strip())
    life_signs.bury(killed.stdout.strip())
    assert not life_signs.has_ended(killed.stdout.strip())


def test_a_forked_process_has_a_sign_of_its_own_and_does_not_keep_that_of_its_parent_alive() -> None:
    program = """
import os, time
from core.life_signs import own_sign
print(own_sign(), flush=True)
if os.fork():
    os.kill(os.getpid(), 9)
print(own_sign(), flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    one, other = said(parent), said(parent)
    parent.wait()
    assert one != other and life_signs.has_ended(one) and not life_signs.has_ended(other)


# Watched, and asked for on a page


def test_who_watches_a_mailbox_that_another_one_watches_stands_by_and_takes_over(quick: DeskUnderTest) -> None:
    runs: dict[str, list[Run]] = {"first": [], "second": []}
    first = Watching(quick.desk.operator(), [AP], report=runs["first"].append)
    second = Watching(quick.desk.operator(), [AP], report=runs["second"].append)
    first.begin()
    until(lambda: runs["first"])
    second.begin()
    quick.write(mail())
    until(lambda: sum(run.stored for run in runs["first"]) == 1)
    until(lambda: len(runs["first"]) > 5)
    assert runs["second"] == []
    first.end()
    quick.write(mail())
    until(lambda: sum(run.stored for run in runs["second"]) == 1)
    second.end()
    assert {run.problem for run in runs["first"] + runs["second"]} == {None}
    assert quick.rows(LEASES, mailbox=AP) == []


def test_one_that_watches_and_loses_its_mailbox_stands_by_until_it_is_free(quick: DeskUnderTest) -> None:
    runs: list[Run] = []
    watching = Watching(quick.desk.operator(), [AP], report=runs.append)
    watching.begin()
    until(lambda: runs)
    other = lease(quick)
    until(lambda: overtakes(quick, other))
    until(lambda: runs[-1].problem)  # it notices, and is not heard of again
    count = len(runs)
    quick.write(mail())
    time.sleep(1)  # no event tells that nothing happens
    assert len(runs) == count and quick.value("SELECT count(*) FROM delivery") == 0
    other.release()
    until(lambda: sum(run.stored for run in runs) == 1)
    watching.end()


def overtakes(desk: DeskUnderTest, other: Lease) -> bool:
    end_now(desk)
    return takes(other)


def test_collect_now_says_that_a_collector_has_the_mailbox_already(desk: DeskUnderTest) -> None:
    now, ana = CollectingNow(), desk.acting("ana")
    with held(desk):
        now.start(ana, [AP])
        until(lambda: now.going(ana)[0].ended)
    (going,) = now.going(ana)
    assert going.state == "held" and going.problem.startswith("It is being collected by ")


def test_collect_says_by_whom_a_mailbox_is_collected_and_ends_well(desk: DeskUnderTest) -> None:
    environment = os.environ | {"STRAYDESK_STORE": desk.place.location, "STRAYDESK_DATA": desk.place.data,
                                "STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml")}  # fmt: skip
    with held(desk):
        asked = subprocess.run([sys.executable, "-m", "core", "collect", "--mailbox", AP], cwd=REPOSITORY, text=True,
                               capture_output=True, env=environment, check=False)  # fmt: skip
    assert (asked.returncode, asked.stdout) == (0, "")
    assert asked.stderr.startswith("Accounts Payable: It is being collected by ")
