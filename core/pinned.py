"""The mails pinned to routes: which of them go where they must under a route set."""

from collections.abc import Iterable

from core.language import _
from core.scope import Scope
from core.store import Connection, sql

Pinned = tuple[str, str]
"""A route and a message, by their ids."""

IN_FORCE = "CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM route_set"
BROKEN = "SELECT route_id::VARCHAR, message_id::VARCHAR FROM example_held WHERE NOT holds"
ABOUT = """
SELECT e.must_catch, r.name, m.subject, m.from_address
FROM asked AS a
JOIN route_example AS e ON e.route_id = a.route_id AND e.message_id = a.message_id
JOIN route_newest AS r ON r.id = e.route_id JOIN message AS m ON m.id = e.message_id
WHERE (r.mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], r.mailbox))
  AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
ORDER BY r.name, m.received_at, m.id
"""


def broken(db: Connection) -> set[Pinned]:
    """The pinned mails of the routes in force that do not go where they must; none for routes that take nothing."""
    if not db.value("SELECT count(*) FROM route_example"):
        return set()
    db.run(IN_FORCE)
    held(db)
    return set(db.rows(BROKEN))


def held(db: Connection) -> None:
    """Lay out `example_held` (sql/examples_held.sql) for the routes in the temporary table `deciding_route`."""
    for step in ("examples", "match", "examples_held"):
        db.script(sql(step))


def told(db: Connection, scope: Scope, pinned: Iterable[Pinned]) -> list[str]:
    """A sentence for each pinned mail that holds no longer. Of what the person does not see only that it is there."""
    rows = list(pinned)
    if not rows:
        return []
    db.temporary("asked", {"route_id": "UUID", "message_id": "UUID"}, rows)
    seen = db.rows(ABOUT, mailboxes=list(scope.mailboxes))
    hidden = [_("A mail that another team has pinned would go elsewhere.")] if len(seen) < len(rows) else []
    return [_about(*row) for row in seen] + hidden


def _about(must_catch: bool, route: str, subject: str, sender: str) -> str:
    sentence = (
        _("“{route}” must catch “{subject}” from {sender}, and would not.")
        if must_catch
        else _("“{route}” must not catch “{subject}” from {sender}, and would.")
    )
    return sentence.format(route=route, subject=subject or _("(no subject)"), sender=sender or "?")
