"""The unprocessed queue: what no route wanted and nobody has decided yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

import pandas as pd

from core.scope import Scope
from core.store import sql

CAUSES = ("no_route", "bcc_only", "conditions_not_met", "no_valid_address", "own_address", "target_missing", "flood",
          "too_large", "unparsable")  # fmt: skip

Order = Literal["newest", "oldest", "sender", "mailbox", "cause"]
ORDERS: tuple[Order, ...] = get_args(Order)

# Newest first within a sender, mailbox or cause. The sender sorts as the list shows it, by name where there is one.
ORDER = """
CASE $order WHEN 'sender' THEN lower(coalesce(nullif(from_name, ''), from_address))
            WHEN 'mailbox' THEN lower(mailbox) WHEN 'cause' THEN cause END,
CASE $order WHEN 'sender' THEN from_address END,
CASE $order WHEN 'oldest' THEN epoch_us(received_at) ELSE -epoch_us(received_at) END, id
"""
# Which rows a page shows is found by narrow columns, read once for the count, too; the others for these rows only.
PAGE = """
WITH queue AS MATERIALIZED (
    SELECT id, mailbox, mailbox_address, from_name, from_address, received_at, cause, claimed_by, aside_until
    FROM ({queue})
),
shown AS MATERIALIZED (SELECT * FROM queue ORDER BY {order} LIMIT $limit OFFSET $skip)
SELECT * REPLACE (id::VARCHAR AS id) FROM (
    SELECT s.id, s.mailbox, s.mailbox_address, m.from_address, m.from_name, m.subject,
           CASE WHEN $bodies THEN m.preview END AS preview, m.received_at, m.cause, m.status, m.message_id,
           m.attachments, m.automatic, m.version, s.claimed_by, s.aside_until, (SELECT count(*) FROM queue) AS matching
    FROM shown AS s JOIN message AS m ON m.id = s.id
) ORDER BY {order}
"""
PLACE = """
SELECT place FROM (SELECT id, row_number() OVER (ORDER BY {order}) - 1 AS place FROM ({queue}))
WHERE id = try_cast($id AS UUID)
"""
AUTOMATIC = """
SELECT count(*) FROM message
WHERE received_at >= $since AND status <> 'unprocessed' AND cause IS NULL
  AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
"""
VERSIONS = "SELECT id::VARCHAR, version FROM ({queue})"
TALLY = """
SELECT count(*) AS waiting, min(received_at) AS oldest_at, count(*) FILTER (received_at >= $since) AS fresh
FROM ({queue})
"""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which part of the queue: an empty tuple or string and None mean any. Times are UTC.

    `claimed_by` is a person's address or `nobody`; `aside` shows what was put aside, and only that.
    """

    mailboxes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    sender: str = ""
    search: str = ""
    received_before: datetime | None = None
    received_after: datetime | None = None
    attached: bool | None = None
    automatic: bool | None = None
    claimed_by: str = ""
    aside: bool = False
    order: Order = "newest"


@dataclass(frozen=True, slots=True)
class Tally:
    """How much waits, since when (UTC, None when nothing waits), and how much of it came in the last 24 hours."""

    waiting: int
    oldest_at: datetime | None
    fresh: int


EVERYTHING = QueueFilter()


def waiting(scope: Scope, chosen: QueueFilter = EVERYTHING, *, limit: int = 100, skip: int = 0) -> pd.DataFrame:
    """What waits in scope, a row each message: id, mailbox, mailbox_address, from_address, from_name, subject, preview,
    received_at (UTC), cause, status, message_id, attachments (how many), automatic,
    version, claimed_by, aside_until."""
    rows, _count = page_of(scope, chosen, limit=limit, skip=skip)
    return rows


def page_of(scope: Scope, chosen: QueueFilter, *, limit: int = 100, skip: int = 0) -> tuple[pd.DataFrame, int]:
    """The same, and how much waits under this filter on all pages, at one moment."""
    with scope.store.reading() as db:
        rows = db.frame(PAGE.format(queue=sql("queue"), order=ORDER), **_parameters(scope, chosen),
                        order=chosen.order, limit=limit, skip=skip)  # fmt: skip
        # Without a row there is none on this page, or none at all.
        matching = rows["matching"].tolist() or [tally(scope, chosen).waiting if skip else 0]
    return rows.drop(columns="matching"), int(matching[0])


def place(scope: Scope, chosen: QueueFilter, id: str) -> int | None:
    """How many messages stand before this one under this filter; None where it does not wait for this person."""
    with scope.store.reading() as db:
        found = db.value(PLACE.format(queue=sql("queue"), order=ORDER), **_parameters(scope, chosen),
                         order=chosen.order, id=id)  # fmt: skip
    return None if found is None else int(found)


def tally(scope: Scope, chosen: QueueFilter = EVERYTHING) -> Tally:
    """How much waits in scope under this filter."""
    with scope.store.reading() as db:
        row = db.one(TALLY.format(queue=sql("queue")), **_parameters(scope, chosen),
                     since=scope.desk.now() - timedelta(hours=24))  # fmt: skip
    return Tally(*row) if row else Tally(0, None, 0)


def decided_automatically(scope: Scope, since: datetime) -> int:
    """How many messages in scope that came since then (UTC) were decided without a person."""
    with scope.store.reading() as db:
        return int(db.value(AUTOMATIC, since=since, mailboxes=list(scope.mailboxes)))


def matching(scope: Scope, chosen: QueueFilter) -> dict[str, int]:
    """Everything that waits under this filter, as actions take it: ids with the version of each."""
    with scope.store.reading() as db:
        return dict(db.rows(VERSIONS.format(queue=sql("queue")), **_parameters(scope, chosen)))


def _parameters(scope: Scope, chosen: QueueFilter) -> dict[str, object]:
    # The first three words do; a fourth hardly ever tells mails apart that three did not.
    words = [*chosen.search.lower().split(), "", "", ""]
    return {
        "mailboxes": scope.within(chosen.mailboxes),
        "addresses": [address.strip().lower() for address in chosen.addresses],
        "causes": list(chosen.causes),
        "sender": chosen.sender.strip().lower().removeprefix("*@").removeprefix("@") or None,
        "word1": words[0], "word2": words[1], "word3": words[2],
        "bodies": scope.reads_bodies,
        "before": chosen.received_before,
        "after": chosen.received_after,
        "attached": chosen.attached,
        "automated": chosen.automatic,
        "claimed": chosen.claimed_by or None,
        "aside": chosen.aside,
        "now": scope.desk.now(),
    }  # fmt: skip
