"""A desk on a shared store is seen as it was: by the same functions, by whom it concerns today, and never changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core import clock
from core.acting import delete
from core.claiming import claim
from core.errors import InvalidInput, NotAllowed, StoreProblem
from core.maintaining import maintain
from core.messages import message
from core.queue import tally, waiting
from core.scope import Desk
from core.status import mailbox_states
from core.store import past
from core.work_items import work_items
from tests.desk import PEOPLE, DeskUnderTest, mail
from tests.lake_desk import answered, lake_desk, ran


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskUnderTest:
    return lake_desk(tmp_path, monkeypatch)


def subjects(desk: Desk, name: str = "ana") -> set[str]:
    return set(waiting(desk.acting(f"{name}@desk.example"))["subject"])


def moment_of(desk: DeskUnderTest) -> datetime:
    """Now, with nothing that happens at the same moment on either side; the desk's clock goes on with it."""
    moment = clock.now()
    desk.clock = moment + timedelta(seconds=1)
    return moment


def test_the_queue_of_a_moment_is_the_same_after_people_acted_and_the_store_was_maintained(desk: DeskUnderTest) -> None:
    first, _second = desk.receive(mail(to="ap@desk.example", subject="One"), mail(to="ap@desk.example", subject="Two"))
    then = moment_of(desk)
    delete(desk.acting("ana"), {first: 1}, "Spam")
    desk.receive(mail(to="ap@desk.example", subject="Three"), mail(to="invoices@desk.example"))
    maintain(desk.acting("ada"))
    past_desk = desk.desk.at(then)
    ana = past_desk.acting("ana@desk.example")
    assert subjects(desk.desk) == {"Two", "Three"}
    assert subjects(past_desk) == {"One", "Two"}
    assert tally(ana).waiting == 2
    assert message(ana, first)["status"] == "unprocessed"
    assert work_items(ana).empty and not work_items(desk.acting("ana")).empty
    assert mailbox_states(ana).set_index("mailbox").loc["Accounts Payable", "waiting"] == 2
    assert past_desk.now() == then


def test_what_is_past_is_not_changed(desk: DeskUnderTest) -> None:
    (id,) = desk.receive(mail(to="ap@desk.example"))
    ana = desk.desk.at(moment_of(desk)).acting("ana@desk.example")
    with pytest.raises(NotAllowed, match="what is past can't be changed"):
        delete(ana, {id: 1}, "Spam")
    with pytest.raises(NotAllowed, match="what is past can't be changed"):
        claim(ana, {id: 1})
    with ana.store.reading() as db, pytest.raises(Exception, match="read-only"):
        db.run("DELETE FROM message")
    with pytest.raises(NotAllowed, match="what is past"):
        ana.store.copy_to(desk.folder / "copy", lambda _done, _total: None)
    assert desk.says(id) == "no_route"


def test_who_asks_sees_what_they_may_see_today(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="people@desk.example", subject="Private"), mailbox=PEOPLE)
    then = moment_of(desk)
    desk.change("INSERT INTO team_member (team, email) VALUES ('Staff', 'nemo@desk.example')")
    desk.change("DELETE FROM team_member WHERE email = 'hana@desk.example'")
    past_desk = desk.desk.at(then)
    assert subjects(past_desk, "nemo") == {"Private"}
    assert subjects(past_desk, "hana") == set()
    desk.change("DELETE FROM person WHERE email = 'leo@desk.example'")
    with pytest.raises(NotAllowed):
        past_desk.acting("leo@desk.example")


def test_a_moment_that_is_not_known_is_told_in_a_sentence(desk: DeskUnderTest, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="yet to come"):
        desk.desk.at(desk.clock + timedelta(days=1))
    with pytest.raises(StoreProblem, match="what it still knows begins on 20.*snapshot_days"):
        desk.desk.at(datetime(2020, 1, 1))
    then = moment_of(desk)
    desk.change("INSERT INTO team SELECT 't' || i, 'x' FROM range(20) AS t(i)")
    desk.clock += timedelta(days=31)
    maintain(desk.acting("ada"))
    with pytest.raises(StoreProblem, match="what it still knows begins on"):
        desk.desk.at(then)


def test_a_file_says_that_it_keeps_no_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.homes.HOME", "file")
    desk = DeskUnderTest(tmp_path, clock=clock.now())
    with pytest.raises(StoreProblem, match="keeps no past.*shared store"):
        desk.desk.at(desk.clock - timedelta(hours=1))
    said = ran(desk, "queue", "--at", "2026-01-05")
    assert (said.returncode, said.stdout) == (1, "") and "keeps no past" in said.stderr


def test_another_version_of_the_program_reads_it_by_its_own_views_or_says_that_it_cannot(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.receive(mail(to="ap@desk.example", subject="One"))
    then = moment_of(desk)
    monkeypatch.setattr(past, "has_views", lambda _connection: False)
    assert subjects(desk.desk.at(then)) == {"One"}
    monkeypatch.setattr(past, "migrations", lambda: {1: "schema"})
    with pytest.raises(StoreProblem, match="older version of Straydesk wrote"):
        desk.desk.at(then)


def test_the_verbs_take_local_time_or_a_zone(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="ap@desk.example", subject="One"))
    then = moment_of(desk)
    (id,) = waiting(desk.acting("ana"))["id"]
    delete(desk.acting("ana"), {id: 1}, "Spam")
    local = then.replace(tzinfo=UTC).astimezone().replace(tzinfo=None).isoformat()
    assert answered(desk, "queue") == []
    for written in (local, f"{then.isoformat()}+00:00", f"{(then + timedelta(hours=2)).isoformat()}+02:00"):
        assert [row["subject"] for row in answered(desk, "queue", "--at", written)] == ["One"]
    assert answered(desk, "show", id, "--at", local)["status"] == "unprocessed"
    assert answered(desk, "work-items", "--at", local) == []
    assert answered(desk, "status", "--at", local)[0]["waiting"] == 1
    assert ran(desk, "queue", "--at", "Monday").returncode == 2
    assert ran(desk, "status", "--check", "--at", local).returncode == 2
