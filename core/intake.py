"""The first half of collecting: what a source holds that we don't, and its bytes into the store."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import uuid_utils

from core.sources import Fetched, Listed
from core.store import Connection, LaidOut, Pieces, Store, sql

LISTED = {"folder": "VARCHAR", "uid_validity": "BIGINT", "uid": "VARCHAR"}
ARRIVED = LISTED | {
    "id": "UUID", "place": "BIGINT", "mailbox": "VARCHAR", "sha256": "VARCHAR", "sha256_head": "UBIGINT",
    "size": "BIGINT", "complete": "BOOLEAN", "received_at": "TIMESTAMP",
    "collected_at": "TIMESTAMP", "run_id": "UUID",
}  # fmt: skip
UNDECIDED_AT_ONCE = 50  # messages
PART_SIZE = 256  # bytes; why there are parts is said in sql/schema.sql
UNKNOWN = """
SELECT l.folder, l.uid_validity, l.uid FROM listed AS l
WHERE NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.mailbox = $mailbox AND d.folder = l.folder
                  AND d.uid_validity = l.uid_validity AND d.uid = l.uid)
"""
NUMBERED = "SELECT folder, max_by(uid_validity, run_id) FROM delivery WHERE mailbox = $mailbox GROUP BY folder"
# Counting reads no column; looking for the difference reads the ids of all that is stored, and mostly there is none.
DIFFERENT = "SELECT (SELECT count(*) FROM message_raw) <> (SELECT count(*) FROM message)"
UNDECIDED = """
SELECT message_id::VARCHAR, size FROM message_raw
WHERE mailbox = $mailbox AND message_id NOT IN (SELECT id FROM message)
  AND message_id NOT IN (SELECT message_id FROM parse_try) ORDER BY message_id
"""
NEWEST = "SELECT greatest((SELECT max(message_id) FROM message_raw), (SELECT max(id) FROM collection_run))::VARCHAR"
RAW = "SELECT complete, size, received_at FROM message_raw WHERE message_id = $id::UUID"
CONTENT = "SELECT content FROM raw_part WHERE message_id = $id::UUID ORDER BY part"


@dataclass(frozen=True, slots=True)
class Raw:
    """A message whose bytes are stored, waiting to be parsed and decided; `size` is in bytes, as on the server."""

    id: str
    content: bytes
    complete: bool
    size: int
    received_at: datetime | None


class Rising:
    """UUIDv7 that only ever rise, also where the clock of the machine is set back: deciding relies on it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def begin_after(self, id: str | None) -> None:
        """From here on, give only ids that sort behind this one."""
        with self._lock:
            self._last = max(self._last, UUID(id).int if id else 0)

    def next(self) -> str:
        """The next id. While the clock is behind, a millisecond behind the last one."""
        with self._lock:
            made = uuid_utils.uuid7().int
            if made <= self._last:
                made = ((self._last >> 80) + 1) << 80 | made & (2**80 - 1)
            self._last = made
        return str(UUID(int=made))


_ids = Rising()


def new_id() -> str:
    """A UUIDv7: ids made later sort later."""
    return _ids.next()


def go_on_after_stored_ids(store: Store) -> None:
    """Let new ids sort behind those that are stored, whatever the clock of this machine says by now."""
    with store.reading(background=True) as db:
        _ids.begin_after(db.value(NEWEST))


def uid_validities(store: Store, mailbox: str) -> dict[str, int]:
    """By folder, the UIDVALIDITY under which its mail was last taken in."""
    with store.reading(background=True) as db:
        return dict(db.rows(NUMBERED, mailbox=mailbox))


def unknown(store: Store, mailbox: str, listed: Sequence[Listed]) -> list[Listed]:
    """Those of the listed messages of which no delivery is stored, in their order."""
    if not listed:
        return []
    rows = LaidOut(LISTED, [(each.folder, each.uid_validity, each.uid) for each in listed])
    with store.reading(background=True) as db:
        db.lay("listed", rows)
        missing = set(db.rows(UNKNOWN, mailbox=mailbox))
    return [each for each in listed if (each.folder, each.uid_validity, each.uid) in missing]


class Arrived:
    """Messages of a mailbox as they were fetched, each with the id it gets if it is new, ready to be taken in.

    `as_received` dates the collecting by when the mail was received: imported old mail does not look like today's.
    """

    def __init__(
        self, fetched: Sequence[Fetched], mailbox: str, run_id: str, now: datetime, as_received: bool = False
    ) -> None:
        self.raws = [Raw(new_id(), each.raw, each.complete, each.listed.size or len(each.raw), each.received_at)
                     for each in fetched]  # fmt: skip
        rows = [_row(each, raw, place, mailbox, run_id, min(each.received_at or now, now) if as_received else now)
                for place, (each, raw) in enumerate(zip(fetched, self.raws, strict=True))]  # fmt: skip
        self.rows = LaidOut(ARRIVED, rows)
        self.parts = Pieces([raw.content for raw in self.raws], PART_SIZE)


def take_in(store: Store, arrived: Arrived) -> dict[str, str]:
    """Commit the bytes and deliveries; answers what became of each by its id: stored, duplicate or too_large.

    What somebody else took in at the same time is missing there.
    """

    def commit(db: Connection) -> dict[str, str]:
        db.lay("arrived", arrived.rows)
        db.show("arrived_part", arrived.parts.table)
        db.script(sql("intake"))
        return dict(db.rows("SELECT id::VARCHAR, outcome FROM placed"))

    return store.change(commit, background=True)


def undecided(store: Store, mailbox: str, bytes_at_once: int) -> Iterator[list[Raw]]:
    """What an earlier run stored but did not come to decide, in bounded portions; not what is to be tried alone."""
    with store.reading(background=True) as db:
        waiting = db.rows(UNDECIDED, mailbox=mailbox) if db.value(DIFFERENT) else []
    return in_portions(store, waiting, bytes_at_once, UNDECIDED_AT_ONCE)


def in_portions(
    store: Store, waiting: Iterable[tuple[str, int]], bytes_at_once: int, at_once: int
) -> Iterator[list[Raw]]:
    """Stored messages, by id and size in bytes, read back so many at once; one alone may be larger than all at once."""
    left = deque(waiting)
    while left:
        portion: list[str] = []
        room = bytes_at_once
        while left and ((room > 0 and len(portion) < at_once) or not portion):
            id, size = left.popleft()
            portion.append(id)
            room -= size
        with store.reading(background=True) as db:
            raws = [stored(db, id) for id in portion]
        yield raws


def content_of(db: Connection, id: str) -> bytes:
    """The bytes of a stored message: as received, or only the header of what was over the size limit."""
    return db.joined(CONTENT, id=id)


def stored(db: Connection, id: str) -> Raw:
    """A message as it was taken in, read back."""
    return Raw(id, content_of(db, id), *db.rows(RAW, id=id)[0])


def _row(each: Fetched, raw: Raw, place: int, mailbox: str, run_id: str, now: datetime) -> tuple[object, ...]:
    # Two long mails may share their header; with the size they are hardly the same.
    digest = sha256(each.raw if each.complete else each.raw + b"\0%d" % raw.size)
    head = int.from_bytes(digest.digest()[:8], "big")
    return (each.listed.folder, each.listed.uid_validity, each.listed.uid, raw.id, place, mailbox, digest.hexdigest(),
            head, raw.size, each.complete, each.received_at, now, run_id)  # fmt: skip
