"""Who has which message open right now, and who has claimed it."""

from datetime import datetime, timedelta

from core.messages import must_exist
from core.scope import Scope
from core.store import Connection

FRESH = timedelta(seconds=60)

# Who has claimed it is one row at most, and has `until`.
COMPANY = """
SELECT coalesce(p.name, k.person) AS name, k.until
FROM (SELECT person, until FROM claim WHERE message_id = $id::UUID AND until > $now
      UNION ALL
      SELECT DISTINCT person, NULL FROM presence
      WHERE message_id = $id::UUID AND person <> $me AND seen_at > $since) AS k
LEFT JOIN person AS p ON p.email = k.person ORDER BY name
"""


def look_at(scope: Scope, id: str) -> None:
    """Say that the person has this message open now; it counts for FRESH. Raises NotFound."""

    def work(db: Connection) -> None:
        found = must_exist(db, scope, id)
        now = scope.desk.now()
        db.run("DELETE FROM presence WHERE person = $me OR seen_at < $stale", me=scope.person.email, stale=now - FRESH)
        db.run("INSERT INTO presence VALUES ($me, $id, $now)", me=scope.person.email, id=found["id"], now=now)

    scope.store.change(work)


def company(db: Connection, scope: Scope, id: str) -> tuple[tuple[str, datetime] | None, list[str]]:
    """Of a message that exists in scope: who has claimed it and until when (UTC), None when nobody has; and the names
    of others who have it open."""
    now = scope.desk.now()
    rows = db.rows(COMPANY, id=id, me=scope.person.email, now=now, since=now - FRESH)
    held = [(name, until) for name, until in rows if until is not None]
    return next(iter(held), None), [name for name, until in rows if until is None]
