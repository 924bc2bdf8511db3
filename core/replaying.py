"""Deciding the queue again, after the route set has changed: a dry run, the real thing, and its receipt.

Messages that would end as they are (the same status and cause) are not touched, so a second time does nothing. An
answer may be appended to a work item as when it came. Blocks are not applied again: what waits was let in, or taken
back by a person. Everything is one batch of the journal; `core.undoing.undo` takes it back except for what people
touched since.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import pandas as pd

from core.changing import Asked, change, choose, lay_out, new_batch, outcome
from core.deciding import conclude_again, decide_again
from core.errors import NotFound
from core.language import _, n_
from core.outcome import Outcome
from core.scope import Scope
from core.store import Connection, sql

PORTION = 5000
WAITING = """
SELECT id::VARCHAR, version FROM message
WHERE status = 'unprocessed' AND list_contains($mailboxes::VARCHAR[], mailbox) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Replayed(Outcome):
    """`ids` left the queue, into `references`; `recaused` wait for another cause now, of `looked_at` messages."""

    recaused: list[str] = field(default_factory=list)
    looked_at: int = 0

    def then(self, later: "Replayed") -> "Replayed":
        """This and what was done later under the same batch."""
        both = self.plus(later)
        recaused = [id for id in dict.fromkeys([*self.recaused, *later.recaused]) if id not in set(later.ids)]
        looked_at = self.looked_at + later.looked_at
        return Replayed(
            self.batch, self.action, both.ids, both.references, both.overtaken, recaused=recaused, looked_at=looked_at
        )

    def __str__(self) -> str:
        left = n_("{count} message left the queue", "{count} messages left the queue", len(self.ids)).format(
            count=len(self.ids))  # fmt: skip
        cause = n_("{count} waits for another cause", "{count} wait for another cause", len(self.recaused)).format(
            count=len(self.recaused))  # fmt: skip
        told = _("Decided again: {left}, {cause}.").format(left=left, cause=cause)
        nothing = _("Decided again: nothing changes.")
        return " ".join([told if self.ids or self.recaused else nothing, *map(str, self.overtaken[:3])])


