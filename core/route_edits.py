"""Changing routes: every change is a new version, in turn with others, never over what somebody else has changed.

Who may: see `must_write` of route_checks. What agents change is live at once and marked until a lead or administrator
acknowledges it; with STRAYDESK_ROUTES_NEED_APPROVAL it stands aside until then. A route of a mailbox that the person
does not see does not exist for them.
"""

from typing import Any

from core.errors import NotFound
from core.intake import new_id
from core.language import _
from core.route_checks import TAKEN, found
from core.route_places import behind, put, standing_at
from core.route_turn import SavedRoute, in_turn, seen, settled, taken_up
from core.route_versions import add_version, route_in
from core.routes import Route
from core.scope import Scope
from core.store import Connection

VERSION = """
SELECT * FROM route WHERE id = try_cast($id AS UUID) AND version = $version AND NOT removed
AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox))
"""
Record = dict[str, Any]
HERE = "here"  # instead of the route it shall stand before: it stays where it is


def save_route(scope: Scope, route: Route, *, id: str = "", seen_version: int = 0, position: int | None = None,
               despite_examples: bool = False) -> SavedRoute:  # fmt: skip
    """Add a route, or make it the next version of the route `id`, of which the person saw `seen_version`.

    `position` counts from 0 among the routes that the person sees; without it a new route is the last, so that it takes
    nothing from others, and an old one stays where it is. Saving what is there already makes no version.
    Raises NotAllowed, NotFound, InvalidInput (a line for each thing that can't work, or for each pinned example that
    would break, unless `despite_examples`), ChangedMeanwhile, which names who was faster.
    """

    def work(db: Connection) -> SavedRoute:
        record = taken_up(db, scope, id, seen_version) if id else None
        before = HERE if record else None
        if position is not None:
            before = standing_at(db, scope, position, without=id)
        return _write(db, scope, route, record, before)

    return in_turn(scope, work, despite_examples)


def duplicate_route(scope: Scope, id: str) -> SavedRoute:
    """A copy right behind a route, switched off, under a free name. Raises NotAllowed, NotFound, InvalidInput."""

    def work(db: Connection) -> SavedRoute:
        record = taken_up(db, scope, id)
        copy = {"name": _free_name(db, record["name"]), "active": False}
        return _write(db, scope, route_in(record).model_copy(update=copy), None, behind(db, scope, id))

    return in_turn(scope, work, despite_examples=True)


def move_route(scope: Scope, id: str, before: str | None, *, despite_examples: bool = False) -> SavedRoute:
    """Put a route before another one that the person sees; None: to the end. Where there is no room between the others,
    some of them get a new version too. Raises NotAllowed, NotFound, InvalidInput."""

    def work(db: Connection) -> SavedRoute:
        record = settled(db, scope, id)
        if before is not None and seen(db, scope, before)["removed"]:
            raise NotFound(_("There is no such route."))
        return _write(db, scope, route_in(record), record, HERE if before == id else before, checked=False)

    return in_turn(scope, work, despite_examples)


def switch_route(scope: Scope, id: str, on: bool, *, despite_examples: bool = False) -> SavedRoute:
    """Switch a route on or off. Raises NotAllowed, NotFound, and InvalidInput for what can't be switched on."""
    return _altered(scope, id, {"active": on}, despite_examples, checked=on)


def promote_route(scope: Scope, id: str, *, despite_examples: bool = False) -> SavedRoute:
    """Put a route in force that ran in shadow. Raises NotAllowed, NotFound, InvalidInput."""
    return _altered(scope, id, {"active": True, "shadow": False}, despite_examples, checked=True)


def remove_route(scope: Scope, id: str, *, seen_version: int = 0, despite_examples: bool = False) -> SavedRoute:
    """Take a route out of the set; its versions stay, and `restore_version` brings it back.

    Raises NotAllowed, NotFound, and ChangedMeanwhile where `seen_version` is given and no longer the newest.
    """

    def work(db: Connection) -> SavedRoute:
        record = taken_up(db, scope, id, seen_version or None)
        return _next(db, scope, record["id"], route_in(record), record["position"], record["version"], removed=True)

    return in_turn(scope, work, despite_examples)


def restore_version(scope: Scope, id: str, version: int, *, seen_version: int = 0,
                    despite_examples: bool = False) -> SavedRoute:  # fmt: skip
    """Make a new version with the text of an old one; a route that was removed is back. It stays where it stands.

    Raises NotAllowed, NotFound, InvalidInput (what worked once may not work now), ChangedMeanwhile.
    """

    def work(db: Connection) -> SavedRoute:
        record = taken_up(db, scope, id, seen_version or None, removed_too=True)
        old = db.records(VERSION, id=id, version=version, mailboxes=list(scope.mailboxes))
        if not old:
            raise NotFound(_("There is no version {version} of this route.").format(version=version))
        return _write(db, scope, route_in(old[0]), record, HERE)

    return in_turn(scope, work, despite_examples)


def _altered(scope: Scope, id: str, changes: Record, despite_examples: bool, checked: bool) -> SavedRoute:
    def work(db: Connection) -> SavedRoute:
        record = settled(db, scope, id)
        return _write(db, scope, route_in(record).model_copy(update=changes), record, HERE, checked=checked)

    return in_turn(scope, work, despite_examples)


def _write(db: Connection, scope: Scope, route: Route, record: Record | None, before: str | None, *,
           checked: bool = True) -> SavedRoute:  # fmt: skip
    """The next version of a route, before another one (None: at the end). No new one where nothing would change."""
    if checked and (problems := found(db, scope, route, record["id"] if record else "")):
        raise type(problems[0])("\n".join(problem.sentence for problem in problems), problems[0].hint)
    id, version = (record["id"], record["version"]) if record else (new_id(), 0)
    position = record["position"] if record and before == HERE else put(db, scope, id, before)
    if record and not record["removed"] and route_in(record) == route and record["position"] == position:
        return SavedRoute(id, version, route.name)
    return _next(db, scope, id, route, position, version)


def _next(db: Connection, scope: Scope, id: str, route: Route, position: int, version: int,
          removed: bool = False) -> SavedRoute:  # fmt: skip
    approved = scope.administers or not scope.desk.configuration.settings.routes_need_approval
    add_version(db, id, route, position, by=scope.person.email, now=scope.desk.now(), approved=approved,
                acknowledged=scope.administers, removed=removed)  # fmt: skip
    return SavedRoute(id, version + 1, route.name, "remove" if removed else "save", waits=not approved)


def _free_name(db: Connection, name: str) -> str:
    """A name for a copy."""
    copy, number = _("{name} (copy)").format(name=name), 2
    while db.value(TAKEN, name=copy, id=""):
        copy, number = _("{name} (copy {number})").format(name=name, number=number), number + 1
    return copy
