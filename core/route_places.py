"""Where a route stands among the others, in the store."""

from core.errors import NotFound
from core.language import _
from core.route_order import placed
from core.route_versions import place_again
from core.scope import Scope
from core.store import Connection

IN_ORDER = """
SELECT id::VARCHAR, position, mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox) AS seen
FROM route_newest WHERE NOT removed ORDER BY position, name, id
"""


def put(db: Connection, scope: Scope, id: str, before: str | None) -> int:
    """The position that puts a route before another (None: at the end), inside the caller's transaction.

    Where there is no room between the others, some of them move: their order, and what they catch, stays as it is.
    """
    rows = _in_order(db, scope)
    old = {other: position for other, position, _seen in rows}
    others = [other for other in old if other != id]
    place = others.index(before) if before is not None else len(others)
    if id in old and list(old).index(id) == place:
        return old[id]
    positions = placed([*(old[other] for other in others[:place]), None, *(old[other] for other in others[place:])])
    position = positions.pop(place)
    moved = {other: new for other, new in zip(others, positions, strict=True) if old[other] != new}
    if moved:
        place_again(db, moved, scope.person.email, scope.desk.now())
    return position


def standing_at(db: Connection, scope: Scope, place: int, without: str) -> str | None:
    """The route at a place, from 0, among those the person sees; None behind the last of them."""
    seen = [id for id, _position, seen in _in_order(db, scope) if seen and id != without]
    return seen[place] if 0 <= place < len(seen) else None


def behind(db: Connection, scope: Scope, id: str) -> str | None:
    """The route right behind this one, whether or not the person sees it; None if it is the last. Raises NotFound."""
    ids = [each for each, *_rest in _in_order(db, scope)]
    if id not in ids:
        raise NotFound(_("There is no such route."))
    place = ids.index(id) + 1
    return ids[place] if place < len(ids) else None


def _in_order(db: Connection, scope: Scope) -> list[tuple[str, int, bool]]:
    return [(id, position, seen) for id, position, seen in db.rows(IN_ORDER, mailboxes=list(scope.mailboxes))]