class _Seen(Exception):
    """Carries a dry run's answer out of the transaction that it rolls back."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame


def replay_preview(scope: Scope, asked: Asked | None = None) -> pd.DataFrame:
    """What deciding again would change, a row each message; nothing is changed. None: all that waits in scope.

    Columns: id, mailbox, from_address, subject, received_at (UTC), cause, version, claimed_by, becomes (route,
    delivered, reply, or cause: it waits on for another one), routes, targets, appended_to (the item an answer goes to),
    new_cause. Raises as `replay`.
    """
    batch = new_batch()

    def work(db: Connection) -> None:
        _decide(db, scope, asked, batch)
        raise _Seen(db.frame(sql("replay_told")))

    try:
        scope.store.change(work)
    except _Seen as seen:
        return seen.frame
    raise AssertionError


def replay(scope: Scope, asked: Asked | None = None, *, batch: str = "") -> Replayed:
    """Decide waiting messages again and let go those that a route takes now, in one transaction. None: all in scope.

    Messages by id, or with the version that was seen, as `replay_preview` and `core.queue.matching` give it; what
    changed since is left alone and named. Raises NotAllowed (analysts), NotFound, InvalidInput, StoreBusy.
    """
    batch = batch or new_batch()

    def work(db: Connection) -> Replayed:
        _decide(db, scope, asked, batch)
        return _told(db, batch)

    return scope.store.change(work)


def replay_in_portions(scope: Scope, asked: Asked | None = None) -> Iterator[Replayed]:
    """The same for a large queue: after each portion, what was done so far. Whoever stops asking ends it there.

    All of it is one batch, one undo. The store is free for others between two portions.
    """
    scope.must_act()
    given = waiting(scope) if asked is None else asked
    versions: dict[str, Any] = dict(given if isinstance(given, Mapping) else dict.fromkeys(given))
    batch = new_batch()
    so_far = Replayed(batch, "replay")
    left = iter(sorted(versions.items()))  # ids rise with time: questions come before their answers
    while portion := dict(islice(left, PORTION)):
        so_far = so_far.then(replay(scope, portion, batch=batch))
        yield so_far
    while again := _naming(scope, batch, versions):
        done = replay(scope, again, batch=batch)
        if not done.ids:
            break
        so_far = so_far.then(replace(done, looked_at=0))
        yield so_far


def waiting(scope: Scope) -> dict[str, int]:
    """All that may be decided again, put aside too: ids with the version of each, oldest first."""
    with scope.store.reading() as db:
        return _waiting(db, scope)


def receipt(scope: Scope, batch: str) -> pd.DataFrame:
    """What a replay did to messages in scope: id, subject, route, what (create, append, queue), reference, target,
    cause_before, cause_after, undone. Raises NotFound when there is no such replay."""
    with scope.store.reading() as db:
        known = db.value(
            "SELECT count(*) FROM journal WHERE batch = try_cast($batch AS UUID) AND action = 'replay'", batch=batch
        )
        frame = (
            db.frame(sql("replay_receipt"), batch=batch, mailboxes=list(scope.mailboxes)) if known else pd.DataFrame()
        )
    if frame.empty:
        raise NotFound(_("There is no batch “{batch}”.").format(batch=batch[:60]))
    return frame


def _decide(db: Connection, scope: Scope, asked: Asked | None, batch: str) -> None:
    """Decide again what was asked for and would end otherwise, until nothing that waits follows from what left."""
    now = scope.desk.now()
    _choose(db, scope, asked)
    db.run("SET VARIABLE replay = $batch::UUID", batch=batch)
    db.run("CREATE OR REPLACE TEMP TABLE claimed AS SELECT message_id, person FROM claim WHERE until > $now", now=now)
    db.script(sql("replay_begin"))
    while db.value("SELECT EXISTS (FROM replaying)"):
        db.run("CREATE OR REPLACE TEMP TABLE chosen AS SELECT id FROM replaying")
        conclude_again(db, now, exempt_from_blocks=True)
        db.script(sql("replay_choose"))
        if db.value("SELECT EXISTS (FROM chosen)"):
            change(db, scope, "replay", None, batch=batch)
            decide_again(db, now, batch, exempt_from_blocks=True)
            db.script(sql("replay_next"))


def _choose(db: Connection, scope: Scope, asked: Asked | None) -> None:
    """Lay out `chosen` and `overtaken`; an empty queue is no mistake."""
    scope.must_act()
    db.run("SET VARIABLE mailboxes = $names::VARCHAR[]", names=list(scope.mailboxes))
    if given := _waiting(db, scope) if asked is None else asked:
        choose(db, scope, given, "unprocessed")
    else:
        lay_out(db, scope.mailboxes, {}, "unprocessed")


def _told(db: Connection, batch: str) -> Replayed:
    """What was done, from the tables laid out in this transaction."""
    told = db.frame(sql("replay_told"))
    recaused = told.id[told.becomes == "cause"].tolist()
    db.run("CREATE OR REPLACE TEMP TABLE chosen AS "
           "SELECT id FROM message SEMI JOIN looked_at USING (id) WHERE status <> 'unprocessed'")  # fmt: skip
    db.run("CREATE OR REPLACE TEMP TABLE linked AS SELECT message_id, work_item_id FROM work_item_message "
           "WHERE batch = $batch::UUID", batch=batch)  # fmt: skip
    done = outcome(db, batch, "replay")
    looked_at = db.value("SELECT count(*) FROM looked_at")
    return Replayed(batch, "replay", done.ids, done.references, done.overtaken, recaused=recaused, looked_at=looked_at)


def _naming(scope: Scope, batch: str, asked: Mapping[str, int | None]) -> list[str]:
    """Those of the messages asked for that wait and name one that has left."""
    with scope.store.reading() as db:
        return [
            id for (id,) in db.rows(sql("replay_naming"), batch=batch, mailboxes=list(scope.mailboxes)) if id in asked
        ]


def _waiting(db: Connection, scope: Scope) -> dict[str, int]:
    return dict(db.rows(WAITING, mailboxes=list(scope.mailboxes)))
