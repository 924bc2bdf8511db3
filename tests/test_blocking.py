"""A block and its undo: whoever was blocked by mistake is heard again, and only by those who may decide so."""

from pathlib import Path

import pytest

from core.blocking import block, blocks, lift
from core.errors import InvalidInput, NotAllowed, NotFound
from core.messages import message
from core.undoing import undo
from tests.desk import AP, PEOPLE, DeskUnderTest, mail

SPAMMER = "sue@spam.example"


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path)


def spam() -> bytes:
    return mail(sender=SPAMMER, to="nobody@desk.example")


def test_undoing_a_block_brings_the_mail_back_and_lets_the_next_one_in(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    waiting = desk.receive(spam(), spam())
    made = block(ana, "address", SPAMMER, "spam", mailbox=AP)
    assert desk.says(desk.receive_one(spam())).startswith("deleted")
    undone = undo(ana, made.batch)
    assert str(made) == "Blocked, and deleted 2 messages."
    assert str(undone) == f"Undone for 2 messages. {SPAMMER} is not blocked any more."
    assert blocks(ana) == []
    assert [message(ana, id)["status"] for id in waiting] == ["unprocessed"] * 2
    assert desk.says(desk.receive_one(spam())) == "no_route"


def test_a_block_that_found_nothing_waiting_is_undone_once(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    made = block(ana, "domain", "spam.example", "spam", mailbox=AP)
    assert str(undo(ana, made.batch)) == "spam.example is not blocked any more."
    assert blocks(ana) == []
    with pytest.raises(InvalidInput, match="undone already"):
        undo(ana, made.batch)


def test_who_lifted_it_and_when_stays_written_down(desk: DeskUnderTest) -> None:
    made = block(desk.acting("ana"), "address", SPAMMER, "spam", mailbox=AP)
    lift(desk.acting("bea"), made.batch)
    desk.receive(spam())
    with pytest.raises(InvalidInput, match="undone already"):
        undo(desk.acting("ana"), made.batch)
    assert desk.rows("SELECT created_by, lifted_by FROM block") == [("ana@desk.example", "bea@desk.example")]


def test_undoing_one_block_leaves_another_of_the_same_sender_in_force(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    first = block(ana, "address", SPAMMER, "spam", mailbox=AP)
    block(desk.acting("bea"), "address", SPAMMER, "spam again", mailbox=AP)
    undo(ana, first.batch)
    assert [each["reason"] for each in blocks(ana)] == ["spam again"]
    assert desk.says(desk.receive_one(spam())).startswith("deleted")


def test_a_block_everywhere_is_undone_by_those_who_may_block_everywhere(desk: DeskUnderTest) -> None:
    id = desk.receive_one(spam())
    made = block(desk.acting("leo"), "address", SPAMMER, "spam")
    with pytest.raises(NotAllowed):
        undo(desk.acting("ana"), made.batch)
    assert message(desk.acting("ana"), id)["status"] == "deleted"
    assert len(blocks(desk.acting("leo"))) == 1
    undo(desk.acting("leo"), made.batch)
    assert message(desk.acting("ana"), id)["status"] == "unprocessed"
    assert blocks(desk.acting("leo")) == []


def test_a_block_of_another_team_is_not_there_to_undo(desk: DeskUnderTest) -> None:
    made = block(desk.acting("hana"), "address", SPAMMER, "spam", mailbox=PEOPLE)
    with pytest.raises(NotFound):
        undo(desk.acting("ana"), made.batch)
    assert len(blocks(desk.acting("hana"))) == 1
