"""The numbers of the overview against a desk small enough to count by hand, by the real collector and real people."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from core import findings
from core.acting import create, delete, restore
from core.blocking import block
from core.claiming import claim
from core.configuration import load
from core.errors import ConfigurationProblem
from core.language import speak
from core.overview import OverviewFilter, ageing, claims, mailboxes, waiting_by_day
from core.scope import Scope
from core.snoozing import snooze
from core.trends import arrivals, handling, recurring_senders, share
from core.undoing import undo
from tests.desk import AP, AR, CONFIGURATION, INVOICES, PEOPLE, DeskUnderTest, mail, route

NOW = datetime(2025, 3, 17, 12)  # a Monday
WEEK = OverviewFilter(days=7)  # 11 to 17 March; compared with 4 to 10 March
SUE, TOM, ZOE, EVE = (f"{name}@out.example" for name in ("sue", "tom", "zoe", "eve"))
TARGET = CONFIGURATION.replace('source = "eml:mail/ar"', 'source = "eml:mail/ar"\ntarget_hours = 8')
# What ended a wait, told by the journal alone: a person's act that was neither undone nor followed by a restore.
BY_JOURNAL = """
SELECT m.from_address, epoch(j.happened_at - m.received_at) / 3600
FROM journal AS j JOIN message AS m ON m.id = j.message_id
WHERE j.actor_kind = 'person' AND j.status_before = 'unprocessed' AND j.status_after <> 'unprocessed'
  AND NOT EXISTS (SELECT 1 FROM journal AS u WHERE u.undoes = j.batch AND u.message_id = j.message_id)
  AND NOT EXISTS (SELECT 1 FROM journal AS r WHERE r.message_id = j.message_id AND r.action = 'restore'
                  AND r.happened_at > j.happened_at)
  AND j.happened_at >= $since
ORDER BY ALL
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskUnderTest:
    """Two weeks of a desk: every mail, every decision and every slip is in here."""
    made = DeskUnderTest(
        tmp_path_factory.mktemp("desk"), [route("Invoices", "invoices@desk.example")], TARGET, datetime(2025, 3, 4)
    )
    ana, bea, leo = made.acting("ana"), made.acting("bea"), made.acting("leo")

    arrives(made, "03-05 10:00", SUE, to="invoices@desk.example")  # routed
    id = arrives(made, "03-05 10:00", SUE)
    at(made, "03-05 13:00")
    create(ana, [id], INVOICES)  # after 3 h
    id = arrives(made, "03-06 10:00", TOM)
    at(made, "03-06 11:00")
    delete(ana, [id], "spam")  # after 1 h

    at(made, "03-11 08:00")
    block(leo, "address", EVE, "spam")
    arrives(made, "03-12 09:00", SUE, to="invoices@desk.example")  # routed
    id = arrives(made, "03-12 09:00", SUE)
    at(made, "03-12 11:00")
    create(ana, [id], INVOICES)  # after 2 h
    id = arrives(made, "03-13 09:00", SUE)
    at(made, "03-13 13:00")
    slip = delete(ana, [id], "spam")
    at(made, "03-13 13:30")
    undo(ana, slip.batch)
    at(made, "03-13 15:00")
    create(ana, [id], INVOICES)  # after 6 h; the undone deletion is none
    arrives(made, "03-14 09:00", EVE)  # blocked
    id = arrives(made, "03-14 08:00", TOM, mailbox=AR)
    at(made, "03-14 18:00")
    delete(bea, [id], "For information only")  # after 10 h
    back = arrives(made, "03-15 09:00", SUE)
    at(made, "03-15 10:00")
    delete(ana, [back], "spam")
    at(made, "03-15 11:00")
    restore(ana, [back])  # and waits: 51 h at NOW
    aside = arrives(made, "03-16 09:00", TOM)
    arrives(made, "03-17 06:00", ZOE, mailbox=AR)  # 6 of 8 h
    arrives(made, "03-17 09:30", ZOE, mailbox=AR)  # 2.5 of 8 h
    arrives(made, "03-17 10:00", SUE, mailbox=PEOPLE)
    both = mail(sender=ZOE, to="x@desk.example", sent=datetime(2025, 3, 17, 11))
    at(made, "03-17 11:00")
    (twice,) = made.receive(both)
    made.receive(both, mailbox=AR)  # lies in both, and counts once

    at(made, "03-17 07:00")
    claim(bea, [twice])  # ended at 11:00
    at(made, "03-17 11:30")
    claim(ana, [back])
    snooze(ana, [aside], NOW + timedelta(days=1))
    made.clock = NOW
    return made


