"""Why a mail would be where it would be, had it come just now: pasted, uploaded or typed. Nothing is stored."""

from hashlib import sha256
from typing import Any

from core.asked_mail import TypedMail, decide_asked, lay_out_new, mailbox_address, read_asked
from core.messages import by_recipient, why
from core.scope import Scope
from core.store import Connection, sql

KNOWN = """
SELECT d.message_id::VARCHAR FROM delivery AS d JOIN message_raw AS r USING (message_id)
WHERE r.sha256_head = $head AND r.sha256 = $digest AND list_contains($mailboxes::VARCHAR[], d.mailbox) LIMIT 1
"""
OPENS = """
SELECT route, kind, customer, contract, service, addresses FROM opening
WHERE message_id IN (SELECT message_id FROM concluded WHERE step IN ('route', 'delivered')) ORDER BY rank
"""
CONCLUDED = """
SELECT step, status, cause, evidence, decided_at, spared_by, spared_from,
       (SELECT any_value(automatic) FROM batch) AS automatic
FROM concluded
"""
HIDDEN = """
SELECT count(*) FROM appending AS a
WHERE NOT EXISTS (SELECT 1 FROM work_item_message AS o JOIN message AS m ON m.id = o.message_id
                  WHERE o.work_item_id = a.work_item_id AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[]))
"""


def why_mail(scope: Scope, raw: bytes, mailbox: str) -> dict[str, Any]:
    """What would become of this mail if it came to a mailbox now, and why: as `messages.why` tells it, and beside that
    `opens` (route, kind, customer, contract, service, addresses) and `stored_as`.

    Bytes that are stored already tell their own story, `stored_as` says of which message (DESIGN §2, step 1). Raises
    NotFound for a mailbox out of scope, InvalidInput for a mail that costs too much to read.
    """
    parsed = read_asked(scope, raw)
    with scope.store.reading() as db:
        mailbox_address(db, scope, mailbox)
        if id := _known(db, scope, raw):
            return {**why(scope, id), "stored_as": id, "opens": []}
        lay_out_new(db, scope, parsed, mailbox)
        decide_asked(db)
        return _told(db, scope)


def why_fields(scope: Scope, fields: TypedMail) -> dict[str, Any]:
    """The same for a mail as somebody types it. Raises NotFound, InvalidInput."""
    return why_mail(scope, fields.as_bytes(), fields.mailbox)


def _known(db: Connection, scope: Scope, raw: bytes) -> str | None:
    digest = sha256(raw)
    head = int.from_bytes(digest.digest()[:8], "big")
    found = db.value(KNOWN, head=head, digest=digest.hexdigest(), mailboxes=list(scope.mailboxes))
    return None if found is None else str(found)


def _told(db: Connection, scope: Scope) -> dict[str, Any]:
    names = list(scope.mailboxes)
    (concluded,) = db.records(CONCLUDED)
    if db.value(HIDDEN, mailboxes=names):
        concluded["evidence"] = None  # it names a work item of another team
    rows = db.records(sql("why_asked"), mailboxes=names)
    return {**concluded, "recipients": by_recipient(rows), "opens": db.records(OPENS), "stored_as": None}
