"""Taking a batch back: everything a person did in one go, except what has gone further since."""

from uuid import UUID

from core.changing import change, new_batch, outcome
from core.errors import InvalidInput, NotFound
from core.language import _
from core.outcome import Outcome
from core.scope import Scope
from core.store import Connection, sql

FOUND = """
SELECT any_value(action), any_value(actor_kind), any_value(status_before),
       (SELECT count(*) FROM journal WHERE undoes = $batch::UUID)
FROM journal WHERE batch = $batch::UUID HAVING count(*) > 0
"""
ITEMS_UNDONE = """
INSERT INTO journal
SELECT uuidv7(), $now, $batch, $actor, 'person', 'undo', NULL, NULL, u.work_item_id, NULL, i.status, NULL, u.action,
       $undoes
FROM undone_item AS u JOIN work_item AS i ON i.id = u.work_item_id
"""


def undo(scope: Scope, batch: str) -> Outcome:
    """Take back what one batch did; messages that were changed again since are left alone and named.

    Raises NotFound when there is no such batch in scope, InvalidInput when it was not done by a person, was itself an
    undo, or is undone already.
    """
    scope.must_act()
    undoing = new_batch()

    def work(db: Connection) -> Outcome:
        before = _status_before(db, batch)
        now = scope.desk.now()
        db.run("SET VARIABLE mailboxes = $names::VARCHAR[]", names=list(scope.mailboxes))
        db.run("SET VARIABLE batch = $batch::UUID", batch=batch)
        db.script(sql("item_in_scope"))
        db.script(sql("undo"))
        touched = db.value("SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM undone_item)")
        if not touched:
            raise NotFound(_("There is nothing to undo."), _("Take the batch that an action printed."))
        db.run("SET VARIABLE wanted_status = (SELECT any_value(status_after) FROM entry)")
        change(db, scope, "undo", before or "unprocessed", batch=undoing, undoes=batch)
        db.run(ITEMS_UNDONE, now=now, batch=undoing, actor=scope.person.email, undoes=batch)
        return outcome(db, undoing, "undo")

    return scope.store.change(work)


def _status_before(db: Connection, batch: str) -> str | None:
    try:
        row = db.one(FOUND, batch=str(UUID(batch)))
    except ValueError as error:
        raise NotFound(_("There is no batch “{batch}”.").format(batch=batch[:60])) from error
    if row is None:
        raise NotFound(_("There is nothing to undo."), _("Take the batch that an action printed."))
    action, actor_kind, before, times_undone = row
    if actor_kind != "person" or action == "undo":
        raise InvalidInput(_("Only what a person did can be undone."))
    if times_undone:
        raise InvalidInput(_("This has been undone already."))
    return str(before) if before else None
