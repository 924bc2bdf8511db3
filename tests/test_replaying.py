"""Deciding the queue again: exactly what the dry run said, once, and back again."""

import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import replaying
from core.acting import delete, restore
from core.claiming import claim
from core.errors import NotAllowed, NotFound
from core.outcome import Outcome
from core.queue import QueueFilter, matching
from core.replaying import Replayed, receipt, replay, replay_in_portions, replay_preview
from core.route_versions import replace_routes
from core.routes import Route
from core.snoozing import snooze
from core.undoing import undo
from core.work_items import close
from tests.desk import PAYMENTS, PEOPLE, DeskUnderTest, mail, route
from tests.test_backtesting import two_sets
from tests.test_deciding_again_by_hand import BEFORE, BLOCKS, MAILS

EXAMPLES = int(os.environ.get("STRAYDESK_TEST_EXAMPLES", "8"))


def state(desk: DeskUnderTest) -> dict[str, tuple[Any, ...]]:
    """Of each message: status, cause, its items, and whether its words are kept for the search."""
    items = desk.rows("""
        SELECT m.id::VARCHAR, m.status, m.cause, m.id IN (SELECT message_id FROM waiting_words),
               list_sort(coalesce(list(i.reference || ' ' || i.status || ' ' || o.how) FILTER (i.id IS NOT NULL), []))
        FROM message AS m LEFT JOIN work_item_message AS o ON o.message_id = m.id
        LEFT JOIN work_item AS i ON i.id = o.work_item_id GROUP BY ALL""")
    return {id: tuple(rest) for id, *rest in items}


def standing(desk: DeskUnderTest) -> list[tuple[Any, ...]]:
    """The work items that stand, however often they were touched."""
    return desk.rows(
        "SELECT reference, status, customer, service FROM work_item WHERE status <> 'withdrawn' ORDER BY number"
    )


def now_in_force(desk: DeskUnderTest, *routes: dict[str, Any]) -> None:
    given = [Route.model_validate(each) for each in routes]
    desk.desk.store.change(lambda db: replace_routes(db, given, "leo@desk.example", desk.clock))


INVOICE_ROUTE = route("Invoices", "invoices@desk.example")
LIKE: dict[str, Any] = {"to": "invoices@desk.example"}


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path)


# The whole, drawn


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(sets=two_sets(), blocks=BLOCKS, mails=st.lists(MAILS, min_size=5, max_size=40), portion=st.integers(1, 20))
def test_replay_does_what_its_preview_says_once_and_undo_brings_everything_back(
    sets: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    blocks: set[tuple[str, str]],
    mails: list[Any],
    portion: int,
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaying, "PORTION", portion)
        desk = DeskUnderTest(Path(folder), sets[0])
        desk.receive(*(one.composed() for one in [*BEFORE, *mails]))
        for kind, value in blocks:
            desk.block(kind, value)
        scope = desk.desk.operator()
        before, items = state(desk), standing(desk)
        now_in_force(desk, *sets[1])
        preview = replay_preview(scope)
        assert state(desk) == before
        *_some, done = [Replayed("", "replay"), *replay_in_portions(scope)]
        leaving = preview.becomes != "cause"
        assert sorted(done.ids) == sorted(preview.id[leaving])
        assert sorted(done.recaused) == sorted(preview.id[~leaving])
        after = state(desk)
        assert {id: after[id][0] for id in done.ids} == dict.fromkeys(done.ids, "processed")
        assert {id: after[id][1] for id in done.recaused} == dict(
            zip(preview.id[~leaving], preview.new_cause[~leaving], strict=True)
        )
        assert {id for id in before if after[id] != before[id]} == {*done.ids, *done.recaused}
        again = replay(scope)
        assert (again.ids, again.recaused, replay_preview(scope).empty) == ([], [], True)
        if done.ids or done.recaused:
            undone = undo(scope, done.batch)
            assert sorted(undone.ids) == sorted([*done.ids, *done.recaused]) and not undone.overtaken
        assert (state(desk), standing(desk)) == (before, items)


# Case by case


