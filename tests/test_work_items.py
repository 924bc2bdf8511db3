"""Work items: found by what they are and by the words of their mail, merged, closed and reopened."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.acting import attach, create
from core.errors import InvalidInput, NotAllowed, NotFound
from core.item_history import item_history, told
from core.item_search import ItemFilter, matching_items
from core.scope import Scope
from core.undoing import undo
from core.work_items import close, merge, mergeable, reopen, work_item
from tests.desk import AP, AR, INVOICES, PAYMENTS, PEOPLE, STAFF, DeskUnderTest, mail, route


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path)


def opened(desk: DeskUnderTest, *, mailbox: str = AP, target: object = INVOICES, who: str = "ana", **given: str) -> str:
    """A work item opened by hand from one mail; its reference."""
    id = desk.receive_one(mail(to="somebody@elsewhere.example", **given), mailbox)  # type: ignore[arg-type]
    return create(desk.acting(who), [id], target).references[0]  # type: ignore[arg-type]


def found(scope: Scope, **chosen: object) -> set[str]:
    return set(matching_items(scope, ItemFilter(**chosen)).rows["reference"])  # type: ignore[arg-type]


def test_items_are_listed_newest_first_with_their_mail_counted(desk: DeskUnderTest) -> None:
    first = opened(desk, subject="First", sender="Sue <sue@supplier.example>")
    desk.clock += timedelta(hours=1)
    second = opened(desk, subject="Second")
    attach(desk.acting("ana"), [desk.receive_one(mail(subject="More"))], first)
    rows = matching_items(desk.acting("ana"), ItemFilter()).rows
    assert list(rows["reference"]) == [second, first]
    assert list(rows["messages"]) == [1, 2]
    assert rows["from_name"].tolist()[1] == "Sue"


def test_each_filter_leaves_only_what_fits(desk: DeskUnderTest) -> None:
    invoice, payment = opened(desk), opened(desk, target=PAYMENTS, mailbox=AR, who="bea")
    case = opened(desk, target=STAFF)
    close(desk.acting("ana"), [payment])
    ana = desk.acting("ana")
    assert found(ana, statuses=("closed",)) == {payment}
    assert found(ana, kinds=("case",)) == {case}
    assert found(ana, targets=(("Acme",),)) == {invoice, payment}
    assert found(ana, targets=(("Acme", "P2P", "Payments"), ("Desk",))) == {payment, case}
    assert found(ana, mailboxes=(AR,)) == {payment}
    assert found(ana, opened_by="bea@") == {payment}


def test_an_item_is_found_by_reference_sender_subject_and_the_words_of_its_mail(desk: DeskUnderTest) -> None:
    reference = opened(desk, sender="Zoe <zoe@acme.example>", subject="Factura 118", text="The crane arrived broken.")
    opened(desk, subject="Something else", text="Nothing of the kind.")
    ana = desk.acting("ana")
    for search in (reference.lower(), "zoe@acme", "factura", "crane", "zoe broken"):
        assert found(ana, search=search) == {reference}, search


def test_words_may_stand_in_different_messages_of_an_item_but_must_all_stand_there(desk: DeskUnderTest) -> None:
    reference = opened(desk, text="The crane.")
    attach(desk.acting("ana"), [desk.receive_one(mail(text="A bridge."))], reference)
    assert found(desk.acting("ana"), search="crane bridge") == {reference}
    assert found(desk.acting("ana"), search="crane tunnel") == set()


def test_an_analyst_does_not_find_items_by_what_the_mail_says(desk: DeskUnderTest) -> None:
    reference = opened(desk, subject="Factura", text="A secret crane.")
    assert found(desk.acting("ida"), search="crane") == set()
    assert found(desk.acting("ida"), search="factura") == {reference}
    assert work_item(desk.acting("ida"), reference)["messages"][0]["preview"] is None


def test_items_of_other_mailboxes_do_not_exist(desk: DeskUnderTest) -> None:
    reference = opened(desk, mailbox=PEOPLE, who="hana", subject="Salary", target=STAFF)
    ana = desk.acting("ana")
    assert found(ana) == set()
    assert found(ana, search="salary") == set()
    assert found(ana, mailboxes=(PEOPLE,)) == set()
    for look in (work_item, item_history, mergeable):
        with pytest.raises(NotFound):
            look(ana, reference)
    with pytest.raises(NotFound):
        close(ana, [reference])


def test_mail_of_other_mailboxes_inside_a_shared_item_is_not_told_of(desk: DeskUnderTest) -> None:
    reference = opened(desk, subject="Shared")
    secret = desk.receive_one(mail(subject="Salary", sender="boss@secret.example", text="Crane."), PEOPLE)
    attach(desk.acting("ada"), [secret], reference)
    ana = desk.acting("ana")
    assert [each["subject"] for each in work_item(ana, reference)["messages"]] == ["Shared"]
    assert [entry["action"] for entry in item_history(ana, reference)] == ["create"]
    assert matching_items(ana, ItemFilter()).rows["messages"].tolist() == [1]
    assert found(ana, search="salary") == found(ana, search="crane") == found(ana, search="secret") == set()
    assert found(desk.acting("ada"), search="salary") == {reference}


def test_pages_follow_one_another_and_one_past_the_last_is_the_last(desk: DeskUnderTest) -> None:
    references = [opened(desk, subject=f"Number {number}") for number in range(5)]
    ana = desk.acting("ana")
    pages = [matching_items(ana, ItemFilter(), limit=2, skip=skip).rows["reference"].tolist() for skip in (0, 2, 4, 80)]
    assert [reference for page in pages[:3] for reference in page] == references[::-1]
    assert pages[3] == pages[2]


def test_more_than_can_be_paged_through_is_said_to_be_more(desk: DeskUnderTest) -> None:
    for number in range(4):
        opened(desk, subject=f"Number {number}")
    some = matching_items(desk.acting("ana"), ItemFilter(), limit=2, most=3)
    assert (some.total, some.more, len(some.rows)) == (3, True, 2)
    everything = matching_items(desk.acting("ana"), ItemFilter(), most=4)
    assert (everything.total, everything.more) == (4, False)


def test_an_item_of_long_ago_is_found_as_well_as_one_of_today(desk: DeskUnderTest) -> None:
    old = opened(desk, subject="Old crane")
    desk.clock += timedelta(days=400)
    new = opened(desk, subject="New crane")
    assert found(desk.acting("ana")) == found(desk.acting("ana"), search="crane") == {old, new}


def test_the_history_tells_who_did_what_when_and_why(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("Invoices", "ap@desk.example")])
    first = desk.receive_one(mail(to="ap@desk.example", message_id="q@x", sender="Sue <sue@supplier.example>"))
    (reference,) = desk.items(first)
    desk.clock += timedelta(hours=1)
    desk.receive_one(mail(to="ap@desk.example", in_reply_to="q@x", subject="Re: Hello"))
    desk.clock += timedelta(hours=1)
    close(desk.acting("ana"), [reference], "Answered")
    desk.clock += timedelta(hours=1)
    reopen(desk.acting("bea"), [reference], "She wrote again")
    history = item_history(desk.acting("ana"), reference)
    assert [(entry["action"], entry["actor"]) for entry in history] == [
        ("create", "Invoices"), ("append", "reply"), ("close", "ana@desk.example"), ("reopen", "bea@desk.example"),
    ]  # fmt: skip
    assert [entry["reason"] for entry in history][2:] == ["Answered", "She wrote again"]
    assert history[0]["from_name"] == "Sue"
    assert history[3]["happened_at"] == desk.clock
    assert [told(entry) for entry in history][2:] == ["closed", "opened again"]


def test_an_undone_action_stays_in_the_history_and_is_marked(desk: DeskUnderTest) -> None:
    reference = opened(desk)
    batch = close(desk.acting("ana"), [reference], "Done")
    undo(desk.acting("ana"), batch)
    history = item_history(desk.acting("ana"), reference)
    assert [(entry["action"], entry["undone"]) for entry in history] == [
        ("create", False),
        ("close", True),
        ("undo", False),
    ]
    assert work_item(desk.acting("ana"), reference)["status"] == "open"


def test_merging_shows_in_the_history_of_both(desk: DeskUnderTest) -> None:
    one, two = opened(desk, subject="One"), opened(desk, subject="Two")
    merge(desk.acting("ana"), [two], one)
    ana = desk.acting("ana")
    assert told(item_history(ana, two)[-1]) == f"merged into {one}"
    assert told(item_history(ana, one)[-1]) == f"{two} was merged into it"
    assert work_item(ana, two)["merged_into"] == one
    assert {each["subject"] for each in work_item(ana, one)["messages"]} == {"One", "Two"}


def test_a_merge_can_be_undone(desk: DeskUnderTest) -> None:
    one, two = opened(desk, subject="One"), opened(desk, subject="Two")
    undo(desk.acting("ana"), merge(desk.acting("ana"), [two], one))
    ana = desk.acting("ana")
    assert work_item(ana, two)["status"] == "open"
    assert [each["subject"] for each in work_item(ana, one)["messages"]] == ["One"]
    assert item_history(ana, one)[-1]["undone"]


def test_what_may_be_about_the_same_is_offered_for_merging_and_never_the_item_itself(desk: DeskUnderTest) -> None:
    one = opened(desk, sender="zoe@acme.example", subject="Crane 118 broken")
    two = opened(desk, sender="zoe@acme.example", subject="Crane 118 still broken")
    opened(desk, sender="joe@other.example", subject="Lunch")
    closed = opened(desk, sender="zoe@acme.example", subject="Crane 118 again")
    close(desk.acting("ana"), [closed])
    assert mergeable(desk.acting("ana"), one)["reference"].tolist() == [two]


@pytest.mark.parametrize("action", [close, reopen])
def test_an_analyst_changes_no_item(desk: DeskUnderTest, action: Callable[[Scope, list[str]], str]) -> None:
    reference = opened(desk)
    with pytest.raises(NotAllowed):
        action(desk.acting("ida"), [reference])
    assert work_item(desk.acting("ida"), reference)["status"] == "open"


def test_who_was_too_late_is_told_what_the_item_is_now(desk: DeskUnderTest) -> None:
    reference = opened(desk)
    close(desk.acting("ana"), [reference])
    with pytest.raises(InvalidInput, match=f"{reference} is not open: it is closed"):
        close(desk.acting("bea"), [reference])
    with pytest.raises(InvalidInput, match="it is closed"):
        merge(desk.acting("bea"), [opened(desk)], reference)


def test_nothing_is_closed_if_one_of_several_can_not_be(desk: DeskUnderTest) -> None:
    reference = opened(desk)
    with pytest.raises(NotFound, match="T-999999"):
        close(desk.acting("ana"), [reference, "T-999999"])
    assert work_item(desk.acting("ana"), reference)["status"] == "open"


def test_a_reference_may_be_typed_in_any_case(desk: DeskUnderTest) -> None:
    reference = opened(desk)
    close(desk.acting("ana"), [f" {reference.lower()} "])
    assert work_item(desk.acting("ana"), reference.lower())["status"] == "closed"
