"""The clock is set back or forward while mail is collected: nothing is lost, doubled or taken for older than it is."""

import os
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import uuid_utils

from core import intake
from core.acting import delete
from core.claiming import claim
from core.collecting import collect
from core.intake import Rising, new_id
from core.messages import message
from core.replaying import replay
from core.route_edits import save_route
from core.routes import Route
from core.snoozing import snooze
from core.store.lingering import People
from tests.desk import AP, INVOICES, DeskUnderTest, mail, route
from tests.test_acting import assert_the_journal_tells_everything
from tests.test_collecting import assert_everything_is_there_once

ROUTES = [route("Invoices", "invoices@desk.example")]
DAY, YEAR = timedelta(days=1), timedelta(days=365)
JUMPS = [-timedelta(hours=1), YEAR, -YEAR]


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path, ROUTES)


class Machine:
    """The clock of the machine, as ids see it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        real = uuid_utils.uuid7
        monkeypatch.setattr(uuid_utils, "uuid7", lambda: real(
            nanoseconds=time.time_ns() + int(self.ahead.total_seconds() * 10**9)))  # fmt: skip
        self._monkeypatch = monkeypatch
        self.begin_anew()

    def begin_anew(self) -> None:
        """Another process, which knows nothing of ids given before."""
        self._monkeypatch.setattr(intake, "_ids", Rising())


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_ids_rise_whatever_the_clock_does(machine: Machine) -> None:
    given = []
    for ahead in (timedelta(), *JUMPS, timedelta()):
        machine.ahead = ahead
        given += [new_id() for _number in range(200)]
    assert given == sorted(given) and len({*given}) == len(given)
    assert {(UUID(id).version, UUID(id).variant) for id in given} == {(7, "specified in RFC 4122")}


@pytest.mark.parametrize("jump", [timedelta(seconds=-1), -YEAR])
def test_an_answer_collected_after_the_clock_was_set_back_finds_its_question(
    desk: DeskUnderTest, machine: Machine, jump: timedelta
) -> None:
    desk.receive(mail(to="invoices@desk.example", message_id="question@supplier.example"))
    machine.ahead = jump
    machine.begin_anew()
    answer = desk.receive_one(mail(to="invoices@desk.example", in_reply_to="question@supplier.example"))
    assert desk.says(answer) == "reply: T-000001"
    assert desk.value("SELECT count(*) FROM work_item") == 1


def test_a_flood_is_told_after_the_clock_was_set_back(desk: DeskUnderTest, machine: Machine) -> None:
    def robot() -> bytes:
        return mail(to="invoices@desk.example", auto_submitted="auto-generated")

    desk.receive(*(robot() for _number in range(20)))
    machine.ahead = -DAY
    machine.begin_anew()
    assert desk.says(desk.receive_one(robot())) == "flood"


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_between_and_in_runs_loses_and_doubles_nothing(
    desk: DeskUnderTest, machine: Machine, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    monkeypatch.setattr("core.collection.AT_ONCE", 3)
    real = desk.clock
    times = iter(range(10**6))

    def jumping(*_: object) -> None:
        machine.ahead = jump if next(times) % 2 else timedelta()
        desk.clock = real + machine.ahead

    for _round in range(3):
        desk.write(*(mail(to="invoices@desk.example" if number % 2 else "nobody@desk.example") for number in range(10)))
        (run,) = collect(desk.desk.operator(), [AP], side_by_side=1, progress=jumping)
        assert (run.problem, run.listed, run.stored, run.failed) == (None, 10, 10, 0)
        machine.begin_anew()
    assert desk.value("SELECT count(*) FROM message") == 30
    assert desk.rows("SELECT id FROM message ORDER BY rowid") == desk.rows("SELECT id FROM message ORDER BY id")
    assert_everything_is_there_once(desk)


@pytest.mark.parametrize("jump", JUMPS)
def test_what_was_decided_again_after_a_jump_is_the_newest_decision(desk: DeskUnderTest, jump: timedelta) -> None:
    id = desk.receive_one(mail(to="payments@desk.example"))
    assert desk.says(id) == "no_route"
    desk.clock += jump
    save_route(desk.acting("ada"), Route(name="Payments", recipient="payments@desk.example", target=INVOICES))
    replay(desk.acting("ada"))
    assert desk.says(id) == "route: Payments"
    assert_the_journal_tells_everything(desk)


@pytest.mark.parametrize("jump", JUMPS)
def test_people_act_and_wait_on_after_a_jump(desk: DeskUnderTest, jump: timedelta) -> None:
    one, two, three = desk.receive(mail(), mail(), mail())
    ana, bea = desk.acting("ana"), desk.acting("bea")
    claim(ana, [one])
    snooze(ana, [two], until=desk.clock + timedelta(hours=2))
    desk.clock += jump
    assert claim(bea, [one], take_over=True).ids == [one]
    assert delete(bea, [one, two, three], "spam").ids == [one, two, three]
    assert message(ana, two)["status"] == "deleted"
    assert_everything_is_there_once(desk)


def test_a_time_to_come_at_which_somebody_waited_does_not_slow_the_collector_down(tmp_path: Path) -> None:
    people = People(tmp_path / "store.duckdb")
    people.remember()
    assert people.are_about()
    later = time.time() + YEAR.total_seconds()
    os.utime(tmp_path / "store.duckdb.waited", (later, later))
    assert not people.are_about()
