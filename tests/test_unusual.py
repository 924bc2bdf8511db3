"""Silence and floods against the same hours of the same weekday before: told soon, not on a holiday or by chance."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.health import Bounds, troubles
from core.store import Connection
from core.unusual import unusual
from core.usual_days import finding, usual_days
from tests.desk import AP, AR, PEOPLE, DeskUnderTest

TUESDAY = datetime(2025, 3, 4)
HOURS = np.array([0.1] * 7 + [0.5, 3, 5, 5.5, 5, 3, 3.5, 5, 5, 4, 2, 1, 0.5, 0.3, 0.2, 0.1, 0.1])
DAY_SHARE = (1.2, 1.05, 1, 1, 0.85, 0.08, 0.05)
LAY = """
INSERT INTO message_raw (message_id, mailbox, received_at, collected_at) SELECT id, mailbox, came, came FROM came
"""
DELIVER = "INSERT INTO delivery SELECT id, mailbox, 'INBOX', 1, id::VARCHAR, 'stored', came, NULL FROM came"


def came(desk: DeskUnderTest, mailbox: str, moments: Iterable[datetime]) -> None:
    """Lay mail of these moments into the store, as if it had been collected then."""
    rows = [(mailbox, each) for each in moments]

    def lay(db: Connection) -> None:
        db.temporary("moments", {"mailbox": "VARCHAR", "came": "TIMESTAMP"}, rows)
        db.script("CREATE OR REPLACE TEMP TABLE came AS SELECT uuidv7() AS id, * FROM moments")
        db.script(LAY)
        db.script(DELIVER)

    desk.desk.store.change(lay)


def office(per_day: float, first: datetime, last: datetime, seed: int) -> list[datetime]:
    """Mail as it comes to an office: by hour and weekday, in heaps (more uneven than chance alone)."""
    dice, share, found = np.random.default_rng(seed), HOURS / HOURS.sum(), []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        much = per_day * DAY_SHARE[day.weekday()] * dice.gamma(12) / 12
        for hour in range(24):
            count = dice.poisson(much * share[hour] * dice.gamma(4) / 4)
            found += [day + timedelta(hours=hour, seconds=float(each)) for each in dice.uniform(0, 3600, count)]
    return [each for each in found if each < last]


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    """Nine weeks of mail until a Tuesday: 200 a day in Accounts Payable, 12 in Receivable, two weeks of People."""
    made = DeskUnderTest(tmp_path)
    first = TUESDAY - timedelta(weeks=9)
    came(made, AP, office(200, first, TUESDAY, 1))
    came(made, AR, office(12, first, TUESDAY, 2))
    came(made, PEOPLE, office(300, TUESDAY - timedelta(weeks=2), TUESDAY, 3))
    return made


def told(desk: DeskUnderTest, at: datetime) -> dict[str, str]:
    desk.clock = at
    rows = unusual(desk.desk.operator())
    return dict(zip(rows["mailbox"], rows["kind"], strict=True))


def at(hour: float) -> datetime:
    return TUESDAY + timedelta(hours=hour)


def test_the_outage_of_a_busy_mailbox_is_told_within_two_hours(desk: DeskUnderTest) -> None:
    came(desk, AP, [each for each in office(200, TUESDAY, at(10), 4) if each < at(9.9)])
    assert told(desk, at(10.5)) == {}
    assert told(desk, at(12)) == {AP: "silence"}
    (one,) = [each for each in troubles(desk.acting("ana"), Bounds(silent_minutes=1e6)) if each.code == "unusual"]
    assert (one.mailbox, one.level) == (AP, "warning")
    assert one.sentence.startswith("Accounts Payable: nothing has come since 2025-03-04 0")
    assert "; in the same hours of the 8 weeks before, " in one.sentence
    assert desk.acting("hana").mailboxes == (PEOPLE,)
    assert unusual(desk.acting("hana")).empty


def test_a_day_off_alarms_no_small_mailbox_and_none_without_history(desk: DeskUnderTest) -> None:
    for hour in range(9, 24):
        assert told(desk, at(hour)).keys() <= {AP}


def test_a_small_mailbox_is_silent_after_more_days_than_one(desk: DeskUnderTest) -> None:
    assert AR in told(desk, at(24 * 3))


def test_one_holiday_in_the_weeks_before_hides_no_outage(desk: DeskUnderTest) -> None:
    holiday = TUESDAY - timedelta(weeks=2)
    desk.change("DELETE FROM delivery WHERE collected_at >= $a AND collected_at < $b",
                a=holiday, b=holiday + timedelta(days=1))  # fmt: skip
    came(desk, AP, [at(9.9)])
    assert told(desk, at(12.5)) == {AP: "silence"}


def test_nobody_calls_it_silent_where_it_has_been_so_for_weeks(desk: DeskUnderTest) -> None:
    assert told(desk, at(24 * 7 * 5)) == {}


def test_a_flood_is_told_and_a_busy_morning_is_not(desk: DeskUnderTest) -> None:
    came(desk, AP, (at(9) + timedelta(seconds=60 * number) for number in range(60)))
    came(desk, AR, (at(9) + timedelta(seconds=60 * number) for number in range(45)))
    assert told(desk, at(10)) == {}
    came(desk, AP, (at(9) + timedelta(seconds=10 * number) for number in range(300)))
    assert told(desk, at(10)) == {AP: "flood"}
    rows = unusual(desk.acting("ana"))
    assert (int(rows["arrived"].iloc[0]) >= 360, rows["since"].iloc[0].to_pydatetime()) == (True, at(8))


def test_mail_numbered_anew_by_its_server_is_no_flood(desk: DeskUnderTest) -> None:
    desk.change("INSERT INTO delivery SELECT message_id, mailbox, folder, 2, uid, 'duplicate', $now, run_id "
                "FROM delivery", now=at(9))  # fmt: skip
    assert told(desk, at(9)) == {}


def test_chance_alone_alarms_in_few_of_a_thousand_days(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    first = TUESDAY - timedelta(weeks=12)
    for seed, (name, per_day) in enumerate(((AP, 200), (AR, 60), (PEOPLE, 15))):
        came(desk, name, office(per_day, first, TUESDAY, seed + 10))
    alarms = set()
    with desk.kept_open():
        for hours in range(24 * 7 * 9, 24 * 7 * 12, 2):
            now = first + timedelta(hours=hours)
            alarms |= {(name, now.date()) for name in told(desk, now)}
    assert len(alarms) <= 1, "of 63 mailbox days"


# Day by day


def days(desk: DeskUnderTest, mailbox: str = AP) -> tuple[list[bool], str]:
    rows = usual_days(desk.acting("ana"), mailbox, TUESDAY)
    return list(rows["unlike"]), finding(rows, lambda day: f"{day:%d %b}")


def test_a_day_unlike_its_weekday_is_found_and_weekends_are_like_weekends(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    for number in range(1, 85):
        day = TUESDAY - timedelta(days=number)
        each = 30 + number % 7 if day.weekday() < 5 else 2
        came(desk, AP, (day + timedelta(minutes=10 * place) for place in range(each)))
    unlike, said = days(desk)
    assert (len(unlike), any(unlike)) == (28, False), "nor is today, which is not over"
    assert said == "28 days, each as usual for its weekday"
    saturday = TUESDAY - timedelta(days=3)
    came(desk, AP, (saturday + timedelta(minutes=number) for number in range(20)))
    unlike, said = days(desk)
    assert [place for place, each in enumerate(unlike) if each] == [24]
    assert said == "01 Mar was unusual: 22 messages where 0 to 8 are usual"


def test_a_new_mailbox_says_that_it_knows_nothing_usual_yet(desk: DeskUnderTest) -> None:
    rows = usual_days(desk.acting("hana"), PEOPLE, TUESDAY)
    assert rows["high"].isna().all() and len(rows) == 15
    assert finding(rows, str).endswith("messages so far; what is usual is known after 4 weeks")
    assert usual_days(desk.acting("ana"), PEOPLE, TUESDAY)["arrived"].sum() == 0
