"""What each route does: its hits, what would be missing without it, and what people made of it afterwards."""

from datetime import timedelta
from typing import Any

import pandas as pd

from core.route_versions import route_in
from core.route_words import opens, route_conditions
from core.scope import Scope
from core.store import Connection, sql

PERIODS = (7, 30, 90)  # days
ROUTES = """
SELECT r.* REPLACE (r.id::VARCHAR AS id), n.* EXCLUDE (route_id), f.created_by AS owner,
       coalesce(p.name, f.created_by) AS owner_name, r.acknowledged_by IS NOT NULL AS acknowledged,
       r.needs_approval IS TRUE AND r.acknowledged_by IS NULL AS waits_for_approval,
       (r.target_customer, r.target_contract, r.target_service)
           NOT IN (SELECT (customer, contract, service) FROM catalog) AS target_missing
FROM route_newest AS r
JOIN route_number AS n ON n.route_id = r.id
JOIN (SELECT id, arg_min(created_by, version) AS created_by FROM route GROUP BY id) AS f ON f.id = r.id
LEFT JOIN person_ever AS p ON p.email = f.created_by
WHERE NOT r.removed AND (r.mailbox IS NULL OR list_contains(getvariable('mailboxes'), r.mailbox))
ORDER BY r.position, r.name, r.id
"""
COLUMNS = ["id", "name", "place", "position", "active", "shadow", "mailbox", "conditions", "target", "target_missing",
           "owner", "owner_name", "version", "acknowledged", "waits_for_approval", "last_fired_at", "hits_7", "hits_30",
           "hits_90", "marginal_90", "overrides_90", "unrouted_90"]  # fmt: skip


def route_statistics(scope: Scope, words: str = "") -> pd.DataFrame:
    """A row each route that the person sees, in order; counts are of mail in scope received in the last 7, 30, 90 days.

    id, name, place (from 1, among those seen), position, active, shadow, mailbox (None: any), conditions (a sentence),
    target, target_missing (it opens nothing), owner (who made its first version), owner_name, version (the newest),
    acknowledged, waits_for_approval (the newest version does not count yet), last_fired_at (UTC, of all times; NaT:
    never), hits_7, hits_30, hits_90 (mails it opened an item from), marginal_90 (mails that no other route in force
    would have caught; 0 for what is not in force), overrides_90 (items of its that people merged away, or took back and
    ended otherwise), unrouted_90 (addresses beside its own that no route wanted).
    `words`: only routes in whose fields each of them stands, in any case.
    """
    with scope.store.reading() as db:
        _count(db, scope)
        rows = [_told(record, place) for place, record in enumerate(db.records(ROUTES), start=1)]
    wanted = words.casefold().split()
    found = [row for row, searched in rows if all(word in searched for word in wanted)]
    frame = pd.DataFrame(found, columns=COLUMNS)
    return frame.astype({"last_fired_at": "datetime64[us]"})


def lay_out_fired(db: Connection, scope: Scope) -> None:
    """Lay out what the routes opened in the last 90 days, and what of it people took away again, in scope:
    sql/route_statistics.sql and sql/route_overridden.sql."""
    for days in PERIODS:
        db.run(f"SET VARIABLE since_{days} = $since::TIMESTAMP", since=scope.desk.now() - timedelta(days=days))
    db.run("SET VARIABLE mailboxes = $names::VARCHAR[]", names=list(scope.mailboxes))
    for step in ("route_statistics", "route_overridden"):
        db.script(sql(step))


def _count(db: Connection, scope: Scope) -> None:
    lay_out_fired(db, scope)
    for step in ("match", "route_statistics_counted"):
        db.script(sql(step))


def _told(record: dict[str, Any], place: int) -> tuple[dict[str, Any], str]:
    """A row of the answer, and the text that is searched."""
    route = route_in(record)
    more = {"place": place, "conditions": route_conditions(route), "target": opens(route.target)}
    row = {name: (record | more)[name] for name in COLUMNS}
    parts = (row["conditions"], row["target"], row["owner"], row["owner_name"], *map(str, route.model_dump().values()))
    return row, "\n".join(parts).casefold()