def at(desk: DeskUnderTest, moment: str) -> None:
    desk.clock = datetime.fromisoformat(f"2025-{moment}")


def arrives(desk: DeskUnderTest, moment: str, sender: str, to: str = "x@desk.example", mailbox: str = AP) -> str:
    at(desk, moment)
    return desk.receive_one(mail(sender=sender, to=to, sent=desk.clock), mailbox=mailbox)


@pytest.fixture
def leo(desk: DeskUnderTest) -> Scope:
    """The lead of Finance: Accounts Payable and Receivable, not People."""
    return desk.acting("leo")


@pytest.fixture
def empty(tmp_path: Path) -> Scope:
    return DeskUnderTest(tmp_path).acting("leo")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    speak("en")
    yield


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame[list(columns)].itertuples(index=False)]


# What waits


def test_what_waits_is_counted_at_the_end_of_each_day_and_a_slip_ends_no_wait(leo: Scope) -> None:
    waits = waiting_by_day(leo, WEEK)
    # 15 March: sue's, deleted and restored; 16: tom's, put aside; 17: two of zoe's, and the one in both mailboxes.
    assert waits["waiting"].tolist() == [0, 0, 0, 0, 0, 1, 2, 5]
    assert waits["number"].tolist() == list(range(8))
    assert waits["oldest_at"].iloc[-1] == datetime(2025, 3, 15, 9)
    assert pd.isna(waits["oldest_at"].iloc[0])


def test_what_a_route_took_never_waited_however_late_it_was_collected(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("Invoices", "invoices@desk.example")], clock=NOW)
    sent = NOW - timedelta(days=2)
    desk.receive(mail(to="invoices@desk.example", sent=sent), mail(to="x@desk.example", sent=sent))
    assert waiting_by_day(desk.acting("leo"), WEEK)["waiting"].tolist() == [0, 0, 0, 0, 0, 1, 1, 1]


def test_ageing_measures_each_mailbox_against_its_own_target(leo: Scope) -> None:
    found = rows(ageing(leo, WEEK), "mailbox", "team", "target_hours", "waiting", "breached", "due", "fine", "aside")
    assert found == [(AP, "Finance", 24.0, 3, 1, 0, 1, 1), (AR, "Finance", 8.0, 2, 0, 1, 1, 0)]


def test_exactly_at_its_target_a_mail_is_past_it(desk: DeskUnderTest, leo: Scope) -> None:
    desk.clock = datetime(2025, 3, 17, 14)  # zoe's of 6:00 is 8 h old
    before = rows(ageing(leo, WEEK), "mailbox", "breached", "due", "fine")
    desk.clock = NOW
    assert before[1] == (AR, 1, 1, 0)


def test_claims_name_who_holds_what_until_when_and_leave_out_what_has_ended(leo: Scope) -> None:
    found = rows(claims(leo, WEEK), "person", "mailbox", "messages", "oldest_at", "until")
    assert found == [("ana@desk.example", AP, 1, datetime(2025, 3, 15, 9), datetime(2025, 3, 17, 15, 30))]


# What arrived, and what became of it


