"""When mail arrives: weeks that end today, working days, office hours, nights, the turn of the month."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

WORKDAYS = (1.0, 1.05, 1.0, 0.95, 0.75, 0.06, 0.03)  # Monday first
EVERY_DAY = (1.0,) * 7
OFFICE = (0.3, 1.0, 1.6, 1.7, 1.4, 1.0, 0.7, 0.9, 1.3, 1.2, 0.8, 0.3)  # from 07:00 UTC, by the hour
OPEN = (time(8), time(17))  # when the desk is staffed, UTC
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Profile:
    """How likely each day is, and each hour from `first_hour` on."""

    weekdays: tuple[float, ...]
    first_hour: int
    hours: tuple[float, ...]
    days_of_month: frozenset[int] = frozenset(range(1, 32))

    def weight(self, day: datetime) -> float:
        """How likely this day is, beside the others of its week."""
        return self.weekdays[day.weekday()] if day.day in self.days_of_month else 0.0


PROFILES = {
    "office": Profile(WORKDAYS, 7, OFFICE),
    "evening": Profile((1.0, 1.0, 1.0, 1.0, 0.9, 0.5, 0.6), 7, (*OFFICE, 0.6, 0.9, 0.9, 0.6)),
    "morning": Profile((1.0, 1.0, 1.0, 1.0, 1.0, 0.1, 0.05), 5, (1.0, 1.5, 1.0)),
    "night": Profile(EVERY_DAY, 1, (1.0, 1.5, 1.0, 0.5)),
    "always": Profile(EVERY_DAY, 0, (1.0,) * 24),
    "month_start": Profile(WORKDAYS, 6, OFFICE, frozenset(range(1, 6))),
    "payday": Profile(WORKDAYS, 7, OFFICE, frozenset(range(23, 29))),
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """`weeks` weeks of seven days, the last of them cut at `until` (naive UTC)."""

    until: datetime
    weeks: int

    def days(self, week: int) -> list[datetime]:
        """The midnights of the seven days of a week; week 1 is the first, the last day of the last is today."""
        today = datetime.combine(self.until.date(), time())
        return [today - timedelta(days=7 * (self.weeks - week) + 6 - number) for number in range(7)]

    def week_of(self, moment: datetime) -> int:
        """The week a moment lies in; what is earlier than the first belongs to the first."""
        midnight = datetime.combine(self.until.date(), time()) + timedelta(days=1)
        return max(1, self.weeks - (midnight - moment - timedelta(microseconds=1)) // timedelta(days=7))

    def moments(self, rng: Random, week: int, expected: float, profile: Profile) -> list[datetime]:
        """When the mails of one stream arrive in a week: about `expected` of them, none after `until`."""
        days = self.days(week)
        weights = [profile.weight(day) for day in days]
        count = _around(rng, expected * _share(profile, weights))
        chosen = rng.choices(days, weights, k=count) if any(weights) else []
        return sorted(moment for moment in (day + _hour(rng, profile) for day in chosen) if moment <= self.until)

    def ago(self, rng: Random, age: str) -> datetime:
        """A moment that lies about `5m`, `3h` or `2d` before the end, to the second."""
        exact = timedelta(**{UNITS[age[-1]]: float(age[:-1])})
        return self.until - timedelta(seconds=int(exact.total_seconds() * rng.uniform(0.85, 1.0)))

    def office_after(self, rng: Random, moment: datetime, hours: float) -> datetime:
        """A moment at least `hours` later, moved into the office hours of a working day."""
        later = moment + timedelta(hours=hours)
        if later.weekday() < 5 and 7 <= later.hour < 18:
            return later
        day = datetime.combine(later.date(), time()) + timedelta(days=later.hour >= 18)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return day + _hour(rng, PROFILES["office"])


def working_after(moment: datetime, hours: float) -> datetime:
    """The moment that lies so many working hours (08:00 to 17:00 UTC, Monday to Friday) after another."""
    left = timedelta(hours=hours)
    while True:
        opens, closes = (datetime.combine(moment.date(), each) for each in OPEN)
        start = max(moment, opens)
        if moment.weekday() < 5 and start + left <= closes:
            return start + left
        if moment.weekday() < 5:
            left -= max(timedelta(), closes - start)
        moment = datetime.combine(moment.date(), time()) + timedelta(days=1)


def _share(profile: Profile, weights: list[float]) -> float:
    """How much of a full week this one is for the profile; 1 unless it only writes on some days of the month."""
    return 1.0 if len(profile.days_of_month) == 31 else sum(weights) / sum(WORKDAYS)


def _around(rng: Random, expected: float) -> int:
    """A whole number near the expected one, never negative."""
    return max(0, int(rng.gauss(expected, 0.5 * expected**0.5) + rng.random()))


def _hour(rng: Random, profile: Profile) -> timedelta:
    (hour,) = rng.choices(range(len(profile.hours)), profile.hours)
    return timedelta(hours=profile.first_hour + hour, seconds=rng.randrange(3600))
