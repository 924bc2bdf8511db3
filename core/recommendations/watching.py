"""What routes do once they are accepted: alarms where people take their items away, and the share that needs nobody."""

from collections.abc import Hashable, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from core import trends
from core.language import _
from core.overview import OverviewFilter
from core.recommendations.sentences import share
from core.route_statistics import lay_out_fired
from core.scope import Scope
from core.store import sql

DAYS = 84  # twelve weeks
ADDED = """
SELECT date_trunc('week', f.added_at)::TIMESTAMP AS week, n.id::VARCHAR AS route_id, n.name, f.made_by AS by, f.added_at
FROM route_newest AS n
JOIN (SELECT id, min(created_at) AS added_at, arg_min(created_by, version) AS made_by FROM route GROUP BY id) AS f
  ON f.id = n.id
WHERE NOT n.removed AND n.active AND n.shadow IS NOT TRUE AND f.added_at >= $since::TIMESTAMP
  AND (n.mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], n.mailbox))
ORDER BY f.added_at, n.name
"""


def drift_alarms(scope: Scope) -> pd.DataFrame:
    """Routes whose items people take away more often than before: route_id, route, target, mailbox (None: any),
    hits_28, overrides_28 (items opened in the last 28 days, and of these taken away), hits_before, overrides_before (in
    the 62 days before), share_28, share_before (0 to 1; NaN: it opened nothing then), since (UTC: when it was made),
    sentence.

    Only what is clearly more: the 95 % Wilson bound of the share lies above the share of before, 3 overrides at least.
    """
    with scope.store.reading() as db:
        lay_out_fired(db, scope)
        db.run("SET VARIABLE now = $now::TIMESTAMP", now=scope.desk.now())
        db.script(sql("wilson"))
        found = db.frame(sql("drift_alarms"))
    return found.assign(sentence=[_alarm(row) for row in found.to_dict("records")])


def decided_by_week(scope: Scope, days: int = DAYS) -> pd.DataFrame:
    """The share of mail in scope that no person had to decide, a row each week with mail: week (its Monday), arrived,
    automatic (mails), share (0 to 1)."""
    rows = trends.arrivals(scope, OverviewFilter(days=days))
    recent = rows[rows["recent"]]
    return trends.share(recent.assign(week=recent["day"].dt.to_period("W-SUN").dt.start_time), "week")


def routes_added(scope: Scope, days: int = DAYS) -> pd.DataFrame:
    """Routes in force made in the last days, oldest first: week (its Monday), route_id, name, by, added_at (UTC)."""
    since = scope.desk.now() - timedelta(days=days)
    with scope.store.reading() as db:
        return db.frame(ADDED, since=since, mailboxes=list(scope.mailboxes))


def _alarm(row: Mapping[Hashable, Any]) -> str:
    told = _("People took {count} of {hits} items of “{route}” away in 28 days ({share}).").format(
        count=row["overrides_28"], hits=row["hits_28"], route=row["route"], share=share(row["share_28"]))  # fmt: skip
    if pd.isna(row["share_before"]):
        return told
    return _("{sentence} Before it was {share}.").format(sentence=told, share=share(row["share_before"]))
