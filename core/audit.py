"""The record of what was done: deleted, processed, blocked, merged, undone, restored; who, when, why, with what else.

It is read newest first and page by page; analysts read it without the texts of mail.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd

from core.errors import NotFound
from core.language import _
from core.looking_back import MOST, look_back
from core.scope import Scope
from core.store import Connection, sql

ACTOR_KINDS = ("person", "route", "block", "rule")
STATUSES = ("unprocessed", "processed", "deleted")

MAILBOXES = """
SELECT name FROM mailbox
WHERE list_contains($names::VARCHAR[], name)
  AND (len($addresses::VARCHAR[]) = 0 OR list_contains($addresses::VARCHAR[], address))
  AND (len($teams::VARCHAR[]) = 0 OR list_contains($teams::VARCHAR[], team))
"""
TOGETHER = """
WITH held AS MATERIALIZED (
    SELECT m.id, m.mailboxes FROM journal AS j JOIN message AS m ON m.id = j.message_id WHERE j.batch = $batch::UUID
)
SELECT count(DISTINCT id) FROM held WHERE list_has_any(mailboxes, $mailboxes::VARCHAR[])
"""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: an empty tuple or string and None mean any. Times are UTC.

    `actors` are persons' addresses, or ACTOR_KINDS for all of a kind; `statuses` are those of the message now.
    """

    mailboxes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    sender: str = ""
    search: str = ""
    after: datetime | None = None
    before: datetime | None = None
    actions: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of `rows`; `total` counts all pages, and `more` says that older ones than those match as well."""

    rows: pd.DataFrame
    total: int
    more: bool


EVERYTHING = AuditFilter()


def entries(scope: Scope, chosen: AuditFilter = EVERYTHING, *, limit: int = 100, skip: int = 0,
            most: int = MOST) -> Entries:  # fmt: skip
    """What was done in scope, newest first: id, happened_at (UTC), actor, actor_name, actor_kind, action, cause,
    reason, status_before, status_after, batch, undoes, undone, work_item, message_id, from_address, from_name, subject,
    received_at, mailbox, mailbox_address, status and version (of the message now).

    A page past the last is the last. Raises NotFound for a batch that is no id.
    """
    with scope.store.reading() as db:
        parameters = _parameters(db, scope, chosen)
        found = look_back(lambda after: _lay_out(db, scope, chosen, parameters | {"after": after}), scope.desk.now(),
                          chosen.after, most)  # fmt: skip
        total = min(found, most)
        place = min(skip, max(0, total - 1) // limit * limit)
        rows = db.frame(sql("audit_page"), limit=min(limit, most), skip=place, mailboxes=list(scope.mailboxes))
    return Entries(rows, total, found > most)


def together(scope: Scope, batch: str) -> int:
    """How many messages in scope were part of one batch; 0 where it was about work items alone."""
    with scope.store.reading() as db:
        return int(db.value(TOGETHER, batch=_id(batch), mailboxes=list(scope.mailboxes)) or 0)


def actions(scope: Scope) -> list[str]:
    """The actions there are in the record, as codes."""
    with scope.store.reading() as db:
        return [action for (action,) in db.rows("SELECT DISTINCT action FROM journal ORDER BY action")]


def _parameters(db: Connection, scope: Scope, chosen: AuditFilter) -> dict[str, Any]:
    boxes = db.rows(MAILBOXES, names=scope.within(chosen.mailboxes), addresses=list(chosen.addresses),
                    teams=list(chosen.teams))  # fmt: skip
    return {
        "mailboxes": [name for (name,) in boxes],
        "before": chosen.before or datetime.max,
        "actions": list(chosen.actions),
        "actors": list(chosen.actors),
        "statuses": list(chosen.statuses),
        "sender": chosen.sender.strip().lower().removeprefix("*@").removeprefix("@") or None,
        "batch": _id(chosen.batch) if chosen.batch else None,
    }


def _lay_out(db: Connection, scope: Scope, chosen: AuditFilter, parameters: dict[str, Any]) -> int:
    """Fill audit_found with what matches; answers how many that is."""
    db.run(sql("audit"), **parameters)
    # The first three words do, as in the queue.
    words = [*chosen.search.lower().split()[:3], "", "", ""]
    if words[0]:
        db.run(sql("audit_words"), word1=words[0], word2=words[1], word3=words[2], bodies=scope.reads_bodies)
    return int(db.value("SELECT count(*) FROM audit_found"))


def _id(batch: str) -> str:
    try:
        return str(UUID(batch))
    except ValueError as error:
        raise NotFound(_("There is no batch “{batch}”.").format(batch=batch[:60])) from error
