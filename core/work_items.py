"""Work items: finding the one a message belongs to, showing them, merging, closing, reopening."""

import re
from collections.abc import Sequence
from string import punctuation
from typing import Any

import pandas as pd

from core.changing import new_batch
from core.errors import InvalidInput, NotFound
from core.language import _
from core.messages import must_exist
from core.scope import Scope
from core.store import Connection, sql

SIGNS = punctuation.replace("_", "") + "¿¡«»“”„‘’–—…·\t"  # what stands between the words of a subject
ITEMS = """
SELECT i.reference, i.kind, i.status, i.customer, i.contract, i.service, i.subject, i.opened_at, i.opened_by,
       coalesce((SELECT min(p.name) FROM person AS p WHERE p.email = i.opened_by), i.opened_by) AS opened_by_name,
       i.status_at,
       (SELECT w.reference FROM work_item AS w WHERE w.id = i.merged_into) AS merged_into,
       (SELECT count(DISTINCT o.message_id) FROM work_item_message AS o WHERE o.work_item_id = i.id) AS messages
FROM {items} AS i
WHERE $status IS NULL OR i.status = $status
ORDER BY i.opened_at DESC, i.number DESC LIMIT $limit
"""
MESSAGES = """
WITH held AS MATERIALIZED (SELECT * FROM work_item_message WHERE work_item_id IN (SELECT id FROM item_named)),
mail AS MATERIALIZED (SELECT * FROM message WHERE id IN (SELECT message_id FROM held))
SELECT m.id::VARCHAR AS id, o.how, o.added_at, m.from_address, m.from_name, m.subject, m.received_at,
       CASE WHEN list_contains($mailboxes, m.mailbox) THEN m.mailbox
            ELSE list_intersect(m.mailboxes, $mailboxes)[1] END AS mailbox,
       m.attachments, CASE WHEN $bodies THEN m.preview END AS preview
FROM held AS o JOIN mail AS m ON m.id = o.message_id
WHERE list_has_any(m.mailboxes, $mailboxes)
ORDER BY m.received_at, m.id
"""
MERGING = "CREATE OR REPLACE TEMP TABLE merging AS SELECT unnest($ids::UUID[]) AS id"
SETTLED = """
UPDATE work_item SET status = $after, status_at = $now, version = version + 1 WHERE id IN (SELECT id FROM merging)
"""
SETTLED_JOURNAL = """
INSERT INTO journal
SELECT uuidv7(), $now, $batch, $actor, 'person', $action, NULL, NULL, id, status, $after, NULL, $reason, NULL
FROM work_item WHERE id IN (SELECT id FROM merging)
"""


def work_items(scope: Scope, *, status: str | None = None, limit: int = 500) -> pd.DataFrame:
    """The work items in scope, newest first: reference, kind, status, target, subject, opened_at and _by, messages."""
    with scope.store.reading() as db:
        look(db, scope)
        return db.frame(ITEMS.format(items="item_in_scope"), status=status, limit=limit)


def work_item(scope: Scope, reference: str) -> dict[str, Any]:
    """One work item with its `messages` (those in scope), oldest first. NotFound when it is not in scope."""
    with scope.store.reading() as db:
        name(db, scope, [reference])
        found = db.records(ITEMS.format(items="item_named"), status=None, limit=1)[0]
        return found | {"messages": db.records(MESSAGES, mailboxes=list(scope.mailboxes), bodies=scope.reads_bodies)}


def candidates(scope: Scope, message_id: str, limit: int = 10) -> pd.DataFrame:
    """Open work items the message may belong to, best first: reference, target, subject, opened_at, why, score.

    `why` lists thread, sender, domain and subject: same thread, open item of this sender, of this sender's domain,
    shared words in the subject.
    """
    with scope.store.reading() as db:
        subject = must_exist(db, scope, message_id)["subject"]
        words = sorted({word for word in re.findall(r"\w{3,}", subject.lower()) if word not in ("fwd", "the", "los")})
        return db.frame(sql("candidates"), id=message_id, words=words, signs=SIGNS, mailboxes=list(scope.mailboxes),
                        limit=limit)  # fmt: skip


