"""A block and its undo: whoever was blocked by mistake is heard again, and only by those who may decide so."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.acting import create, delete
from core.blocked import Kind, blocks, mail_of_block, would_block
from core.blocking import allow, block, change_entry, lift
from core.conflicts import conflicts
from core.errors import InvalidInput, NotAllowed, NotFound
from core.messages import message, why
from core.undoing import undo
from tests.desk import AP, AR, INVOICES, PEOPLE, DeskUnderTest, mail, route

SPAMMER = "sue@spam.example"


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path)


def reasons(desk: DeskUnderTest, who: str) -> list[str]:
    """Why the blocks that are in force for somebody were made."""
    found = blocks(desk.acting(who))
    return list(found[found["state"] == "in_force"]["reason"])


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
    assert reasons(desk, "ana") == []
    assert [message(ana, id)["status"] for id in waiting] == ["unprocessed"] * 2
    assert desk.says(desk.receive_one(spam())) == "no_route"


def test_a_block_that_found_nothing_waiting_is_undone_once(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    made = block(ana, "domain", "spam.example", "spam", mailbox=AP)
    assert str(undo(ana, made.batch)) == "spam.example is not blocked any more."
    assert reasons(desk, "ana") == []
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
    assert reasons(desk, "ana") == ["spam again"]
    assert desk.says(desk.receive_one(spam())).startswith("deleted")


def test_a_block_everywhere_is_undone_by_those_who_may_block_everywhere(desk: DeskUnderTest) -> None:
    id = desk.receive_one(spam())
    made = block(desk.acting("leo"), "address", SPAMMER, "spam")
    with pytest.raises(NotAllowed):
        undo(desk.acting("ana"), made.batch)
    assert message(desk.acting("ana"), id)["status"] == "deleted"
    assert len(reasons(desk, "leo")) == 1
    undo(desk.acting("leo"), made.batch)
    assert message(desk.acting("ana"), id)["status"] == "unprocessed"
    assert reasons(desk, "leo") == []


def test_a_block_of_another_team_is_not_there_to_undo(desk: DeskUnderTest) -> None:
    made = block(desk.acting("hana"), "address", SPAMMER, "spam", mailbox=PEOPLE)
    with pytest.raises(NotFound):
        undo(desk.acting("ana"), made.batch)
    assert len(reasons(desk, "hana")) == 1


# What a block would hit


def test_what_a_block_would_hit_is_told_first_and_what_became_work_comes_first(desk: DeskUnderTest) -> None:
    ana, ids = desk.acting("ana"), desk.receive(*(spam() for _each in range(7)))
    reference = create(ana, ids[:1], INVOICES).references[0]
    delete(ana, ids[1:3], "Spam")
    would = would_block(ana, "address", f" {SPAMMER.upper()} ", AP)
    assert (would.messages, would.waiting, would.became_work, would.blocked, would.spared) == (7, 4, 1, 0, 0)
    assert [each["work_items"] for each in would.examples] == [reference, None, None, None, None]
    assert would_block(desk.acting("hana"), "address", SPAMMER).messages == 0


def test_mail_that_an_allow_lets_through_is_neither_counted_nor_deleted(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    kept, lost = desk.receive(mail(sender="boss@spam.example", to="x@y.example"), spam())
    allow(ana, "address", "boss@spam.example", "writes about orders", mailbox=AP)
    would = would_block(ana, "domain", "spam.example", AP)
    assert (would.messages, would.waiting, would.spared) == (1, 1, 1)
    assert block(ana, "domain", "spam.example", "spam", mailbox=AP).ids == [lost]
    assert message(ana, kept)["status"] == "unprocessed"


@pytest.mark.parametrize(
    ("kind", "value"), [("address", "spam.example"), ("domain", "a@b.example"), ("list_id", " "), ("address", "@")]
)
def test_what_can_t_be_a_sender_is_refused_with_an_example(desk: DeskUnderTest, kind: Kind, value: str) -> None:
    with pytest.raises(InvalidInput, match="Write a"):
        would_block(desk.acting("ana"), kind, value, AP)


def test_a_list_is_blocked_as_its_header_writes_it(desk: DeskUnderTest) -> None:
    block(desk.acting("ana"), "list_id", '"Weekly offers" <Offers.Shop.Example>', "never read", mailbox=AP)
    id = desk.receive_one(mail(to="x@y.example", list_id="offers.shop.example"))
    assert desk.says(id) == "deleted: list_id offers.shop.example"


# Allow beats block


@pytest.mark.parametrize(
    ("kind", "value"), [("address", "boss@spam.example"), ("domain", "spam.example"), ("list_id", "orders.example")]
)
@pytest.mark.parametrize("blocked", [("address", "boss@spam.example"), ("domain", "spam.example")])
def test_any_allow_that_matches_beats_any_block(
    desk: DeskUnderTest, kind: Kind, value: str, blocked: tuple[Kind, str]
) -> None:
    ana = desk.acting("ana")
    block(ana, *blocked, "spam", mailbox=AP)
    allow(ana, kind, value, "orders", mailbox=AP)
    id = desk.receive_one(mail(sender="boss@spam.example", to="x@y.example", list_id="orders.example"))
    assert desk.says(id) == "no_route"
    told = why(ana, id)
    assert (told["spared_by"], told["spared_from"]) == (f"{kind} {value}", " ".join(blocked))


def test_an_allow_counts_in_its_mailbox_and_until_it_ends_or_is_lifted(desk: DeskUnderTest) -> None:
    leo = desk.acting("leo")
    block(leo, "domain", "spam.example", "spam")
    made = allow(leo, "address", SPAMMER, "orders", mailbox=AP, expires_at=desk.clock + timedelta(days=1))
    assert desk.says(desk.receive_one(spam(), AR)).startswith("deleted")
    assert desk.says(desk.receive_one(spam())) == "no_route"
    desk.clock += timedelta(days=2)
    assert desk.says(desk.receive_one(spam())).startswith("deleted")
    change_entry(leo, made.batch, owner="ana@desk.example", expires_at=None)
    assert desk.says(desk.receive_one(spam())) == "no_route"
    lift(leo, made.batch)
    assert desk.says(desk.receive_one(spam())).startswith("deleted")
    row = blocks(leo).set_index("id").loc[made.batch]
    assert (row["effect"], row["state"], row["hits"], row["owner"]) == ("allow", "lifted", 2, "ana@desk.example")
    assert set(mail_of_block(leo, made.batch)["status"]) == {"unprocessed"}


def test_undoing_an_allow_lifts_it(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    block(ana, "domain", "spam.example", "spam", mailbox=AP)
    made = allow(ana, "address", SPAMMER, "orders", mailbox=AP)
    assert str(made) == f"{SPAMMER} is let through from now on, whatever is blocked."
    assert "not let through any more" in str(undo(ana, made.batch))
    assert desk.says(desk.receive_one(spam())).startswith("deleted")


def test_nothing_is_spared_where_nothing_is_blocked(desk: DeskUnderTest) -> None:
    allow(desk.acting("ana"), "address", SPAMMER, "orders", mailbox=AP)
    told = why(desk.acting("ana"), desk.receive_one(spam()))
    assert (told["spared_by"], told["spared_from"]) == (None, None)


def test_a_route_for_an_allowed_sender_of_a_blocked_domain_can_fire(tmp_path: Path) -> None:
    routes = [route("Orders", "ap@desk.example", sender=["boss@spam.example"])]
    desk = DeskUnderTest(tmp_path, routes)
    leo = desk.acting("leo")
    block(leo, "domain", "spam.example", "spam")
    assert [each.why for each in conflicts(leo)] == ["senders_blocked"]
    allow(leo, "address", "boss@spam.example", "orders")
    assert conflicts(leo) == []


# Who may, and for how long


def test_free_mail_domains_are_blocked_only_by_an_administrator_who_insists(desk: DeskUnderTest) -> None:
    for who, insist in (("ana", True), ("leo", True), ("ada", False)):
        with pytest.raises(InvalidInput, match="Anybody can have an address at gmail.com"):
            block(desk.acting(who), "domain", "gmail.com", "spam", mailbox=AP, insist=insist)
    assert block(desk.acting("ada"), "domain", "gmail.com", "spam", mailbox=AP, insist=True).blocked == "gmail.com"
    block(desk.acting("ana"), "address", "one@gmail.com", "spam", mailbox=AP)


def test_an_owner_works_here_and_an_end_lies_ahead(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    with pytest.raises(InvalidInput, match="does not work at this desk"):
        block(ana, "address", SPAMMER, "spam", mailbox=AP, owner="eve@desk.example")
    with pytest.raises(InvalidInput, match="end before it begins"):
        allow(ana, "address", SPAMMER, "spam", mailbox=AP, expires_at=desk.clock)
    made = block(ana, "address", SPAMMER, "spam", mailbox=AP, owner="Bea@desk.example")
    assert blocks(ana)["owner"].tolist() == ["bea@desk.example"]
    lift(ana, made.batch)
    with pytest.raises(InvalidInput, match="lifted already"):
        change_entry(ana, made.batch, owner="ana@desk.example", expires_at=None)


def test_an_entry_everywhere_is_changed_by_those_who_may_make_one(desk: DeskUnderTest) -> None:
    made = allow(desk.acting("leo"), "address", SPAMMER, "orders")
    with pytest.raises(NotAllowed):
        change_entry(desk.acting("ana"), made.batch, owner="ana@desk.example", expires_at=None)
    with pytest.raises(NotAllowed):
        allow(desk.acting("ana"), "address", SPAMMER, "orders")
