"""Taking a batch back: everything a person did in one go, except what has gone further since."""

from dataclasses import replace
from uuid import UUID

from core.blocking import Effect, entry_of, lift_in
from core.changing import change, new_batch, outcome
from core.errors import InvalidInput, NotFound
from core.language import _
from core.outcome import Outcome
from core.scope import Scope
from core.store import Connection, sql

Entry = tuple[Effect, str, bool]  # a block or an allow, whom it is about, whether it was lifted

FOUND = """
SELECT any_value(action) FILTER (actor_kind = 'person'), arg_min(status_before, version_after), count(*),
       (SELECT count(*) FROM journal WHERE undoes = getvariable('batch'))
FROM (SELECT action, actor_kind, status_before, version_after FROM entry
      UNION ALL SELECT action, actor_kind, NULL, NULL FROM item_entry)
"""
ITEMS_UNDONE = """
INSERT INTO journal
SELECT uuidv7(), $now, $batch, $actor, 'person', 'undo', NULL, NULL, u.work_item_id, u.status_after, i.status, NULL,
       u.action, $undoes
FROM undone_item AS u JOIN work_item AS i ON i.id = u.work_item_id
"""
# What a block had deleted never waited, so it has no cause again; what was decided again has the one it had.
CAUSES = "UPDATE message SET cause = c.cause FROM chosen AS c WHERE message.id = c.id"


def undo(scope: Scope, batch: str) -> Outcome:
    """Take back what one batch did; messages that were changed again since are left alone and named.

    Raises NotFound when there is no such batch in scope, InvalidInput when it was not done by a person, was itself an
    undo, or is undone already, NotAllowed for a block everywhere by those who may not lift it.
    """
    scope.must_act()
    undoing = new_batch()

    def work(db: Connection) -> Outcome:
        now = scope.desk.now()
        db.run("SET VARIABLE mailboxes = $names::VARCHAR[]", names=list(scope.mailboxes))
        db.run("SET VARIABLE batch = $batch::UUID", batch=_id(batch))
        db.run("SET VARIABLE now = $now::TIMESTAMP", now=now)
        db.script(sql("undo"))
        entry = entry_of(db, scope, _id(batch))
        change(db, scope, "undo", _status_before(db, entry) or "unprocessed", batch=undoing, undoes=batch)
        if entry:
            lift_in(db, scope, _id(batch))
        db.run(CAUSES)
        db.run(ITEMS_UNDONE, now=now, batch=undoing, actor=scope.person.email, undoes=batch)
        db.run("INSERT INTO linked SELECT NULL, work_item_id FROM undone_item")
        return _lifted(outcome(db, undoing, "undo"), entry)

    return scope.store.change(work)


def _id(batch: str) -> str:
    try:
        return str(UUID(batch))
    except ValueError as error:
        raise NotFound(_("There is no batch “{batch}”.").format(batch=batch[:60])) from error


def _lifted(done: Outcome, entry: Entry | None) -> Outcome:
    """The outcome, with whom the block or allow was about that ended with it."""
    if entry is None or entry[2]:
        return done
    return replace(done, blocked=entry[1]) if entry[0] == "block" else replace(done, allowed=entry[1])


def _status_before(db: Connection, entry: Entry | None) -> str | None:
    """The status that messages go back to. What is wrong is said only about what the person may see."""
    action, before, touched, times_undone = db.rows(FOUND)[0]
    if entry and not touched:
        if entry[2]:
            raise InvalidInput(_("This has been undone already."))
        return None
    if not touched:
        raise NotFound(_("There is nothing to undo."), _("Take the batch that an action printed."))
    if action in (None, "undo"):
        raise InvalidInput(_("Only what a person did can be undone."))
    if times_undone and not db.value("SELECT (SELECT count(*) FROM chosen) + (SELECT count(*) FROM undone_item)"):
        raise InvalidInput(_("This has been undone already."))
    return str(before) if before else None