def mergeable(scope: Scope, reference: str, limit: int = 10) -> pd.DataFrame:
    """Open work items that may be about the same as this one, best first, as `candidates` answers them. NotFound."""
    messages = work_item(scope, reference)["messages"]
    found = candidates(scope, messages[0]["id"], limit + 1)
    return found[found["reference"] != reference.strip().upper()].head(limit)


def status_words() -> dict[str, str]:
    """The statuses of a work item in the language in use, by their codes."""
    return {"open": _("open"), "closed": _("closed"), "merged": _("merged"), "withdrawn": _("withdrawn")}


def merge(scope: Scope, references: Sequence[str], into: str) -> str:
    """Merge open work items into another; answers the batch that undoes it. Raises NotFound, InvalidInput."""
    scope.must_act()
    batch = new_batch()

    def work(db: Connection) -> None:
        (target,) = _items(db, scope, [into])
        merging = _items(db, scope, references)
        if target in merging:
            raise InvalidInput(_("A work item can't be merged into itself."))
        db.run(MERGING, ids=merging)
        db.run("SET VARIABLE into_item = $id::UUID", id=target)
        db.run("SET VARIABLE now = $now::TIMESTAMP", now=scope.desk.now())
        db.run("SET VARIABLE batch = $batch::UUID", batch=batch)
        db.run("SET VARIABLE actor = $actor", actor=scope.person.email)
        db.script(sql("merge"))

    scope.store.change(work)
    return batch


def close(scope: Scope, references: Sequence[str], reason: str = "") -> str:
    """Close open work items; answers the batch that undoes it. A later answer no longer lands in a closed item."""
    return _settle(scope, references, "close", "open", "closed", reason)


def reopen(scope: Scope, references: Sequence[str], reason: str = "") -> str:
    """Open closed work items again; answers the batch that undoes it."""
    return _settle(scope, references, "reopen", "closed", "open", reason)


def _settle(scope: Scope, references: Sequence[str], action: str, before: str, after: str, reason: str) -> str:
    scope.must_act()
    batch = new_batch()

    def work(db: Connection) -> None:
        ids = _items(db, scope, references, before)
        db.run(MERGING, ids=ids)
        now = scope.desk.now()
        db.run(SETTLED_JOURNAL, now=now, batch=batch, actor=scope.person.email, action=action, after=after,
               reason=reason)  # fmt: skip
        db.run(SETTLED, now=now, after=after)

    scope.store.change(work)
    return batch


def look(db: Connection, scope: Scope) -> None:
    """Lay out item_in_scope: the work items with a message in one of the person's mailboxes."""
    db.run("SET VARIABLE mailboxes = $names::VARCHAR[]", names=list(scope.mailboxes))
    db.script(sql("item_in_scope"))


def name(db: Connection, scope: Scope, references: Sequence[str]) -> list[str]:
    """Lay out item_named, the work items of these references; answers them in upper case. Raises NotFound."""
    wanted = [reference.strip().upper() for reference in references]
    db.run(sql("item_named"), references=wanted, mailboxes=list(scope.mailboxes))
    found = {reference for (reference,) in db.rows("SELECT reference FROM item_named")}
    if missing := [reference for reference in wanted if reference not in found]:
        raise NotFound(_("There is no work item {reference}.").format(reference=", ".join(missing)[:80]))
    return wanted


def _items(db: Connection, scope: Scope, references: Sequence[str], status: str = "open") -> list[str]:
    """The ids of work items that have this status; InvalidInput names the first that has another."""
    wanted = name(db, scope, references)
    found = {each: (id, now) for each, id, now in db.rows("SELECT reference, id::VARCHAR, status FROM item_named")}
    if other := [each for each in wanted if found[each][1] != status]:
        words = status_words()
        raise InvalidInput(_("{reference} is not {wanted}: it is {status}.").format(
            reference=other[0], wanted=words[status], status=words[found[other[0]][1]]),
            _("Somebody may have been faster; look at its history."))  # fmt: skip
    return [found[each][0] for each in wanted]