def test_mail_that_a_new_route_takes_leaves_the_queue_and_the_receipt_says_where_it_went(desk: DeskUnderTest) -> None:
    ours, answer, other = desk.receive(
        mail(**LIKE, message_id="q@x", subject="Invoice 7"),
        mail(**LIKE, in_reply_to="q@x", subject="Re: Invoice 7"),
        mail(to="other@desk.example"),
    )
    now_in_force(desk, INVOICE_ROUTE)
    scope = desk.acting("ana")
    preview = replay_preview(scope).set_index("id")
    assert preview.becomes.to_dict() == {ours: "route", answer: "reply"}
    assert preview.routes[ours] == "Invoices" and preview.targets[answer] == "Ticket · Acme · P2P · Invoices"
    done = replay(scope)
    assert (sorted(done.ids), done.references, done.looked_at) == (sorted([ours, answer]), ["T-000001"], 3)
    assert str(done) == "Decided again: 2 messages left the queue, 0 wait for another cause."
    found = receipt(scope, done.batch).set_index("id")
    assert (found.what[ours], found.route[ours], found.reference[ours]) == ("create", "Invoices", "T-000001")
    assert (found.what[answer], found.cause_before[answer], found.undone[answer]) == ("append", "no_route", False)
    assert desk.says(other) == "no_route"
    undo(scope, done.batch)
    assert receipt(scope, done.batch).undone.all()


def test_an_answer_to_an_older_item_says_in_the_preview_to_which_it_goes(desk: DeskUnderTest) -> None:
    desk.receive(mail(**LIKE, in_reply_to="late@x"))
    now_in_force(desk, INVOICE_ROUTE)
    desk.receive(mail(**LIKE, message_id="late@x"))
    (row,) = replay_preview(desk.acting("ana")).itertuples()
    assert (row.becomes, row.appended_to, row.routes) == ("reply", "T-000001", "")


def test_another_cause_is_told_and_the_age_of_what_waits_stays(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(**LIKE))
    since = desk.value("SELECT status_at FROM message")
    now_in_force(desk, route("Never", "invoices@desk.example", subject_contains=["never"]))
    desk.clock = desk.clock.replace(hour=20)
    done = replay(desk.acting("ana"))
    assert (done.ids, done.recaused, desk.says(id)) == ([], [id], "conditions_not_met")
    undo(desk.acting("ana"), done.batch)
    assert desk.value("SELECT cause FROM message") == "no_route"
    assert desk.value("SELECT status_at FROM message") == since


def test_undo_leaves_alone_and_names_what_people_touched_since(desk: DeskUnderTest) -> None:
    first, second = desk.receive(mail(**LIKE, subject="First"), mail(**LIKE, subject="Second"))
    now_in_force(desk, INVOICE_ROUTE)
    done = replay(desk.acting("ana"))
    reference = desk.items(first)[0]
    close(desk.acting("bea"), [reference], "Paid")
    undone = undo(desk.acting("ana"), done.batch)
    assert undone.ids == [second]
    assert [(each.subject, each.actor, each.action) for each in undone.overtaken] == [
        ("First", "bea@desk.example", "close")
    ]
    assert desk.items(first) == [reference]
    assert desk.value("SELECT status FROM message WHERE id = $id::UUID", id=second) == "unprocessed"


def test_what_somebody_else_decided_first_is_left_alone_and_named(desk: DeskUnderTest) -> None:
    taken, left = desk.receive(mail(**LIKE, subject="Taken"), mail(**LIKE))
    seen = matching(desk.acting("ana"), QueueFilter())
    now_in_force(desk, INVOICE_ROUTE)
    delete(desk.acting("bea"), [taken], "spam")
    done = replay(desk.acting("ana"), seen)
    assert done.ids == [left]
    assert [(each.id, each.actor, each.action) for each in done.overtaken] == [(taken, "bea@desk.example", "delete")]


