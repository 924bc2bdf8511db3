"""What is to be sent, until it is: written in the transaction that caused it, tried with growing waits, sent once.

Each entry has an id that the receiver sees as idempotency key (or Message-ID). Before an attempt its `tries` is
raised, checked against what was read: of two senders only one gets to try. A crash after the receiver took it and
before that was noted leads to a second attempt under the same key, which the receiver can tell.
"""

from datetime import datetime, timedelta
from typing import Any

from core.configuration_file import HandOverConfiguration, NotifyConfiguration
from core.errors import SendingProblem
from core.language import _
from core.scope import Desk
from core.sending import secret_of, send_email, send_webhook
from core.store import Connection

MOST_TRIES = 12
AT_ONCE = 50  # entries in one round

ADD = """
INSERT INTO outbox
SELECT $id::UUID, $kind, $recipient, $subject, $content, $work_item_id::UUID, $now, $by, 0, $now, NULL, NULL
WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE id = $id::UUID)
"""
DUE = """
SELECT id::VARCHAR AS id, kind, recipient, subject, content, tries FROM outbox
WHERE sent_at IS NULL AND tries < $most AND next_try_at <= $now ORDER BY next_try_at, id LIMIT $limit
"""
TAKE = """
UPDATE outbox SET tries = tries + 1, next_try_at = $again WHERE id = $id::UUID AND tries = $tries AND sent_at IS NULL
"""
SENT = "UPDATE outbox SET sent_at = $now, problem = NULL WHERE id = $id::UUID"
FAILED = "UPDATE outbox SET problem = $problem WHERE id = $id::UUID"


def put(db: Connection, *, id: str, kind: str, recipient: str, subject: str, content: str, by: str, now: datetime,
        work_item_id: str | None = None) -> bool:  # fmt: skip
    """Add an entry as part of the caller's transaction; an id that is there already is not added again."""
    return bool(db.run(ADD, id=id, kind=kind, recipient=recipient, subject=subject, content=content, by=by, now=now,
                       work_item_id=work_item_id))  # fmt: skip


def deliver(desk: Desk) -> dict[str, int]:
    """Try what is due, once each: how many were `sent` and how many `failed` (and wait for their next turn)."""
    with desk.store.reading(background=True) as db:
        due = db.records(DUE, most=MOST_TRIES, now=desk.now(), limit=AT_ONCE)
    counts = {"sent": 0, "failed": 0}
    for entry in due:
        if _taken(desk, entry):
            counts["sent" if _attempt(desk, entry) else "failed"] += 1
    return counts


def _taken(desk: Desk, entry: dict[str, Any]) -> bool:
    again = desk.now() + timedelta(minutes=min(2 ** entry["tries"], 360))
    changed = desk.store.change(
        lambda db: db.run(TAKE, id=entry["id"], tries=entry["tries"], again=again), background=True
    )
    return changed == 1


def _attempt(desk: Desk, entry: dict[str, Any]) -> bool:
    try:
        (_webhook if entry["kind"] == "webhook" else _email)(desk, entry)
    except SendingProblem as problem:
        text = problem.sentence
        desk.store.change(lambda db: db.run(FAILED, id=entry["id"], problem=text), background=True)
        return False
    desk.store.change(lambda db: db.run(SENT, id=entry["id"], now=desk.now()), background=True)
    return True


def _webhook(desk: Desk, entry: dict[str, Any]) -> None:
    known: list[HandOverConfiguration | NotifyConfiguration]
    known = [*desk.configuration.hand_over, *desk.configuration.notify]
    system = next((one for one in known if one.url == entry["recipient"]), None)
    if system is None:
        raise SendingProblem(_("This system is no longer in the configuration."))
    send_webhook(entry["recipient"], secret_of(system.secret_env), entry["id"], entry["content"],
                 int((desk.now() - datetime(1970, 1, 1)).total_seconds()))  # fmt: skip


def _email(desk: Desk, entry: dict[str, Any]) -> None:
    if desk.configuration.smtp is None:
        raise SendingProblem(_("There is no [smtp] in the configuration."))
    send_email(desk.configuration.smtp, entry["id"], entry["recipient"], entry["subject"], entry["content"])
