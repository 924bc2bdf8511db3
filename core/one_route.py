"""One route as it stands: its newest version, and whether the person may change it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from core.errors import NotFound, StraydeskError
from core.language import _
from core.route_checks import must_write
from core.route_turn import seen
from core.route_versions import route_in
from core.routes import Route
from core.scope import Scope
from core.store import Connection

# Everything that what is said about routes follows from, mail apart.
MARK = """
SELECT hash((SELECT (count(*), bit_xor(hash(id, version, acknowledged_by))) FROM route),
            (SELECT (count(*), bit_xor(hash(a))) FROM route_acknowledgement AS a),
            (SELECT (count(*), bit_xor(hash(e))) FROM route_example AS e),
            (SELECT (count(*), bit_xor(hash(c))) FROM catalog AS c),
            (SELECT (count(*), bit_xor(hash(b))) FROM block AS b))
"""

BY_WEEK = """
SELECT w.week::TIMESTAMP AS week, coalesce(h.mails, 0) AS mails
FROM (SELECT unnest(generate_series(date_trunc('week', $since::TIMESTAMP), $now::TIMESTAMP, INTERVAL 7 DAY)) AS week)
    AS w
LEFT JOIN (
    SELECT date_trunc('week', m.received_at) AS week, count(DISTINCT m.id) AS mails
    FROM decision_trace AS t JOIN message AS m ON m.id = t.message_id
    WHERE t.route_id = try_cast($id AS UUID) AND t.outcome = 'opened' AND m.received_at >= $since::TIMESTAMP
      AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
    GROUP BY ALL
) AS h ON h.week = w.week
ORDER BY w.week
"""


@dataclass(frozen=True, slots=True)
class OneRoute:
    """The newest version of a route, who made it and when (UTC); `waits` for approval until then.

    `refusal` says why the person may not change it, empty where they may.
    """

    id: str
    version: int
    route: Route
    by_name: str
    changed_at: datetime
    acknowledged: bool
    waits: bool
    refusal: str


def one_route(scope: Scope, id: str) -> OneRoute:
    """A route of the set that the person sees. Raises NotFound, also for one that was removed."""
    with scope.store.reading() as db:
        record = seen(db, scope, id)
        if record["removed"]:
            raise NotFound(_("There is no such route."), _("It was removed; its history can bring it back."))
        acknowledged = record["acknowledged_by"] is not None
        return OneRoute(record["id"], record["version"], route_in(record), record["by_name"], record["created_at"],
                        acknowledged, bool(record["needs_approval"]) and not acknowledged,
                        _refusal(db, scope, record["mailbox"]))  # fmt: skip


def caught_by_week(scope: Scope, id: str, days: int = 90) -> pd.DataFrame:
    """Mails in scope that a route opened an item from, by the week they came in: week (its Monday, UTC), mails.

    Every week of the last `days` has its row; the first is counted from within. Raises NotFound."""
    with scope.store.reading() as db:
        route, now = seen(db, scope, id), scope.desk.now()
        return db.frame(BY_WEEK, id=route["id"], since=now - timedelta(days=days), now=now,
                        mailboxes=list(scope.mailboxes))  # fmt: skip


def set_mark(scope: Scope) -> int:
    """A number that is another one as soon as a route, its approval, its examples or what it can open has changed."""
    with scope.store.reading() as db:
        return int(db.value(MARK))


def may_write_somewhere(scope: Scope) -> bool:
    """Whether there is any route that the person may write: whether to offer them a new one."""
    return scope.person.role != "analyst" and bool(scope.mailboxes)


def _refusal(db: Connection, scope: Scope, mailbox: str | None) -> str:
    try:
        must_write(db, scope, mailbox)
    except StraydeskError as problem:
        return str(problem)
    return ""
