"""Versions of routes in the store: they are never changed, so a new text makes new versions of what differs."""

from datetime import datetime
from typing import Any

from core.errors import InvalidInput
from core.language import _
from core.routes import Route
from core.store import Connection

COLUMNS = {
    "name": "VARCHAR", "position": "INTEGER", "active": "BOOLEAN", "mailbox": "VARCHAR", "recipient": "VARCHAR",
    "sender": "VARCHAR[]", "subject_contains": "VARCHAR[]", "subject_regex": "VARCHAR", "body_contains": "VARCHAR[]",
    "list_id": "VARCHAR", "has_attachment": "BOOLEAN", "match_delivered": "BOOLEAN", "target_kind": "VARCHAR",
    "target_customer": "VARCHAR", "target_contract": "VARCHAR", "target_service": "VARCHAR",
}  # fmt: skip
STEP = 10  # between positions, so that a route can be put in between

CHANGED = f"""
CREATE OR REPLACE TEMP TABLE differing AS
SELECT coalesce(o.id, uuidv7()) AS id, coalesce(o.version, 0) + 1 AS version, n.*
FROM (SELECT * FROM new_set EXCEPT SELECT {", ".join(COLUMNS)} FROM route_newest WHERE NOT removed) AS n
LEFT JOIN (SELECT id, version, name FROM route_newest WHERE NOT removed) AS o USING (name)
"""  # noqa: S608 - names of our own columns
ADD = """
INSERT INTO route BY NAME
SELECT *, false AS removed, $by AS created_by, NULL AS acknowledged_by, $now::TIMESTAMP AS created_at FROM differing
"""
REMOVE = """
INSERT INTO route
SELECT * REPLACE (version + 1 AS version, true AS removed, $by AS created_by, $now::TIMESTAMP AS created_at)
FROM route_newest WHERE NOT removed AND name NOT IN (SELECT name FROM new_set)
"""


def replace_routes(db: Connection, routes: list[Route], by: str, now: datetime) -> dict[str, int]:
    """Make these the route set, inside the caller's transaction; answers the counts of each:
    how many were `changed` (or added), `removed`, `unchanged`.

    Raises InvalidInput for a pattern that can't work: it would fail every decision, not just its own."""
    for route in routes:
        if route.subject_regex and not db.accepts(route.subject_regex):
            raise InvalidInput(bad_pattern(route))
    rows = [_row(route, place * STEP) for place, route in enumerate(routes, start=1)]
    db.temporary("new_set", COLUMNS, rows)
    db.run(CHANGED)
    removed = db.run(REMOVE, by=by, now=now)
    changed = db.run(ADD, by=by, now=now)
    return {"changed": changed, "removed": removed, "unchanged": len(routes) - changed}


def _row(route: Route, position: int) -> tuple[Any, ...]:
    given = route.model_dump()
    target = given.pop("target")
    given |= {"position": position, **{f"target_{name}": value for name, value in target.items()}}
    return tuple(given[column] for column in COLUMNS)


def bad_pattern(route: Route) -> str:
    """The sentence about a subject_regex that is no RE2 pattern."""
    return _("“{route}”: subject_regex is no RE2 pattern: {pattern}").format(
        route=route.name, pattern=route.subject_regex
    )