def test_arrivals_tell_each_outcome_by_day_and_mailbox(leo: Scope) -> None:
    found = arrivals(leo, WEEK)
    recent = found[found["recent"]]
    outcomes = ("arrived", "routed", "by_hand", "deleted", "blocked", "waiting")
    assert rows(recent.assign(date=recent["day"].dt.day), "date", "mailbox", *outcomes) == [
        (12, AP, 2, 1, 1, 0, 0, 0),
        (13, AP, 1, 0, 1, 0, 0, 0),
        (14, AP, 1, 0, 0, 0, 1, 0),
        (14, AR, 1, 0, 0, 1, 0, 0),
        (15, AP, 1, 0, 0, 0, 0, 1),
        (16, AP, 1, 0, 0, 0, 0, 1),
        (17, AP, 1, 0, 0, 0, 0, 1),
        (17, AR, 2, 0, 0, 0, 0, 2),
    ]
    assert rows(found[~found["recent"]], "arrived", "routed", "by_hand", "deleted") == [(2, 1, 1, 0), (1, 0, 0, 1)]


def test_the_share_decided_automatically_counts_routes_and_blocks_of_all_that_arrived(leo: Scope) -> None:
    found = arrivals(leo, WEEK)
    assert rows(share(found[found["recent"]]), "arrived", "automatic", "share") == [(10, 2, 0.2)]
    assert share(found[~found["recent"]])["share"].tolist() == [pytest.approx(1 / 3)]
    assert rows(share(found[found["recent"]], "mailbox"), "mailbox", "automatic", "share") == [
        (AP, 2, pytest.approx(2 / 7)),
        (AR, 0, 0.0),
    ]


def test_handling_takes_from_arrival_to_the_decision_that_stands(leo: Scope) -> None:
    found = handling(leo, WEEK)
    period = found[found["part"] == "period"]
    assert rows(period, "recent", "decided", "median_hours", "p90_hours") == [
        (False, 2, 2.0, pytest.approx(2.8)),  # 1 h and 3 h
        (True, 3, 6.0, pytest.approx(9.2)),  # 2 h, 6 h and 10 h
    ]
    assert rows(found[found["part"] == "mailbox"], "name", "decided", "median_hours") == [(AP, 2, 4.0), (AR, 1, 10.0)]
    assert rows(found[found["part"] == "team"], "name", "decided", "median_hours") == [("Finance", 3, 6.0)]
    days = found[found["part"] == "day"]
    assert rows(days.assign(date=days["day"].dt.day), "date", "median_hours") == [(12, 2.0), (13, 6.0), (14, 10.0)]
    assert rows(found[found["part"] == "week"], "day", "decided") == [(pd.Timestamp(2025, 3, 10), 3)]


def test_the_journal_tells_the_same_decisions_as_the_messages(desk: DeskUnderTest, leo: Scope) -> None:
    told = desk.rows(BY_JOURNAL, since=datetime(2025, 3, 11))
    assert told == [(SUE, 2.0), (SUE, 6.0), (TOM, 10.0)]
    found = handling(leo, WEEK)
    median = found.loc[(found["part"] == "period") & found["recent"], "median_hours"].item()
    assert median == pd.Series([hours for _sender, hours in told]).median()


def test_with_a_day_chosen_mailboxes_and_senders_are_about_that_day(leo: Scope) -> None:
    chosen = OverviewFilter(days=7, day=date(2025, 3, 12))
    found = handling(leo, chosen)
    assert rows(found[found["part"] == "mailbox"], "name", "decided", "median_hours") == [(AP, 1, 2.0)]
    assert found.loc[(found["part"] == "period") & found["recent"], "decided"].item() == 3
    assert recurring_senders(leo, chosen).empty


# Who keeps writing


def test_recurring_senders_tell_how_many_since_when_and_what_people_did_last(leo: Scope) -> None:
    found = recurring_senders(leo, WEEK)
    columns = ("from_address", "mailbox", "messages", "waiting", "weeks", "since_at", "last_action", "last_reason")
    told = found.astype(object).where(found.notna(), None)
    assert rows(told, *columns) == [
        (SUE, AP, 3, 1, 1, datetime(2025, 3, 5, 10), "create", str(INVOICES)),
        (ZOE, AR, 3, 3, 1, datetime(2025, 3, 17, 6), None, None),
        (TOM, AP, 2, 1, 1, datetime(2025, 3, 6, 10), "delete", "For information only"),
    ]
    assert found["unrouted"].unique().tolist() == [8]


