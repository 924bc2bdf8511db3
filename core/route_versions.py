"""Versions of routes in the store: they are never changed, so a new text makes new versions of what differs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.errors import InvalidInput
from core.language import _
from core.route_order import placed
from core.routes import Route, Target
from core.store import Connection

COLUMNS = {
    "name": "VARCHAR", "position": "INTEGER", "active": "BOOLEAN", "mailbox": "VARCHAR", "recipient": "VARCHAR",
    "sender": "VARCHAR[]", "subject_contains": "VARCHAR[]", "subject_regex": "VARCHAR", "body_contains": "VARCHAR[]",
    "list_id": "VARCHAR", "has_attachment": "BOOLEAN", "match_delivered": "BOOLEAN", "shadow": "BOOLEAN",
    "target_kind": "VARCHAR", "target_customer": "VARCHAR", "target_contract": "VARCHAR", "target_service": "VARCHAR",
}  # fmt: skip

# A route is known in the set by the name of the version that counts; one that only waits for approval, by its own.
KNOWN = """
CREATE OR REPLACE TEMP TABLE known AS
SELECT n.id, coalesce(s.name, n.name) AS name, n.position, s.id IS NOT NULL AS counts
FROM route_newest AS n LEFT JOIN route_standing AS s USING (id) WHERE NOT n.removed
"""
CHANGED = f"""
CREATE OR REPLACE TEMP TABLE differing AS
SELECT o.id, n.*
FROM (SELECT * FROM new_set EXCEPT SELECT {", ".join(COLUMNS)} FROM route_standing WHERE NOT removed) AS n
LEFT JOIN known AS o USING (name)
"""  # noqa: S608 - names of our own columns
ADD = """
INSERT INTO route BY NAME
SELECT d.* REPLACE (coalesce(d.id, uuidv7()) AS id), coalesce(n.version, 0) + 1 AS version,
       $removed::BOOLEAN AS removed, $by AS created_by, $now::TIMESTAMP AS created_at,
       $needs_approval::BOOLEAN AS needs_approval, $acknowledged_by AS acknowledged_by,
       CASE WHEN $acknowledged_by IS NOT NULL THEN $now::TIMESTAMP END AS acknowledged_at
FROM differing AS d LEFT JOIN route_newest AS n ON n.id = d.id
"""
REMOVE = """
INSERT INTO route
SELECT * REPLACE (version + 1 AS version, true AS removed, false AS needs_approval, $by AS created_by,
                  $now::TIMESTAMP AS created_at)
FROM route_newest WHERE id IN (SELECT id FROM known WHERE counts AND name NOT IN (SELECT name FROM new_set))
"""
REPLACED = """
INSERT INTO route
SELECT r.* EXCLUDE (next)
       REPLACE (r.next AS version, p.position AS position, $by AS created_by, $now::TIMESTAMP AS created_at)
FROM route_again AS r JOIN position_of AS p USING (id)
"""
DRAFT = """
CREATE OR REPLACE TEMP TABLE deciding_route AS
SELECT coalesce(o.id, uuidv7()) AS id, 0 AS version, n.*, row_number() OVER (ORDER BY n.position) AS rank
FROM new_set AS n LEFT JOIN known AS o USING (name) WHERE n.active AND NOT n.shadow
"""


def replace_routes(db: Connection, routes: Sequence[Route], by: str, now: datetime) -> dict[str, int]:
    """Make these the route set, inside the caller's transaction; answers the counts of each:
    how many were `changed` (or added), `removed`, `unchanged`. Who does this stands for them: they are acknowledged.
    Routes that only wait for approval are in no file, and go on waiting.

    Raises InvalidInput for a pattern that can't work: it would fail every decision, not just its own."""
    _must_work(db, routes)
    db.run(KNOWN)
    old = dict(db.rows("SELECT name, position FROM known"))
    positions = placed([old.get(route.name) for route in routes])
    db.temporary("new_set", COLUMNS, [route_row(*pair) for pair in zip(routes, positions, strict=True)])
    db.run(CHANGED)
    removed = db.run(REMOVE, by=by, now=now)
    changed = db.run(ADD, by=by, now=now, removed=False, needs_approval=False, acknowledged_by=by)
    return {"changed": changed, "removed": removed, "unchanged": len(routes) - changed}


def lay_out_set(db: Connection, routes: Sequence[Route]) -> None:
    """Lay these routes out as `deciding_route`, as if they were the route set: the active ones that are not in shadow,
    each under the id of the route that has its name today. Raises InvalidInput for a pattern that can't work."""
    _must_work(db, routes)
    db.run(KNOWN)
    db.temporary("new_set", COLUMNS, [route_row(route, place) for place, route in enumerate(routes, start=1)])
    db.run(DRAFT)


def add_version(db: Connection, id: str, route: Route, position: int, *, by: str, now: datetime,
                approved: bool, acknowledged: bool, removed: bool = False) -> None:  # fmt: skip
    """The next version of a route (the first, if there is none of this id), inside the caller's transaction.

    It stands aside while it is not `approved`; `acknowledged`: whoever makes it stands for it."""
    db.temporary("differing", {"id": "UUID"} | COLUMNS, [(id, *route_row(route, position))])
    db.run(ADD, by=by, now=now, removed=removed, needs_approval=not approved,
           acknowledged_by=by if acknowledged else None)  # fmt: skip


def place_again(db: Connection, position_of: Mapping[str, int], by: str, now: datetime) -> None:
    """New versions of routes that only get another position, each acknowledged, or not, as it was before."""
    db.temporary("position_of", {"id": "UUID", "position": "INTEGER"}, list(position_of.items()))
    db.run(REPLACED, by=by, now=now)


def route_row(route: Route, position: int) -> tuple[Any, ...]:
    """A route as the values of COLUMNS."""
    given = route.model_dump()
    target = given.pop("target")
    given |= {"position": position, **{f"target_{name}": value for name, value in target.items()}}
    return tuple(given[column] for column in COLUMNS)


def route_in(record: Mapping[str, Any]) -> Route:
    """The route that a row of the table holds, by column."""
    target = Target.model_validate({name: record[f"target_{name}"] for name in Target.model_fields})
    return Route.model_validate({name: record[name] for name in Route.model_fields if name != "target"}
                                | {"target": target})  # fmt: skip


def _must_work(db: Connection, routes: Sequence[Route]) -> None:
    for route in routes:
        if route.subject_regex and not db.accepts(route.subject_regex):
            raise InvalidInput(bad_pattern(route))


def bad_pattern(route: Route) -> str:
    """The sentence about a subject_regex that is no RE2 pattern."""
    return _("“{route}”: subject_regex is no RE2 pattern: {pattern}").format(
        route=route.name, pattern=route.subject_regex
    )
