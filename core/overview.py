"""How the desk stands: what waits now, measured against targets, and who has taken what on.

Trends over the same days are in core.trends. All of it counts mail in scope only, and each mail once.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from core.scope import Scope
from core.store import Connection, sql

PERIODS = (7, 30, 90)  # days a lead may look back
UNIVERSAL = ZoneInfo("UTC")
SOON = 4  # hours within which a breach counts as coming
MAILBOXES = """
SELECT name, team, target_hours FROM mailbox WHERE list_contains($mailboxes::VARCHAR[], name) ORDER BY name
"""
OF_TEAMS = """
SELECT name FROM mailbox
WHERE list_contains($mailboxes::VARCHAR[], name)
  AND (len($teams::VARCHAR[]) = 0 OR list_contains($teams::VARCHAR[], team))
ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class OverviewFilter:
    """The last `days` days of `zone`, today included; empty tuples mean any mailbox and team.

    `day` is one of those days when senders, mailboxes and teams are to be about that one only.
    """

    days: int = 30
    mailboxes: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    day: date | None = None
    zone: ZoneInfo = UNIVERSAL

    def today(self, now: datetime) -> date:
        """The date in the zone at a moment (UTC)."""
        return now.replace(tzinfo=UTC).astimezone(self.zone).date()

    def since(self, now: datetime) -> date:
        """The first of the days."""
        return self.today(now) - timedelta(days=self.days - 1)


def mailboxes(scope: Scope) -> pd.DataFrame:
    """The mailboxes in scope, a row each: name, team, target_hours."""
    with scope.store.reading() as db:
        return db.frame(MAILBOXES, mailboxes=list(scope.mailboxes))


def waiting_by_day(scope: Scope, chosen: OverviewFilter) -> pd.DataFrame:
    """How much waited when the days began (number 0) and at the end of each: day, number, waiting, oldest_at (UTC).

    The last row is now. What is put aside waits too.
    """
    with scope.store.reading() as db:
        lay_out(db, scope, chosen, days=chosen.days)
        return db.frame(sql("overview_waiting"))


def ageing(scope: Scope, chosen: OverviewFilter) -> pd.DataFrame:
    """What waits against its target, a row each mailbox: mailbox, team, target_hours, waiting, breached (messages at or
    over the target), due (within SOON hours), fine, aside (put aside, whatever their age), oldest_at (UTC)."""
    with scope.store.reading() as db:
        lay_out(db, scope, chosen, days=1)
        return db.frame(sql("overview_ageing"), soon=SOON)


def claims(scope: Scope, chosen: OverviewFilter) -> pd.DataFrame:
    """Who has claimed what, a row each person and mailbox: person (address), name, mailbox, messages, oldest_at, and
    until, when the first of these leases ends (UTC)."""
    with scope.store.reading() as db:
        lay_out(db, scope, chosen, days=1)
        return db.frame(sql("overview_claims"))


def lay_out(db: Connection, scope: Scope, chosen: OverviewFilter, days: int) -> None:
    """Lay out `mail_in_scope` and the last `days` days of the viewer's zone for the reads of the overview."""
    now = scope.desk.now()
    dates = [chosen.today(now) - timedelta(days=back) for back in range(days - 1, -1, -1)]
    starts = [_midnight(day, chosen.zone) for day in [*dates, dates[-1] + timedelta(days=1)]]
    asked = [name for (name,) in db.rows(OF_TEAMS, mailboxes=scope.within(chosen.mailboxes), teams=list(chosen.teams))]
    db.run("SET VARIABLE mailboxes = $names::VARCHAR[]", names=asked)
    db.run("SET VARIABLE days = $dates::DATE[]", dates=dates)
    db.run("SET VARIABLE starts = $starts::TIMESTAMP[]", starts=starts)
    db.run("SET VARIABLE now = $now::TIMESTAMP", now=now)
    db.script(sql("overview_scope"))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)