def test_senders_are_counted_in_the_weeks_they_wrote(leo: Scope) -> None:
    found = recurring_senders(leo, OverviewFilter(days=30))
    assert dict(zip(found["from_address"], found["weeks"], strict=True)) == {SUE: 2, TOM: 2, ZOE: 1}


# Scope, filters, zones


def test_who_sees_no_mailbox_counts_nothing_and_nobody_counts_foreign_mail(desk: DeskUnderTest) -> None:
    hana, nemo = desk.acting("hana"), desk.acting("nemo")
    assert waiting_by_day(hana, WEEK)["waiting"].iloc[-1] == 1
    assert ageing(hana, WEEK)["mailbox"].tolist() == [PEOPLE]
    assert arrivals(hana, WEEK)["arrived"].sum() == 1
    assert mailboxes(hana)["name"].tolist() == [PEOPLE]
    for read in (ageing, claims, arrivals, handling, recurring_senders, mailboxes):
        found = read(nemo) if read is mailboxes else read(nemo, WEEK)  # type: ignore[call-arg]
        assert len(found) == 0
    assert waiting_by_day(nemo, WEEK)["waiting"].sum() == 0


def test_asking_for_a_mailbox_out_of_scope_answers_nothing_of_it(desk: DeskUnderTest) -> None:
    assert len(arrivals(desk.acting("hana"), OverviewFilter(days=7, mailboxes=(AP,)))) == 0


def test_a_mail_in_two_mailboxes_counts_once_and_in_whichever_is_asked_for(leo: Scope) -> None:
    both, own = arrivals(leo, WEEK), arrivals(leo, OverviewFilter(days=7, mailboxes=(AR,)))
    assert both.loc[both["recent"], "arrived"].sum() == 10
    assert own["arrived"].sum() == 4  # tom's, two of zoe's, and the one that arrived in Accounts Payable first


def test_a_team_filter_leaves_out_the_others(desk: DeskUnderTest) -> None:
    ada = desk.acting("ada")
    assert waiting_by_day(ada, WEEK)["waiting"].iloc[-1] == 6
    assert waiting_by_day(ada, OverviewFilter(days=7, teams=("Staff",)))["waiting"].iloc[-1] == 1
    assert set(ageing(ada, OverviewFilter(days=7, teams=("Staff",)))["mailbox"]) == {PEOPLE}


def test_analysts_see_the_numbers_too(desk: DeskUnderTest) -> None:
    assert arrivals(desk.acting("ida"), WEEK)["arrived"].sum() == 13


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", 30), ("Europe/Madrid", 31), ("America/Lima", 30), ("Asia/Kathmandu", 31)]
)
def test_a_day_is_a_day_of_the_viewers_zone_also_when_clocks_change(tmp_path: Path, zone: str, day: int) -> None:
    desk = DeskUnderTest(tmp_path, clock=datetime(2025, 3, 31, 12))
    desk.receive(mail(to="x@desk.example", sent=datetime(2025, 3, 30, 22, 30)))  # Madrid had 23 hours that day
    found = arrivals(desk.acting("leo"), OverviewFilter(days=7, zone=ZoneInfo(zone)))
    assert found["day"].dt.day.tolist() == [day]
    waits = waiting_by_day(desk.acting("leo"), OverviewFilter(days=7, zone=ZoneInfo(zone)))
    assert waits.loc[waits["waiting"] > 0, "day"].dt.day.min() == day


@pytest.mark.parametrize(
    ("zone", "hour", "day"),
    [
        ("UTC", 23, 17),
        ("Europe/Madrid", 22, 17),
        ("Europe/Madrid", 23, 18),
        ("America/Lima", 4, 16),
        ("America/Lima", 5, 17),
    ],
)
def test_today_is_the_day_it_is_where_the_viewer_sits(desk: DeskUnderTest, zone: str, hour: int, day: int) -> None:
    now, chosen = datetime(2025, 3, 17, hour, 30), OverviewFilter(days=7, zone=ZoneInfo(zone))
    assert (chosen.today(now), chosen.since(now)) == (date(2025, 3, day), date(2025, 3, day - 6))


