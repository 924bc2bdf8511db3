"""What agents changed of the routes, until a lead or administrator has acknowledged it."""

import pandas as pd

from core.errors import ChangedMeanwhile
from core.language import _
from core.route_checks import UNSEEN
from core.route_history import changes_between
from core.route_turn import SavedRoute, in_turn, taken_up
from core.route_versions import route_in
from core.route_words import opens, route_conditions
from core.scope import Scope
from core.store import Connection

ACKNOWLEDGE = """
UPDATE route SET acknowledged_by = $by, acknowledged_at = $now
WHERE id = $id::UUID AND version = $version AND acknowledged_by IS NULL
"""
AWAITING = """
SELECT n.* REPLACE (n.id::VARCHAR AS id), coalesce(p.name, n.created_by) AS by_name
FROM route_newest AS n LEFT JOIN person_ever AS p ON p.email = n.created_by
WHERE n.acknowledged_by IS NULL AND (mailbox IS NULL AND $everything OR list_contains($mailboxes::VARCHAR[], mailbox))
ORDER BY n.created_at, n.id
"""
# The last one that somebody stands for, without those that were of a mailbox out of scope.
STOOD_FOR = """
SELECT * FROM route WHERE id = $id::UUID AND acknowledged_by IS NOT NULL
AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox)) ORDER BY version DESC LIMIT 1
"""
COLUMNS = ["id", "name", "version", "mailbox", "conditions", "target", "created_by", "by_name", "created_at",
           "waits_for_approval", "removed", "changes"]  # fmt: skip


def acknowledge_route(scope: Scope, id: str, *, seen_version: int = 0, despite_examples: bool = False) -> SavedRoute:
    """Stand for the newest version of a route that an agent made; where it waited for that, it is in force from now on.

    For leads and administrators who may write the route. Raises NotAllowed, NotFound, ChangedMeanwhile (where
    `seen_version` is given and no longer the newest, or somebody has acknowledged it already), and InvalidInput for
    what was waiting and breaks pinned examples.
    """
    scope.must_administer()

    def work(db: Connection) -> SavedRoute:
        record = taken_up(db, scope, id, seen_version or None, removed_too=True)
        if not db.run(ACKNOWLEDGE, by=scope.person.email, now=scope.desk.now(), id=id, version=record["version"]):
            raise ChangedMeanwhile(_("“{name}” is acknowledged already.").format(name=record["name"]))
        return SavedRoute(record["id"], record["version"], record["name"], "acknowledge")

    return in_turn(scope, work, despite_examples)


def awaiting_acknowledgement(scope: Scope) -> pd.DataFrame:
    """The routes whose newest version nobody has acknowledged, longest waiting first, of those the person may: id,
    name, version, mailbox (None: any), conditions (a sentence), target, created_by, by_name, created_at (UTC),
    waits_for_approval (not in force until then), removed (that is what was changed), changes (a list of sentences:
    what differs from the last acknowledged version). Raises NotAllowed for all but leads and administrators."""
    scope.must_administer()
    with scope.store.reading() as db:
        mailboxes = list(scope.mailboxes)
        everything = not db.value(UNSEEN, mailboxes=mailboxes)
        found = db.records(AWAITING, everything=everything, mailboxes=mailboxes)
        before = [next(iter(db.records(STOOD_FOR, id=new["id"], mailboxes=mailboxes)), None) for new in found]
    rows = []
    for old, new in zip(before, found, strict=True):
        route = route_in(new)
        rows.append((new["id"], route.name, new["version"], route.mailbox, route_conditions(route), opens(route.target),
                     new["created_by"], new["by_name"], new["created_at"], bool(new["needs_approval"]), new["removed"],
                     changes_between(old, new)))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
