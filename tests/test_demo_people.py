"""The demo made whole: real collecting, and people whose past decisions are in the journal."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.demo import DemoDesk, generate
from core.demo.calendar import working_after
from core.demo.habits import DIFFERENT, plan, sessions
from core.demo.making import make_demo
from core.errors import InvalidInput
from core.queue import CAUSES, waiting
from core.scope import Desk
from tests.demo_router import DemoRouter

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, 10)
WEEKS = 6  # half the demo shows all it does, in half the time


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STRAYDESK_STORE", str(folder / "straydesk.duckdb"))
        yield make_demo(folder, TODAY, lambda *step: steps.append(step), until=NOON, weeks=WEEKS)


@pytest.fixture(scope="module")
def generated(desk: Desk) -> DemoDesk:
    return generate(desk.configuration.base, TODAY, weeks=WEEKS, until=NOON)


def rows(desk: Desk, statement: str) -> list[tuple[Any, ...]]:
    with desk.store.reading() as db:
        return db.rows(statement)


def test_every_mail_is_stored_once_and_every_file_has_its_delivery(desk: Desk, generated: DemoDesk) -> None:
    places = {f"{mailbox}/{uid}" for mailbox, uid in rows(desk, "SELECT mailbox, uid FROM delivery")}
    assert places == {mail.place for mail in generated.mail}
    assert rows(desk, "SELECT count(*) FROM message") == [(len({mail.raw for mail in generated.mail}),)]
    assert rows(desk, "SELECT sum(failed), count(problem) FROM collection_run") == [(0, 0)]


def test_the_engine_decides_each_mail_as_a_second_opinion_by_hand_does(desk: Desk, generated: DemoDesk) -> None:
    first = rows(
        desk,
        "SELECT v.mailbox || '/' || v.uid, min_by(d.step, d.decided_at), min_by(coalesce(d.cause, ''), d.decided_at) "
        "FROM delivery AS v JOIN decision AS d USING (message_id) WHERE v.outcome <> 'duplicate' GROUP BY ALL",
    )
    words = {"route": "routed", "delivered": "routed", "reply": "threaded", "block": "blocked"}
    engine = {place: cause or words[step] for place, step, cause in first}
    router = DemoRouter(generated.folder)
    by_hand = {mail.place: router.outcome(mail) for mail in generated.mail}
    differ = Counter((by_hand[place], verdict) for place, verdict in engine.items() if by_hand[place] != verdict)
    threads = {pair for pair in differ if "threaded" in pair}  # only the engine knows whether an item was open by then
    blocked = {pair for pair in differ if pair[1] == "blocked"}
    assert set(differ) - threads - blocked == set()
    assert sum(differ.values()) < 0.04 * len(engine)


def test_forty_to_eighty_messages_wait_of_every_cause_in_all_mailboxes_some_fresh_some_days_old(desk: Desk) -> None:
    queue = waiting(desk.operator(), limit=1000)
    assert 40 <= len(queue) <= 80
    assert set(queue["cause"]) == set(CAUSES)
    assert queue["mailbox"].nunique() == 6
    ages = NOON - queue["received_at"]
    assert ages.min().total_seconds() < 3600
    assert 3 <= ages.max().days <= 8


def test_people_act_after_a_mail_has_arrived_and_only_while_the_desk_is_staffed(desk: Desk) -> None:
    acts = rows(
        desk,
        "SELECT j.happened_at, m.received_at, j.action FROM journal AS j JOIN message AS m ON m.id = j.message_id "
        "WHERE j.actor_kind = 'person'",
    )
    assert len(acts) > 300
    assert all(received_at <= happened_at <= NOON for happened_at, received_at, _ in acts)
    decided = [happened_at for happened_at, _, action in acts if action in ("create", "attach", "delete")]
    assert all(moment.weekday() < 5 and 7 <= moment.hour <= 17 for moment in decided)


def test_the_journal_shows_every_kind_of_act_and_several_persons_of_each_team(desk: Desk) -> None:
    actions = dict(rows(desk, "SELECT action, count(*) FROM journal WHERE actor_kind = 'person' GROUP BY action"))
    wanted = {"create", "attach", "delete", "undo", "restore", "merge", "close", "claim"}
    assert wanted <= set(actions)
    assert actions["create"] > 2 * actions["delete"]
    actors = {actor for (actor,) in rows(desk, "SELECT DISTINCT actor FROM journal WHERE actor_kind = 'person'")}
    assert len(actors) >= 7
    assert "nora@desk.example" not in actors, "analysts do not act"


def test_most_of_what_no_route_took_was_decided_by_hand(desk: Desk) -> None:
    unrouted, left = rows(
        desk,
        "SELECT count(*), count(*) FILTER (m.status = 'unprocessed') FROM message AS m "
        "WHERE m.id IN (SELECT message_id FROM decision WHERE status = 'unprocessed')",
    )[0]
    (total,) = rows(desk, "SELECT count(*) FROM message")[0]
    assert 0.24 <= unrouted / total <= 0.36
    assert left < 0.2 * unrouted


def test_replies_land_in_open_items_also_by_their_plus_address_and_also_in_those_made_by_hand(desk: Desk) -> None:
    evidence = rows(desk, "SELECT evidence FROM decision WHERE step = 'reply'")
    assert len(evidence) > 80
    assert any("+" in text for (text,) in evidence)
    by_hand = rows(
        desk,
        "SELECT count(*) FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id "
        "WHERE o.how = 'appended' AND w.opened_by LIKE '%@desk.example'",
    )
    assert by_hand[0][0] > 5


def test_most_work_items_are_closed_after_some_days_and_the_young_ones_are_open(desk: Desk) -> None:
    items = dict(rows(desk, "SELECT status, count(*) FROM work_item GROUP BY status"))
    assert items["closed"] > items["open"] > 100
    assert items["merged"] >= 3
    assert rows(desk, "SELECT count(*) FROM work_item WHERE status_at < opened_at") == [(0,)]


def test_what_people_are_in_the_middle_of_is_claimed_and_noted(desk: Desk) -> None:
    assert rows(desk, "SELECT count(DISTINCT person) FROM claim")[0][0] == 3
    assert rows(desk, "SELECT count(*) FROM note")[0][0] == 4


def test_mail_of_the_blocked_sender_is_deleted_on_arrival(desk: Desk) -> None:
    assert rows(desk, "SELECT value, lifted_at FROM block") == [("leadlist.test", None)]
    after = rows(
        desk,
        "SELECT m.status FROM message AS m, block AS b WHERE m.from_domain = b.value "
        "AND m.received_at > b.created_at + INTERVAL 1 DAY",
    )
    assert {status for (status,) in after} == {"deleted"}


def test_progress_is_told_week_by_week(desk: Desk, steps: list[tuple[str, int, int]]) -> None:
    assert [(done, total) for _, done, total in steps[1:]] == [(number, WEEKS) for number in range(WEEKS + 1)]


def test_a_store_that_holds_mail_is_not_filled_with_the_demo(desk: Desk) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STRAYDESK_STORE", str(desk.store))
        with pytest.raises(InvalidInput, match="holds mail already"):
            make_demo(desk.configuration.base, TODAY, lambda *_: None, until=NOON, weeks=1)


def test_people_do_not_always_agree_but_mostly(tmp_path: Path) -> None:
    mails = [mail for mail in generate(tmp_path, TODAY).mail if mail.truth.action in ("create", "delete")]
    acts = plan(mails, NOON, 7)
    differ = sum(act.what != act.mail.truth for act in acts) / len(acts)
    assert DIFFERENT * 0.6 < differ < DIFFERENT * 1.4
    assert sum(len(session) for session in sessions(acts)) == len(acts)


def test_working_hours_leave_out_nights_and_weekends() -> None:
    friday = datetime(2026, 11, 20, 16, 30)
    assert working_after(friday, 0.25) == datetime(2026, 11, 20, 16, 45)
    assert working_after(friday, 1.0) == datetime(2026, 11, 23, 8, 30)
    assert working_after(datetime(2026, 11, 21, 3, 0), 2.0) == datetime(2026, 11, 23, 10, 0)
    assert working_after(friday, 10.0) == datetime(2026, 11, 24, 8, 30)