def test_mail_dated_in_the_future_came_today(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, clock=datetime(2025, 3, 17, 12))
    desk.receive(mail(to="x@desk.example", sent=datetime(2026, 1, 1)))
    leo = desk.acting("leo")
    assert arrivals(leo, WEEK)["day"].dt.day.tolist() == [17]
    assert waiting_by_day(leo, WEEK)["waiting"].tolist() == [0] * 7 + [1]
    assert rows(ageing(leo, WEEK), "mailbox", "breached", "fine")[0] == (AP, 0, 1)


def test_an_empty_desk_answers_empty_frames_and_calm_sentences(empty: Scope) -> None:
    came, took = arrivals(empty, WEEK), handling(empty, WEEK)
    assert waiting_by_day(empty, WEEK)["waiting"].tolist() == [0] * 8
    assert findings.of_ageing(ageing(empty, WEEK), "mailbox") == "Nothing waits"
    assert findings.of_claims(claims(empty, WEEK)) == "Nobody has claimed anything"
    assert findings.of_share(share(came, "day")) == "No mail arrived that could be decided"
    assert findings.of_share_by(share(came, "mailbox"), "mailbox") == "No mail arrived that could be decided"
    assert findings.of_handling(took) == "Nobody decided anything by hand in this period"
    assert findings.of_handling_by(took) == "Nobody decided anything by hand in this period"
    assert findings.of_senders(recurring_senders(empty, WEEK)) == "No sender wrote twice without a route"


# What the numbers say


def test_one_message_gets_a_sentence_without_percentages(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    id = desk.receive_one(mail(to="x@desk.example", sent=desk.clock - timedelta(hours=1)))
    leo = desk.acting("leo")
    assert findings.of_ageing(ageing(leo, WEEK), "mailbox") == "1 message waits, within its target"
    create(desk.acting("ana"), [id], INVOICES)
    took = handling(leo, WEEK)
    assert findings.of_handling(took[took["part"] == "period"]) == "The one decision by hand came 1 h after the mail"
    assert findings.of_ageing(ageing(leo, WEEK), "mailbox") == "Nothing waits"


def test_the_findings_of_the_counted_desk(leo: Scope) -> None:
    took = handling(leo, WEEK)
    assert findings.of_ageing(ageing(leo, WEEK), "mailbox") == f"1 message is past its target, in {AP}"
    assert findings.of_claims(claims(leo, WEEK)) == "1 message is claimed, by ana@desk.example"
    period = took[(took["part"] == "period") & took["recent"]]
    assert findings.of_handling(period) == (
        "Half of the decisions by hand came within 6 h of the mail, nine in ten within 9.2 h"
    )
    boxes = took[took["part"] == "mailbox"]
    assert findings.of_handling_by(boxes) == f"{AR} takes longest, 10 h at the median; {AP} is quickest with 4 h"
    assert findings.of_senders(recurring_senders(leo, WEEK)) == "3 senders bring 100% of the mail that no route caught"


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        ([("Ana", AP, 2), ("Bea", AP, 1), ("Ana", AR, 1)], "2 people have claimed 4 messages, Ana most of all"),
        ([("Ana", AP, 2), ("Bea", AP, 2)], "2 people have claimed 4 messages"),
        ([("Ana", AP, 1), ("Ana", AR, 1)], "2 messages are claimed, all by Ana"),
    ],
)
def test_nobody_is_said_to_hold_most_when_two_hold_as_much(held: list[tuple[str, str, int]], sentence: str) -> None:
    assert findings.of_claims(pd.DataFrame(held, columns=["name", "mailbox", "messages"])) == sentence


