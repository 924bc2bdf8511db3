"""The ordered set that is looked at: the one in force as a person sees it, a draft, or one route put in its place."""

from collections.abc import Sequence
from dataclasses import replace

from core.conflicts.extent import Placed
from core.route_versions import route_in
from core.routes import Route
from core.scope import Scope
from core.store import Connection

STANDING = """
SELECT * REPLACE (id::VARCHAR AS id) FROM route_standing
WHERE active AND NOT removed AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox))
ORDER BY position, name, id
"""


def set_in_force(db: Connection, scope: Scope) -> list[Placed]:
    """The active routes that the person sees, in their order, those in shadow among them."""
    rows = db.records(STANDING, mailboxes=list(scope.mailboxes))
    return [Placed(place, route := route_in(row), (row["id"], row["version"]), not route.shadow)
            for place, row in enumerate(rows)]  # fmt: skip


def draft_set(in_force: Sequence[Placed], draft: Sequence[Route]) -> list[Placed]:
    """A draft in its order; a route that is in force just so is known to be that one."""
    known = {each.name: each for each in in_force}
    return [_placed(place, route, known.get(route.name)) for place, route in enumerate(draft) if route.active]


def put_in(in_force: Sequence[Placed], route: Route, replacing: str | None, before: str | None) -> list[Placed]:
    """The set with a route in place of the one named `replacing`, before the one named `before`, or at the end."""
    old = next((each for each in in_force if each.name == replacing), None)
    others = [each for each in in_force if each is not old]
    at = old.place if old else len(others)
    at = next((place for place, each in enumerate(others) if each.name == before), at)
    put = _placed(at, route, old)
    return [replace(each, place=place) for place, each in enumerate([*others[:at], put, *others[at:]])]


def _placed(place: int, route: Route, known: Placed | None) -> Placed:
    return Placed(place, route, known.key if known and known.route == route else None, not route.shadow)
