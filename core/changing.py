"""Changing the status of messages: every action of a person goes through here, in one transaction with its journal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from core.errors import ChangedMeanwhile, InvalidInput, NotFound
from core.intake import new_id
from core.language import _, n_
from core.outcome import Outcome, Overtaken
from core.scope import Scope
from core.store import Connection, sql

Asked = Sequence[str] | Mapping[str, int]
"""Messages by id; as a mapping, with the version of each that the person saw."""

CHANGE = """
UPDATE message SET status = coalesce($after, message.status), version = message.version + 1,
                   status_at = CASE WHEN coalesce($after, message.status) = message.status THEN message.status_at
                                    ELSE $now::TIMESTAMP END
FROM chosen WHERE message.id = chosen.id AND message.version = chosen.version
"""
WRITE_DOWN = """
INSERT INTO journal
SELECT uuidv7(), $now, $batch, $actor, 'person', $action, c.id, c.version + 1, l.work_item_id,
       c.status, coalesce($after, c.status), c.cause, $reason, $undoes
FROM chosen AS c LEFT JOIN linked AS l ON l.message_id = c.id
"""


def choose(db: Connection, scope: Scope, asked: Asked, status: str) -> None:
    """Lay out `chosen`, `overtaken` and `linked` (sql/chosen.sql) for the messages asked for.

    Raises NotFound when one does not exist for this person, InvalidInput for what is no id.
    """
    scope.must_act()
    given = asked if isinstance(asked, Mapping) else dict.fromkeys(asked)
    seen = {_id(id): version for id, version in given.items()}
    if not seen:
        raise InvalidInput(_("No message was named."), _("Choose at least one."))
    missing = len(seen) - lay_out(db, scope.mailboxes, seen, status)
    if missing:
        raise NotFound(n_("{count} message does not exist.", "{count} messages do not exist.", missing).format(
            count=missing), _("Nothing was changed."))  # fmt: skip


def lay_out(db: Connection, mailboxes: Iterable[str], seen: Mapping[str, int | None], status: str) -> int:
    """Lay out the same for messages of these mailboxes by id and version seen; answers how many of them there are."""
    db.run(sql("within"), ids=list(seen), versions=list(seen.values()), mailboxes=list(mailboxes), status=status)
    db.script(sql("chosen"))
    within, changed = db.rows("SELECT count(*), count(*) FILTER (NOT unchanged) FROM within")[0]
    if changed:
        db.run(sql("overtaken"))
    return int(within)


def change(db: Connection, scope: Scope, action: str, after: str | None, *, batch: str, reason: str = "",
           undoes: str | None = None) -> None:  # fmt: skip
    """Give the chosen messages their new status (None: it stays, only the version moves) and write it down.

    Part of the caller's transaction.
    """
    expected = db.value("SELECT count(*) FROM chosen")
    if expected == 0:
        return
    now = scope.desk.now()
    if db.run(CHANGE, after=after, now=now) != expected:
        raise ChangedMeanwhile(_("Somebody changed the same mail at this very moment."), _("Please try again."))
    db.run(WRITE_DOWN, now=now, batch=batch, actor=scope.person.email, action=action, after=after, reason=reason,
           undoes=undoes)  # fmt: skip
    if after is not None:
        if after == "unprocessed":
            db.script(sql("keep_waiting_words"))
        else:
            db.run("DELETE FROM waiting_words WHERE message_id IN (SELECT id FROM chosen)")
        db.run("DELETE FROM claim WHERE message_id IN (SELECT id FROM chosen)")
        db.run("DELETE FROM snooze WHERE message_id IN (SELECT id FROM chosen)")


def outcome(db: Connection, batch: str, action: str) -> Outcome:
    """What was done and what was left alone, from the tables laid out in this transaction."""
    return Outcome(
        batch, action,
        sorted(id for (id,) in db.rows("SELECT id::VARCHAR FROM chosen")),
        sorted(reference for (reference,) in db.rows(
            "SELECT reference FROM work_item WHERE id IN (SELECT work_item_id FROM linked)")),
        [Overtaken(*row) for row in db.rows("SELECT id::VARCHAR, subject, actor, action, happened_at FROM overtaken")],
    )  # fmt: skip


def new_batch() -> str:
    """An id for things that are done, and undone, together."""
    return new_id()


def _id(text: Any) -> str:
    try:
        return str(UUID(str(text)))
    except ValueError as error:
        raise NotFound(_("There is no message “{id}”.").format(id=str(text)[:60]),
                       _("Take an id as `queue` prints it.")) from error  # fmt: skip
