"""Who has which message open right now, and who has claimed it."""

from datetime import datetime, timedelta

from core.messages import must_exist
from core.scope import Scope
from core.store import Connection

FRESH = timedelta(seconds=60)

HOLDER = """
SELECT coalesce(p.name, k.person), k.until FROM claim AS k LEFT JOIN person AS p ON p.email = k.person
WHERE k.message_id = $id::UUID AND k.until > $now
"""
OTHERS = """
SELECT DISTINCT coalesce(p.name, s.person) FROM presence AS s LEFT JOIN person AS p ON p.email = s.person
WHERE s.message_id = $id::UUID AND s.person <> $me AND s.seen_at > $since ORDER BY 1
"""


def look_at(scope: Scope, id: str) -> None:
    """Say that the person has this message open now; it counts for FRESH. Raises NotFound."""

    def work(db: Connection) -> None:
        found = must_exist(db, scope, id)
        now = scope.desk.now()
        db.run("DELETE FROM presence WHERE person = $me OR seen_at < $stale", me=scope.person.email, stale=now - FRESH)
        db.run("INSERT INTO presence VALUES ($me, $id, $now)", me=scope.person.email, id=found["id"], now=now)

    scope.store.change(work)


def others_at(scope: Scope, id: str) -> list[str]:
    """The names of others who have this message open. Raises NotFound."""
    with scope.store.reading() as db:
        found = must_exist(db, scope, id)
        rows = db.rows(OTHERS, id=found["id"], me=scope.person.email, since=scope.desk.now() - FRESH)
    return [name for (name,) in rows]


def holder(scope: Scope, id: str) -> tuple[str, datetime] | None:
    """Who has claimed this message and until when (UTC); None when nobody has. Raises NotFound."""
    with scope.store.reading() as db:
        found = must_exist(db, scope, id)
        row = db.one(HOLDER, id=found["id"], now=scope.desk.now())
    return (row[0], row[1]) if row else None
