"""One message, as its reader sees it: fields, bodies, attachments, raw bytes, and why it is here."""

from typing import Any
from uuid import UUID

from core.errors import NotFound, Removed
from core.language import _
from core.parsing import Limits, attachment_content, headers
from core.sanitising import SanitisedHtml, sanitise
from core.scope import Scope
from core.store import Connection, sql

MESSAGE = """
SELECT * EXCLUDE (message_key) REPLACE (id::VARCHAR AS id) FROM message
WHERE id = $id::UUID AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
"""
# Position 0 is the mailbox it arrived in first: for those who see that mailbox.
RECIPIENTS = """
SELECT kind, address, name, valid FROM recipient
WHERE message_id = $id::UUID
  AND (position > 0 OR address IN (SELECT address FROM mailbox WHERE list_contains($mailboxes::VARCHAR[], name)))
ORDER BY list_position(['to', 'cc', 'delivered', 'reply_to'], kind), position
"""
ATTACHMENTS = """
SELECT position, part, name, content_type, size, sha256, content_id, inline, is_message FROM attachment
WHERE message_id = $id::UUID ORDER BY position
"""
ITEMS = """
SELECT w.reference, w.kind, w.customer, w.contract, w.service, w.status, o.how
FROM work_item_message AS o JOIN work_item AS w ON w.id = o.work_item_id
WHERE o.message_id = $id::UUID ORDER BY w.number
"""
HISTORY = """
SELECT happened_at, actor, actor_kind, action, status_before, status_after, cause, reason, batch::VARCHAR AS batch
FROM journal WHERE message_id = $id::UUID ORDER BY version_after, id
"""
DECISION = """
SELECT step, evidence, decided_at, spared_by, spared_from FROM decision
WHERE message_id = $id::UUID ORDER BY decided_at DESC, id DESC LIMIT 1
"""
RAW = "SELECT content FROM raw_part WHERE message_id = $id::UUID ORDER BY part"
REMOVED = "SELECT what, removed_at FROM removed WHERE message_id = $id::UUID"
PICTURES = """
SELECT content_id, content_type, part FROM attachment
WHERE message_id = $id::UUID AND content_id <> '' AND content_type LIKE 'image/%'
"""


def must_exist(db: Connection, scope: Scope, id: str) -> dict[str, Any]:
    """The row of a message in scope. Raises NotFound, also for what is no id at all."""
    try:
        found = db.records(MESSAGE, id=str(UUID(id)), mailboxes=list(scope.mailboxes))
    except ValueError:
        found = []
    if not found:
        raise NotFound(_("There is no message “{id}”.").format(id=id[:60]), _("Take an id as `queue` prints it."))
    (row,) = found
    row["mailboxes"] = scope.within(row["mailboxes"])
    row["mailbox"] = row["mailbox"] if row["mailbox"] in row["mailboxes"] else row["mailboxes"][0]
    return row


def message(scope: Scope, id: str) -> dict[str, Any]:
    """A message with its `recipients`, `attachments`, `work_items` and `history`, and for those who may read it `text`;
    in `removed` what retention took of it (raw, body, row) and when.

    Times are UTC, sizes bytes. Raises NotFound.
    """
    with scope.store.reading() as db:
        return contents(db, scope, id) | {"history": history(scope, id)}


def history(scope: Scope, id: str) -> list[dict[str, Any]]:
    """What was done with a message, from its arrival on. Times are UTC. Raises NotFound."""
    with scope.store.reading() as db:
        return db.records(HISTORY, id=must_exist(db, scope, id)["id"])


def contents(db: Connection, scope: Scope, id: str) -> dict[str, Any]:
    """What `message` answers, without its `history`. Raises NotFound."""
    found = must_exist(db, scope, id)
    id = found["id"]
    found["recipients"] = db.records(RECIPIENTS, id=id, mailboxes=list(scope.mailboxes))
    found["attachments"] = db.records(ATTACHMENTS, id=id)
    found["work_items"] = db.records(ITEMS, id=id)
    body = db.one("SELECT text, html <> '', text_from_html FROM message_body WHERE message_id = $id::UUID", id=id)
    text, has_html, from_html = body or ("", False, False)
    found["text"] = text if scope.reads_bodies else None
    found["preview"] = found["preview"] if scope.reads_bodies else None
    found["has_html"], found["text_from_html"] = has_html, from_html
    found["removed"] = dict(db.rows(REMOVED, id=id))
    return found