@pytest.mark.parametrize(
    ("buckets", "sentence"),
    [
        ([(AP, 3, 0, 1, 0), (AR, 2, 0, 0, 0)], "5 messages are past their target, 3 of them in Accounts Payable"),
        ([(AP, 0, 0, 1, 0), (AR, 4, 0, 0, 0)], "4 messages are past their target, all in Accounts Receivable"),
        ([(AP, 0, 1, 9, 0), (AR, 0, 0, 0, 0)], "Nothing is past its target; 1 message falls due within 4 h"),
        ([(AP, 0, 0, 9, 0), (AR, 0, 0, 1, 0)], "Accounts Payable holds 90% of what waits, all of it within its target"),
        ([(AP, 0, 0, 5, 0), (AR, 0, 0, 5, 0)], "10 messages wait, all within their target"),
        ([(AP, 0, 0, 0, 2), (AR, 0, 0, 0, 0)], "All that waits has been put aside"),
    ],
)
def test_ageing_names_the_worst_first(buckets: list[tuple[str, int, int, int, int]], sentence: str) -> None:
    frame = pd.DataFrame(buckets, columns=["mailbox", "breached", "due", "fine", "aside"])
    frame["waiting"] = frame[["breached", "due", "fine", "aside"]].sum(axis=1)
    assert findings.of_ageing(frame, "mailbox") == sentence


def test_weekdays_are_compared_only_where_there_is_enough_to_compare() -> None:
    days = pd.DataFrame(
        {"day": pd.date_range("2025-03-03", periods=22), "arrived": [10, 20, 10, 10, 8, 0, 0] * 3 + [99]}
    )
    assert findings.of_arrivals(days) == "A Tuesday brings 2.5 times the mail of a Friday"
    assert findings.of_arrivals(days.tail(8)) == "157 messages arrived"
    assert findings.of_arrivals(days.assign(arrived=0)) == "No mail arrived in this period"
    assert findings.of_arrivals(days.assign(arrived=[0] * 21 + [1])) == "1 message arrived"


def test_the_trend_of_the_share_leaves_out_the_week_that_is_not_over() -> None:
    steps = pd.DataFrame({"arrived": [10, 10, 10, 10], "automatic": [5, 6, 7, 0]})
    steps["share"] = steps["automatic"] / steps["arrived"]
    assert findings.of_share(steps) == "The share decided automatically rose from 50% to 70%"
    assert findings.of_share(steps.iloc[[2, 1, 0, 3]]) == "The share decided automatically fell from 70% to 50%"
    assert findings.of_share(steps.iloc[[0, 0]]) == "50% of the mail was decided automatically"


@pytest.mark.parametrize(
    ("hours", "text"), [(0.5, "30 min"), (5.24, "5.2 h"), (30, "30 h"), (60, "2.5 d"), (999, "42 d")]
)
def test_a_length_of_time_is_told_in_the_unit_a_person_would_use(hours: float, text: str) -> None:
    assert findings.span(hours) == text


# The target of a mailbox


def test_a_mailbox_has_a_target_of_a_day_unless_the_file_says_otherwise(desk: DeskUnderTest) -> None:
    assert rows(mailboxes(desk.acting("ada")), "name", "target_hours") == [(AP, 24.0), (AR, 8.0), (PEOPLE, 24.0)]


def test_a_changed_target_is_measured_from_then_on(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.receive(mail(to="x@desk.example", sent=desk.clock - timedelta(hours=10)), mailbox=AR)
    assert ageing(desk.acting("leo"), WEEK)["breached"].sum() == 0
    (tmp_path / "straydesk.toml").write_text(TARGET)
    desk.desk = desk.opened()
    assert ageing(desk.acting("leo"), WEEK)["breached"].sum() == 1


@pytest.mark.parametrize("hours", ["0", "-1", "inf", '"soon"'])
def test_a_target_that_is_no_time_is_refused(tmp_path: Path, hours: str) -> None:
    (tmp_path / "routes.toml").write_text("")
    (tmp_path / "straydesk.toml").write_text(TARGET.replace("target_hours = 8", f"target_hours = {hours}"))
    with pytest.raises(ConfigurationProblem, match="target_hours"):
        load(tmp_path / "straydesk.toml")
