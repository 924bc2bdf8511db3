"""What people do with mail: create, attach, merge, close, reopen, delete, restore, undo; and two of them at once."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from core.acting import attach, create, delete, restore
from core.errors import InvalidInput, NotAllowed, NotFound, StraydeskError
from core.messages import message
from core.outcome import Outcome
from core.queue import tally, waiting
from core.routes import Target
from core.scope import Scope
from core.undoing import undo
from core.work_items import candidates, close, merge, reopen, work_item
from tests.desk import INVOICES, PAYMENTS, STAFF, DeskUnderTest, mail, route
from tests.homes import with_others

ROUTES = [route("Payments", "payments@desk.example", PAYMENTS)]
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskUnderTest]:
    desk = DeskUnderTest(tmp_path, ROUTES)
    with desk.kept_open():
        yield desk


@pytest.fixture
def ana(desk: DeskUnderTest) -> Scope:
    return desk.acting("ana")


def waiting_mails(desk: DeskUnderTest, number: int = 3) -> list[str]:
    return desk.receive(*(mail(to="x@desk.example", message_id=f"w{n}@x", subject=f"Wait {n}") for n in range(number)))


def status(desk: DeskUnderTest, *ids: str) -> list[str]:
    now = dict(desk.rows("SELECT id::VARCHAR, status FROM message"))
    return [now[id] for id in ids]


def replayed(desk: DeskUnderTest) -> dict[str, str]:
    """The status of each message by its journal alone; every entry starts where the one before it ended."""
    standing: dict[str, str] = {}
    for id, before, after in desk.rows(
        "SELECT message_id::VARCHAR, status_before, status_after FROM (SELECT DISTINCT message_id, version_after, "
        "status_before, status_after FROM journal WHERE message_id IS NOT NULL) ORDER BY message_id, version_after"
    ):
        assert standing.get(id) == before, (id, standing.get(id), before)
        standing[id] = after
    return standing


def assert_the_journal_tells_everything(desk: DeskUnderTest) -> None:
    assert replayed(desk) == dict(desk.rows("SELECT id::VARCHAR, status FROM message"))
    versions = dict(
        desk.rows("SELECT message_id::VARCHAR, max(version_after) FROM journal WHERE message_id IS NOT NULL GROUP BY 1")
    )
    assert versions == dict(desk.rows("SELECT id::VARCHAR, version FROM message"))
    in_items = {id for (id,) in desk.rows("SELECT DISTINCT message_id::VARCHAR FROM work_item_message")}
    assert in_items == {id for (id,) in desk.rows("SELECT id::VARCHAR FROM message WHERE status = 'processed'")}
    doubled = "SELECT message_id, work_item_id FROM work_item_message GROUP BY ALL HAVING count(*) > 1"
    assert desk.rows(doubled) == []
    assert desk.rows("SELECT reference FROM work_item GROUP BY reference HAVING count(*) > 1") == []


# Creating


def test_each_message_gets_a_work_item_of_its_own(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk)
    done = create(ana, ids, INVOICES)
    assert done.references == ["T-000001", "T-000002", "T-000003"]
    assert sorted(done.ids) == sorted(ids)
    assert [desk.items(id) for id in ids] == [["T-000001"], ["T-000002"], ["T-000003"]]
    assert status(desk, *ids) == ["processed"] * 3
    assert_the_journal_tells_everything(desk)


def test_several_messages_together_become_one_work_item_named_for_the_first(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk)
    done = create(ana, ids, INVOICES, together=True)
    assert done.references == ["T-000001"]
    shown = work_item(ana, "T-000001")
    assert shown["subject"] == "Wait 0"
    assert [each["id"] for each in shown["messages"]] == ids
    assert_the_journal_tells_everything(desk)


def test_tickets_and_cases_share_one_count(desk: DeskUnderTest, ana: Scope) -> None:
    one, two, _three = waiting_mails(desk)
    assert create(ana, [one], INVOICES).references == ["T-000001"]
    assert create(ana, [two], STAFF).references == ["C-000002"]
    assert work_item(ana, "c-000002")["kind"] == "case"


def test_a_message_named_twice_is_acted_on_once(desk: DeskUnderTest, ana: Scope) -> None:
    one, *_rest = waiting_mails(desk)
    assert create(ana, [one, one, one.upper()], INVOICES).references == ["T-000001"]
    assert_the_journal_tells_everything(desk)


@pytest.mark.parametrize("target", [
    Target(customer="Acme", contract="P2P", service="Nothing"),
    Target(customer="Desk", contract="P2P", service="Invoices"),
    Target(customer="acme", contract="P2P", service="Invoices"),
])  # fmt: skip
def test_a_target_that_does_not_exist_is_refused_and_nothing_happens(
    desk: DeskUnderTest, ana: Scope, target: Target
) -> None:
    ids = waiting_mails(desk)
    with pytest.raises(InvalidInput, match="There is no Ticket"):
        create(ana, ids, target)
    assert status(desk, *ids) == ["unprocessed"] * 3
    assert desk.value("SELECT count(*) FROM work_item") == 0


@pytest.mark.parametrize("ids", [["nonsense"], ["0199aaaa-0000-7000-8000-000000000000"]])
def test_one_message_that_does_not_exist_stops_the_whole_action(
    desk: DeskUnderTest, ana: Scope, ids: list[str]
) -> None:
    real = waiting_mails(desk)
    with pytest.raises(NotFound):
        create(ana, [*real, *ids], INVOICES)
    assert status(desk, *real) == ["unprocessed"] * 3


def test_an_action_without_messages_is_refused(ana: Scope) -> None:
    with pytest.raises(InvalidInput, match="No message was named"):
        create(ana, [], INVOICES)


def test_numbers_are_never_given_twice_by_eight_threads(desk: DeskUnderTest) -> None:
    ids = waiting_mails(desk, 24)
    scopes = [desk.acting("ana") for _thread in range(8)]
    start = Barrier(8)

    def three(place: int) -> list[str]:
        start.wait()
        return [create(scopes[place], [id], INVOICES).references[0] for id in ids[place * 3 : place * 3 + 3]]

    with ThreadPoolExecutor(8) as threads:
        given = [reference for references in threads.map(three, range(8)) for reference in references]
    assert sorted(given) == [f"T-{number:06}" for number in range(1, 25)]
    assert_the_journal_tells_everything(desk)


def test_routing_and_people_take_numbers_from_the_same_count(desk: DeskUnderTest, ana: Scope) -> None:
    one, routed = desk.receive(mail(to="x@desk.example"), mail(to="payments@desk.example"))
    assert create(ana, [one], INVOICES).references == ["T-000002"]
    assert desk.items(routed) == ["T-000001"]


def test_a_reply_is_appended_to_an_item_made_by_hand(desk: DeskUnderTest, ana: Scope) -> None:
    one, *_rest = waiting_mails(desk)
    create(ana, [one], INVOICES)
    reply = desk.receive_one(mail(to="x@desk.example", in_reply_to="w0@x"))
    assert desk.items(reply) == ["T-000001"]
    assert_the_journal_tells_everything(desk)


# Attaching


def test_attaching_adds_a_message_to_an_open_item(desk: DeskUnderTest, ana: Scope) -> None:
    one, two, three = waiting_mails(desk)
    create(ana, [one], INVOICES)
    assert attach(ana, [two, three], " t-000001 ").references == ["T-000001"]
    assert {each["id"]: each["how"] for each in work_item(ana, "T-000001")["messages"]} == {
        one: "opened", two: "attached", three: "attached"}  # fmt: skip
    assert_the_journal_tells_everything(desk)


def test_attaching_to_a_merged_item_follows_it_however_far(desk: DeskUnderTest, ana: Scope) -> None:
    one, two, three, four = waiting_mails(desk, 4)
    create(ana, [one, two, three], INVOICES)
    merge(ana, ["T-000001"], into="T-000002")
    merge(ana, ["T-000002"], into="T-000003")
    assert attach(ana, [four], "T-000001").references == ["T-000003"]


def test_a_closed_item_takes_nothing(desk: DeskUnderTest, ana: Scope) -> None:
    one, two, _three = waiting_mails(desk)
    create(ana, [one], INVOICES)
    close(ana, ["T-000001"])
    with pytest.raises(InvalidInput, match="T-000001 is closed"):
        attach(ana, [two], "T-000001")
    assert status(desk, two) == ["unprocessed"]


def test_an_item_that_does_not_exist_takes_nothing(desk: DeskUnderTest, ana: Scope) -> None:
    one, *_rest = waiting_mails(desk)
    with pytest.raises(NotFound, match="There is no work item T-000099"):
        attach(ana, [one], "T-000099")


def test_candidates_are_ranked_thread_then_subject_and_sender(desk: DeskUnderTest, ana: Scope) -> None:
    thread, subject, sender, _nothing = desk.receive(
        mail(to="a@desk.example", message_id="t@x", sender="a@one.example"),
        mail(to="a@desk.example", subject="Order 4711 delayed", sender="b@two.example"),
        mail(to="a@desk.example", sender="me@three.example", subject="Other"),
        mail(to="a@desk.example", sender="c@four.example", subject="Unrelated"))  # fmt: skip
    create(ana, [thread, subject, sender, _nothing], INVOICES)
    asked = desk.receive_one(
        mail(to="b@desk.example", in_reply_to="t@x", subject="RE: order 4711 delayed", sender="me@three.example")
    )
    found = candidates(ana, asked)
    assert list(found.reference) == ["T-000001", "T-000002", "T-000003"]
    assert [list(why) for why in found.why] == [["thread"], ["subject"], ["sender"]]


# Deleting and restoring


def test_deleting_takes_it_from_the_queue_and_restoring_brings_it_back(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk)
    delete(ana, ids[:2], "advertising")
    assert tally(ana).waiting == 1
    assert status(desk, *ids) == ["deleted", "deleted", "unprocessed"]
    restore(ana, ids[:2])
    assert tally(ana).waiting == 3
    assert [message(ana, id)["cause"] for id in ids] == ["no_route"] * 3
    assert_the_journal_tells_everything(desk)


def test_deleting_needs_a_reason(desk: DeskUnderTest, ana: Scope) -> None:
    with pytest.raises(InvalidInput, match="needs a reason"):
        delete(ana, waiting_mails(desk), "  ")


def test_what_was_deleted_can_still_be_found_by_its_words_once_restored(desk: DeskUnderTest, ana: Scope) -> None:
    one, *_rest = waiting_mails(desk)
    delete(ana, [one], "advertising")
    assert desk.value("SELECT count(*) FROM waiting_words") == 2
    restore(ana, [one])
    assert desk.value("SELECT count(*) FROM waiting_words") == 3


# Merging, closing, reopening


def test_merging_takes_messages_and_addresses_along(desk: DeskUnderTest, ana: Scope) -> None:
    one, two = desk.receive(mail(to="a@desk.example", message_id="a@x"), mail(to="b@desk.example", message_id="b@x"))
    create(ana, [one, two], INVOICES)
    merge(ana, ["T-000001"], into="T-000002")
    assert {each["id"] for each in work_item(ana, "T-000002")["messages"]} == {one, two}
    assert (work_item(ana, "T-000001")["status"], work_item(ana, "T-000001")["merged_into"]) == ("merged", "T-000002")
    assert desk.items(desk.receive_one(mail(to="a@desk.example", in_reply_to="b@x"))) == ["T-000002"]
    assert_the_journal_tells_everything(desk)


@pytest.mark.parametrize("references", [["T-000001"], ["T-000002", "T-000001"]])
def test_an_item_is_not_merged_into_itself(desk: DeskUnderTest, ana: Scope, references: list[str]) -> None:
    create(ana, waiting_mails(desk), INVOICES)
    with pytest.raises(InvalidInput, match="into itself"):
        merge(ana, references, into="T-000001")
    assert work_item(ana, "T-000002")["status"] == "open"


@pytest.mark.parametrize("act", [close, reopen])
def test_an_item_that_does_not_exist_is_not_settled(ana: Scope, act: Callable[..., str]) -> None:
    with pytest.raises(NotFound):
        act(ana, ["T-000001"])


def test_closing_and_reopening_are_written_down(desk: DeskUnderTest, ana: Scope) -> None:
    create(ana, waiting_mails(desk), INVOICES)
    close(ana, ["T-000001", "T-000002"], "done")
    reopen(ana, ["T-000001"])
    assert [work_item(ana, f"T-00000{n}")["status"] for n in (1, 2, 3)] == ["open", "closed", "open"]
    assert desk.rows("SELECT action, status_before, status_after, reason FROM journal WHERE message_id IS NULL "
                     "AND work_item_id = (SELECT id FROM work_item WHERE reference = 'T-000001') ORDER BY id") == [
        ("close", "open", "closed", "done"), ("reopen", "closed", "open", "")]  # fmt: skip


def test_who_closes_what_a_colleague_has_closed_is_told(desk: DeskUnderTest, ana: Scope) -> None:
    create(ana, waiting_mails(desk), INVOICES)
    close(desk.acting("bea"), ["T-000001"])
    with pytest.raises(InvalidInput, match="T-000001 is not open: it is closed"):
        close(ana, ["T-000001"])


# Undoing


def done_to(desk: DeskUnderTest, action: str, ids: list[str]) -> str:
    """Do this to waiting messages as ana; answers the batch."""
    ana = desk.acting("ana")
    acts: dict[str, Callable[[], Outcome]] = {
        "create": lambda: create(ana, ids, INVOICES),
        "create together": lambda: create(ana, ids, INVOICES, together=True),
        "attach": lambda: attach(ana, ids, create(ana, waiting_mails(desk, 1), INVOICES).references[0]),
        "delete": lambda: delete(ana, ids, "spam"),
    }
    return acts[action]().batch


@pytest.mark.parametrize("action", ["create", "create together", "attach", "delete"])
def test_undoing_brings_messages_back_to_the_queue(desk: DeskUnderTest, ana: Scope, action: str) -> None:
    ids = waiting_mails(desk)
    batch = done_to(desk, action, ids)
    assert set(undo(ana, batch).ids) == set(ids)
    assert status(desk, *ids) == ["unprocessed"] * 3
    assert [desk.items(id) for id in ids] == [[]] * 3
    assert tally(ana).waiting == 3
    assert_the_journal_tells_everything(desk)


def test_an_item_whose_creation_is_undone_is_withdrawn_and_its_number_not_given_again(
    desk: DeskUnderTest, ana: Scope
) -> None:
    ids = waiting_mails(desk)
    undo(ana, create(ana, ids[:1], INVOICES).batch)
    assert desk.rows("SELECT reference, status FROM work_item") == [("T-000001", "withdrawn")]
    assert create(ana, ids[:1], INVOICES).references == ["T-000002"]
    reply = desk.receive_one(mail(to="x@desk.example", in_reply_to="w0@x"))
    assert desk.items(reply) == ["T-000002"]


def test_undoing_a_restoration_deletes_again(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk)
    delete(ana, ids, "spam")
    undo(ana, restore(ana, ids[:1]).batch)
    assert status(desk, *ids) == ["deleted"] * 3
    assert_the_journal_tells_everything(desk)


def test_undoing_a_restoration_that_was_routed_withdraws_its_item(desk: DeskUnderTest, ana: Scope) -> None:
    desk.block("domain", "spam.example")
    routed, waits = desk.receive(
        mail(sender="a@spam.example", to="payments@desk.example"), mail(sender="b@spam.example")
    )
    batch = restore(ana, [routed, waits]).batch
    assert status(desk, routed, waits) == ["processed", "unprocessed"]
    assert set(undo(ana, batch).ids) == {routed, waits}
    assert status(desk, routed, waits) == ["deleted", "deleted"]
    assert desk.rows("SELECT status FROM work_item") == [("withdrawn",)]
    assert_the_journal_tells_everything(desk)
    restore(ana, [routed, waits])
    assert status(desk, routed, waits) == ["processed", "unprocessed"]


def test_undoing_a_merge_parts_messages_and_addresses_again(desk: DeskUnderTest, ana: Scope) -> None:
    one, two = desk.receive(mail(to="a@desk.example", message_id="a@x"), mail(to="b@desk.example", message_id="b@x"))
    create(ana, [one, two], INVOICES)
    done = undo(ana, merge(ana, ["T-000001"], into="T-000002"))
    assert done.references == ["T-000001"] and "T-000001" in str(done)
    assert [desk.items(id) for id in (one, two)] == [["T-000001"], ["T-000002"]]
    assert desk.items(desk.receive_one(mail(to="a@desk.example", in_reply_to="b@x"))) == []
    assert desk.items(desk.receive_one(mail(to="a@desk.example", in_reply_to="a@x"))) == ["T-000001"]
    assert_the_journal_tells_everything(desk)


def test_merges_into_merges_are_undone_the_last_one_first(desk: DeskUnderTest, ana: Scope) -> None:
    one, two, three = waiting_mails(desk)
    create(ana, [one, two, three], INVOICES)
    first = merge(ana, ["T-000001"], into="T-000002")
    second = merge(ana, ["T-000002"], into="T-000003")
    left_alone = undo(ana, first)
    assert not left_alone.references and "ana@desk.example" in str(left_alone)
    undo(ana, second)
    assert [desk.items(id) for id in (one, two, three)] == [["T-000001", "T-000002"], ["T-000002"], ["T-000003"]]
    undo(ana, merge(ana, ["T-000002"], into="T-000003"))
    assert_the_journal_tells_everything(desk)


@pytest.mark.parametrize(("act", "before", "after"), [(close, "open", "closed"), (reopen, "closed", "open")])
def test_closing_and_reopening_can_be_undone(
    desk: DeskUnderTest, ana: Scope, act: Callable[..., str], before: str, after: str
) -> None:
    create(ana, waiting_mails(desk), INVOICES)
    if before == "closed":
        close(ana, ["T-000001"])
    batch = act(ana, ["T-000001"])
    assert work_item(ana, "T-000001")["status"] == after
    assert undo(ana, batch).references == ["T-000001"]
    assert work_item(ana, "T-000001")["status"] == before


def test_what_a_colleague_has_touched_since_is_left_alone_and_named(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk, 5)
    batch = delete(ana, ids, "spam").batch
    restore(desk.acting("bea"), ids[:2])
    done = undo(ana, batch)
    assert set(done.ids) == set(ids[2:])
    assert {(each.id, each.actor, each.action) for each in done.overtaken} == {
        (id, "bea@desk.example", "restore") for id in ids[:2]
    }
    assert_the_journal_tells_everything(desk)


def test_an_item_that_got_further_mail_is_left_alone_and_the_reply_named(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk)
    batch = create(ana, ids, INVOICES).batch
    desk.receive(mail(to="x@desk.example", in_reply_to="w1@x"))
    done = undo(ana, batch)
    assert set(done.ids) == {ids[0], ids[2]}
    assert [(each.id, each.actor, each.action) for each in done.overtaken] == [(ids[1], "reply", "append")]
    assert desk.items(ids[1]) == ["T-000002"]


@pytest.mark.parametrize("settled", ["close", "merge"])
def test_what_is_in_an_item_that_was_closed_or_merged_since_is_left_alone(
    desk: DeskUnderTest, ana: Scope, settled: str
) -> None:
    one, two, three = waiting_mails(desk)
    create(ana, [one, two], INVOICES)
    batch = attach(ana, [three], "T-000001").batch
    bea = desk.acting("bea")
    close(bea, ["T-000001"]) if settled == "close" else merge(bea, ["T-000001"], into="T-000002")
    done = undo(ana, batch)
    assert done.ids == []
    assert [(each.id, each.actor, each.action) for each in done.overtaken] == [(three, "bea@desk.example", settled)]
    assert_the_journal_tells_everything(desk)


def test_an_item_touched_since_is_not_reopened_by_undoing_its_closing(desk: DeskUnderTest, ana: Scope) -> None:
    create(ana, waiting_mails(desk), INVOICES)
    batch = close(ana, ["T-000001"])
    reopen(desk.acting("bea"), ["T-000001"])
    close(desk.acting("bea"), ["T-000001"])
    done = undo(ana, batch)
    assert work_item(ana, "T-000001")["status"] == "closed"
    assert [(each.subject, each.actor, each.action) for each in done.overtaken] == [
        ("T-000001", "bea@desk.example", "close")
    ]


def test_a_batch_of_two_hundred_is_undone_at_once(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk, 200)
    batch = create(ana, matching_all(ana), INVOICES).batch
    assert len(undo(ana, batch).ids) == 200
    assert set(status(desk, *ids)) == {"unprocessed"}
    assert len(delete(ana, ids, "spam").ids) == 200
    assert_the_journal_tells_everything(desk)


def matching_all(scope: Scope) -> dict[str, int]:
    frame = waiting(scope, limit=1000)
    return dict(zip(frame["id"], frame["version"], strict=True))


def test_several_actions_under_one_batch_are_one_undo(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk, 4)
    batch = create(ana, ids[:2], INVOICES).batch
    create(ana, ids[2:], INVOICES, batch=batch)
    assert set(undo(ana, batch).ids) == set(ids)


def test_undoing_twice_is_refused(desk: DeskUnderTest, ana: Scope) -> None:
    batch = delete(ana, waiting_mails(desk), "spam").batch
    undone = undo(ana, batch).batch
    with pytest.raises(InvalidInput, match="undone already"):
        undo(ana, batch)
    with pytest.raises(InvalidInput):
        undo(ana, undone)


@pytest.mark.parametrize("batch", ["", "nonsense", "0199aaaa-0000-7000-8000-000000000000"])
def test_a_batch_that_does_not_exist_can_not_be_undone(desk: DeskUnderTest, ana: Scope, batch: str) -> None:
    with pytest.raises(NotFound):
        undo(ana, batch)


def test_what_a_route_did_is_not_undone(desk: DeskUnderTest, ana: Scope) -> None:
    desk.receive(mail(to="payments@desk.example"))
    (batch,) = {batch for (batch,) in desk.rows("SELECT batch::VARCHAR FROM journal")}
    with pytest.raises(InvalidInput, match="Only what a person did"):
        undo(ana, batch)


# Two people, one message


def test_a_stale_version_changes_nothing_and_tells_who_did_what_and_when(desk: DeskUnderTest, ana: Scope) -> None:
    ids = waiting_mails(desk)
    seen = matching_all(ana)
    delete(desk.acting("bea"), ids[:1], "spam")
    done = create(ana, seen, INVOICES)
    assert set(done.ids) == set(ids[1:])
    (late,) = done.overtaken
    assert (late.id, late.subject, late.actor, late.action, late.happened_at) == (
        ids[0], "Wait 0", "bea@desk.example", "delete", desk.clock)  # fmt: skip
    assert "bea@desk.example deleted it at 2025-03-04 09:00 UTC" in str(done)


def test_a_message_deleted_and_restored_under_an_open_screen_is_not_overwritten(
    desk: DeskUnderTest, ana: Scope
) -> None:
    (id,) = waiting_mails(desk, 1)
    seen = matching_all(ana)
    bea = desk.acting("bea")
    delete(bea, [id], "spam")
    restore(bea, [id])
    done = delete(ana, seen, "old")
    assert done.ids == [] and done.overtaken[0].action == "restore"
    assert status(desk, id) == ["unprocessed"]


def act(scope: Scope, how: str, id: str) -> Outcome:
    if how == "create":
        return create(scope, [id], INVOICES)
    return attach(scope, [id], "T-000001") if how == "attach" else delete(scope, [id], "spam")


@pytest.mark.parametrize(
    ("one", "other"), [("create", "create"), ("create", "delete"), ("attach", "create"), ("delete", "attach")]
)
def test_of_two_threads_on_one_message_exactly_one_wins(desk: DeskUnderTest, one: str, other: str) -> None:
    first, *ids = waiting_mails(desk, 6)
    create(desk.acting("ana"), [first], INVOICES)
    people, together = (desk.acting("ana"), desk.acting("bea")), Barrier(2)

    def as_person(place: int) -> list[Outcome]:
        done = []
        for id in ids:
            together.wait()
            done.append(act(people[place], (one, other)[place], id))
        return done

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(as_person, range(2)))
    for mine, theirs in zip(*outcomes, strict=True):
        assert len(mine.ids) + len(theirs.ids) == 1
        (late,) = mine.overtaken + theirs.overtaken
        assert late.actor in ("ana@desk.example", "bea@desk.example") and late.happened_at
    assert_the_journal_tells_everything(desk)


def test_attaching_and_merging_at_once_never_leaves_mail_in_an_item_that_is_gone(desk: DeskUnderTest) -> None:
    ids = waiting_mails(desk, 16)
    ana, bea = desk.acting("ana"), desk.acting("bea")
    create(ana, ids[:11], INVOICES)
    together = Barrier(2)

    def attaching() -> None:
        for place, id in enumerate(ids[11:], start=1):
            together.wait()
            attach(ana, [id], f"T-{place:06}")

    def merging() -> None:
        for place in range(1, 6):
            together.wait()
            merge(bea, [f"T-{place:06}"], into=f"T-{place + 5:06}")

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(attaching), threads.submit(merging)]:
            done.result()
    lost = (
        "SELECT id::VARCHAR FROM message WHERE status = 'processed' AND id NOT IN (SELECT o.message_id "
        "FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id WHERE w.status = 'open')"
    )
    assert desk.rows(lost) == []


IN_A_PROCESS = """
import sys
from pathlib import Path
from core.acting import create, delete
from tests.desk import INVOICES
from core.scope import open_desk
scope = open_desk(Path(sys.argv[1])).acting(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
won = 0
for id in sys.argv[3:]:
    won += len((create(scope, [id], INVOICES) if sys.argv[2].startswith("ana") else delete(scope, [id], "spam")).ids)
print(won)
"""


@with_others
def test_of_two_processes_on_the_same_messages_exactly_one_wins_each(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, ROUTES)
    ids = waiting_mails(desk, 12)
    environment = {**desk.environment, "PYTHONPATH": str(REPOSITORY), "PATH": ""}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", IN_A_PROCESS, str(desk.folder / "straydesk.toml"), f"{name}@desk.example", *order],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=REPOSITORY,
        ) for name, order in (("ana", ids), ("bea", ids))
    ]  # fmt: skip
    for each in running:
        assert each.stdout and each.stdout.readline() == "ready\n"
    won = [int(each.communicate("\n", timeout=60)[0]) for each in running]
    assert sum(won) == len(ids)
    assert Counter(status(desk, *ids)) == Counter({"processed": won[0], "deleted": won[1]})
    assert_the_journal_tells_everything(desk)


def test_analysts_do_not_act(desk: DeskUnderTest) -> None:
    ids = waiting_mails(desk)
    ida = desk.acting("ida")
    acts: list[Callable[[], Any]] = [
        lambda: create(ida, ids, INVOICES), lambda: attach(ida, ids, "T-000001"), lambda: delete(ida, ids, "x"),
        lambda: restore(ida, ids), lambda: undo(ida, "x"), lambda: merge(ida, ["T-000001"], "T-000002"),
        lambda: close(ida, ["T-000001"]), lambda: reopen(ida, ["T-000001"])]  # fmt: skip
    for each in acts:
        with pytest.raises(NotAllowed):
            each()
    assert issubclass(NotAllowed, StraydeskError)