def raw(scope: Scope, id: str) -> bytes:
    """The bytes as received (only the header of what was over the size limit). Raises NotFound, NotAllowed, and
    Removed where retention took them."""
    scope.must_read_bodies()
    with scope.store.reading() as db:
        found = must_exist(db, scope, id)
        if removed_at := dict(db.rows(REMOVED, id=found["id"])).get("raw"):
            raise Removed(_("Its bytes were removed on {day} by retention.").format(day=f"{removed_at:%Y-%m-%d}"),
                          _("What else is kept of it can still be read."))  # fmt: skip
        return db.joined(RAW, id=found["id"])


def header_fields(scope: Scope, id: str) -> list[tuple[str, str]]:
    """The header fields in order, decoded. Raises NotFound, NotAllowed."""
    return headers(raw(scope, id))


def attachment(scope: Scope, id: str, part: str) -> bytes:
    """The decoded content of an attachment, cut from the raw bytes. Raises NotFound, NotAllowed."""
    return attachment_content(raw(scope, id), part, limits_of(scope))


def html(scope: Scope, id: str) -> SanitisedHtml:
    """The HTML of a message made harmless, for a sandboxed frame; empty where it has none. NotFound, NotAllowed."""
    content = b"" if _bare(scope, id) else raw(scope, id)
    with scope.store.reading() as db:
        body = db.value("SELECT html FROM message_body WHERE message_id = $id::UUID", id=id)
        pictures = db.rows(PICTURES, id=id)
    shown = {content_id: (kind, _picture(scope, content, part)) for content_id, kind, part in pictures}
    return sanitise(body or "", shown)


def why(scope: Scope, id: str) -> dict[str, Any]:
    """Why a message is where it is: `cause`, `step`, `evidence`, the allow that it was `spared_by` and the block it was
    `spared_from`, the header that makes it `automatic`, and, per recipient, the route that took it and those tried with
    the conditions that failed, nearest miss first. Raises NotFound."""
    with scope.store.reading() as db:
        found = must_exist(db, scope, id)
        tried = routing(db, scope, found["id"])
        decision = db.one(DECISION, id=found["id"])
    step, evidence, decided_at, spared_by, spared_from = decision or ("", None, None, None, None)
    return {"cause": found["cause"], "status": found["status"], "step": step, "evidence": evidence,
            "decided_at": decided_at, "recipients": tried, "spared_by": spared_by, "spared_from": spared_from,
            "automatic": found["automatic"]}  # fmt: skip


def routing(db: Connection, scope: Scope, id: str) -> list[dict[str, Any]]:
    """Of a message that exists in scope: per recipient, the route that took it and those tried."""
    return by_recipient(db.records(sql("why"), id=id, mailboxes=list(scope.mailboxes)))


def by_recipient(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was tried for each recipient, from rows of a recipient and a route each."""
    recipients: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        about = recipients.setdefault((row["kind"], row["address"]), {
            "address": row["address"], "kind": row["kind"], "valid": row["valid"], "route": None,
            "target": None, "routes_tried": []})  # fmt: skip
        if row["route"] is None:
            continue
        if row["outcome"] == "opened":
            about["route"], about["target"] = row["route"], row["target"]
        about["routes_tried"].append({"route": row["route"], "version": row["route_version"], "failed": row["failed"],
                                      "outcome": row["outcome"], "position": row["position"]})  # fmt: skip
    return list(recipients.values())


def _bare(scope: Scope, id: str) -> bool:
    """Whether retention took the bytes of a message, so that its pictures are gone though its HTML is not."""
    scope.must_read_bodies()
    with scope.store.reading() as db:
        return "raw" in dict(db.rows(REMOVED, id=must_exist(db, scope, id)["id"]))


def _picture(scope: Scope, content: bytes, part: str) -> bytes:
    try:
        return attachment_content(content, part, limits_of(scope))
    except NotFound:
        return b""


def limits_of(scope: Scope) -> Limits:
    """The limits that mail of this desk is parsed with."""
    return scope.desk.configuration.limits.of_mail