def test_two_replays_at_once_take_each_message_once(desk: DeskUnderTest) -> None:
    ids = desk.receive(*(mail(**LIKE) for _each in range(12)))
    now_in_force(desk, INVOICE_ROUTE)
    done: list[Outcome] = []
    both = [Thread(target=lambda: done.append(replay(desk.acting("ana")))) for _each in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(id for each in done for id in each.ids) == sorted(ids)
    assert desk.value("SELECT count(*) FROM work_item") == len(ids)
    assert Counter(id for each in done for id in each.ids).most_common(1)[0][1] == 1


def test_what_was_put_aside_or_claimed_is_decided_too_and_is_on_nobodys_desk_then(desk: DeskUnderTest) -> None:
    mine, aside = desk.receive(mail(**LIKE), mail(**LIKE))
    claim(desk.acting("ana"), [mine])
    snooze(desk.acting("ana"), [aside], until=desk.clock.replace(hour=23))
    now_in_force(desk, INVOICE_ROUTE)
    preview = replay_preview(desk.acting("bea")).set_index("id")
    assert preview.claimed_by[mine] == "ana@desk.example" and aside in preview.index
    assert sorted(replay(desk.acting("bea")).ids) == sorted([mine, aside])
    assert desk.rows("FROM claim") == desk.rows("FROM snooze") == []


def test_mail_taken_back_from_a_block_is_not_blocked_again(desk: DeskUnderTest) -> None:
    desk.block("domain", "supplier.example")
    id = desk.receive_one(mail(**LIKE))
    restore(desk.acting("ana"), [id])
    assert replay_preview(desk.acting("ana")).empty
    now_in_force(desk, INVOICE_ROUTE)
    assert replay(desk.acting("ana")).ids == [id]


def test_a_target_that_came_back_lets_its_mail_go(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("Payments", "pay@desk.example", PAYMENTS)])
    desk.change("DELETE FROM catalog WHERE service = 'Payments'")
    id = desk.receive_one(mail(to="pay@desk.example"))
    assert desk.says(id) == "target_missing"
    assert replay_preview(desk.acting("ana")).empty
    desk.change("INSERT INTO catalog VALUES ('Acme', 'P2P', 'Payments', 'administration')")
    assert replay(desk.acting("ana")).ids == [id]


def test_it_can_be_ended_between_two_portions_and_taken_back(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "PORTION", 2)
    desk.receive(*(mail(**LIKE) for _each in range(5)))
    now_in_force(desk, INVOICE_ROUTE)
    scope = desk.acting("ana")
    going = replay_in_portions(scope)
    first, second = next(going), next(going)
    assert isinstance(going, Generator)
    going.close()
    assert (first.looked_at, second.looked_at, len(second.ids), second.batch) == (2, 4, 4, first.batch)
    assert undo(scope, first.batch).ids == sorted(second.ids)
    assert [done.looked_at for done in replay_in_portions(scope)] == [2, 4, 5]


def test_only_mail_of_ones_own_mailboxes_is_decided_again(desk: DeskUnderTest) -> None:
    (ap,), (people,) = desk.receive(mail(**LIKE)), desk.receive(mail(**LIKE), mailbox=PEOPLE)
    now_in_force(desk, INVOICE_ROUTE)
    assert replay_preview(desk.acting("hana")).id.tolist() == [people]
    done = replay(desk.acting("hana"))
    assert done.ids == [people]
    with pytest.raises(NotFound):
        replay(desk.acting("hana"), [ap])
    for refused in (replay, replay_preview, lambda scope: list(replay_in_portions(scope))):
        with pytest.raises(NotAllowed):
            refused(desk.acting("ida"))
    with pytest.raises(NotFound):
        receipt(desk.acting("ana"), done.batch)
    assert receipt(desk.acting("hana"), done.batch).id.tolist() == [people]


@pytest.mark.parametrize("asked", [None, [], {}])
def test_with_nothing_to_decide_nothing_happens(desk: DeskUnderTest, asked: Any) -> None:
    assert replay_preview(desk.acting("ana"), asked).empty
    assert str(replay(desk.acting("ana"), asked)) == "Decided again: nothing changes."
    with pytest.raises(NotFound):
        receipt(desk.acting("ana"), "nonsense")
