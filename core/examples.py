"""Example mails: what a route must catch, and what it must not. Every change of routes is tried on all of them."""

from collections.abc import Sequence

import pandas as pd

from core.errors import NotFound
from core.language import _
from core.messages import must_exist
from core.pinned import IN_FORCE, broken, held
from core.route_turn import seen
from core.route_versions import lay_out_set
from core.routes import Route
from core.scope import Scope
from core.store import Connection

FORGET = "DELETE FROM route_example WHERE route_id = $route_id::UUID AND message_id = $message_id::UUID"
PIN = "INSERT INTO route_example VALUES ($route_id, $message_id, $must_catch, $by, $now, $note)"
# In scope are the examples of which the person sees both the route and the mail.
EXAMPLES = """
SELECT e.route_id::VARCHAR AS route_id, r.name AS route, e.message_id::VARCHAR AS message_id, m.subject, m.from_address,
       m.received_at, e.must_catch, e.note, e.pinned_by, e.pinned_at, h.holds
FROM route_example AS e
JOIN route_newest AS r ON r.id = e.route_id
JOIN message AS m ON m.id = e.message_id
LEFT JOIN example_held AS h ON h.route_id = e.route_id AND h.message_id = e.message_id
WHERE NOT r.removed AND (r.mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], r.mailbox))
  AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[]) AND ($route_id = '' OR e.route_id::VARCHAR = $route_id)
ORDER BY r.position, r.name, e.must_catch DESC, m.received_at DESC, m.id
"""
BREAKING = """
SELECT r.name AS route, h.message_id::VARCHAR AS message_id, m.subject, m.from_address, h.must_catch, h.caught_by,
       (h.route_id, h.message_id) IN (SELECT (route_id, message_id) FROM broken_before) AS broke_before
FROM example_held AS h JOIN deciding_route AS r ON r.id = h.route_id JOIN message AS m ON m.id = h.message_id
WHERE NOT h.holds AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
  AND (r.mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], r.mailbox))
ORDER BY broke_before, r.rank, m.received_at DESC, m.id
"""


def pin_example(scope: Scope, route_id: str, message_id: str, must_catch: bool, note: str = "") -> None:
    """Pin a mail to a route that the person sees, as one it must catch or must not; pinned anew where it was already.

    It may be one that the route does not treat so today: `examples` shows that. Raises NotAllowed for those who only
    look, NotFound for a route or mail out of scope.
    """
    scope.must_act()

    def work(db: Connection) -> None:
        route, message = _route(db, scope, route_id), must_exist(db, scope, message_id)["id"]
        db.run(FORGET, route_id=route, message_id=message)
        db.run(PIN, route_id=route, message_id=message, must_catch=must_catch, by=scope.person.email,
               now=scope.desk.now(), note=note.strip())  # fmt: skip

    scope.store.change(work)


def unpin_example(scope: Scope, route_id: str, message_id: str) -> None:
    """Take a mail from a route again. Raises NotAllowed, NotFound, as pinning does and for what is not pinned."""
    scope.must_act()

    def work(db: Connection) -> None:
        route, message = _route(db, scope, route_id), must_exist(db, scope, message_id)["id"]
        if not db.run(FORGET, route_id=route, message_id=message):
            raise NotFound(_("This mail is not pinned to this route."))

    scope.store.change(work)


def examples(scope: Scope, route_id: str = "") -> pd.DataFrame:
    """The mails pinned to a route (to all of them, if none is named) that the person sees, in the order of the routes:
    route_id, route, message_id, subject, from_address, received_at, must_catch, note, pinned_by, pinned_at, holds (None
    for a route that is switched off or in shadow)."""
    with scope.store.reading() as db:
        db.run(IN_FORCE)
        held(db)
        return db.frame(EXAMPLES, route_id=route_id, mailboxes=list(scope.mailboxes))


def check_examples(scope: Scope, routes: Sequence[Route]) -> pd.DataFrame:
    """The pinned mails that would not go where they must if these were the route set, those that do today first:
    route, message_id, subject, from_address, must_catch, caught_by (names, None where nothing takes it), broke_before.

    Routes are known by their names. Raises InvalidInput for a pattern that can't work.
    """
    with scope.store.reading() as db:
        before = broken(db)
        db.temporary("broken_before", {"route_id": "UUID", "message_id": "UUID"}, list(before))
        lay_out_set(db, routes)
        held(db)
        return db.frame(BREAKING, mailboxes=list(scope.mailboxes))


def _route(db: Connection, scope: Scope, id: str) -> str:
    record = seen(db, scope, id)
    if record["removed"]:
        raise NotFound(_("There is no such route."))
    return str(record["id"])
