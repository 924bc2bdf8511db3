"""Blocking senders: their mail is deleted on arrival, listed apart, and restorable."""

from dataclasses import replace
from typing import Any, Literal

from core.changing import change, lay_out, new_batch, outcome
from core.errors import InvalidInput, NotFound
from core.language import _
from core.outcome import Outcome
from core.scope import Scope
from core.store import Connection

Kind = Literal["address", "domain", "list_id"]
COLUMN = {"address": "from_address", "domain": "from_domain", "list_id": "list_id"}
WAITING = {kind: f"""
SELECT id::VARCHAR FROM message
WHERE status = 'unprocessed' AND {column} = $value AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
""" for kind, column in COLUMN.items()}  # noqa: S608 # fmt: skip
PAST = {kind: f"""
SELECT count(*) AS messages, count(*) FILTER (status = 'unprocessed') AS waiting,
       count(*) FILTER (status = 'processed') AS became_work
FROM message WHERE {column} = $value AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
""" for kind, column in COLUMN.items()}  # noqa: S608 # fmt: skip


def would_block(scope: Scope, kind: Kind, value: str, mailbox: str | None = None) -> dict[str, int]:
    """How many past `messages` in scope a block would have hit, how many of them wait, how many `became_work`."""
    with scope.store.reading() as db:
        found = db.records(PAST[kind], value=_value(kind, value), mailboxes=_where(scope, mailbox))
    return {name: int(count) for name, count in found[0].items()}


def block(scope: Scope, kind: Kind, value: str, reason: str, *, mailbox: str | None = None) -> Outcome:
    """Block a sender in one mailbox, or (leads and administrators) everywhere, and delete what waits of theirs.

    Undoing the batch lifts the block and brings the messages back. Raises NotAllowed, NotFound for a mailbox out of
    scope, InvalidInput for one of our own addresses or domains, or without a reason.
    """
    scope.must_act()
    if mailbox is None:
        scope.must_administer()
    wanted, batch, boxes = _value(kind, value), new_batch(), _where(scope, mailbox)
    if not reason.strip():
        raise InvalidInput(_("Blocking needs a reason."), _("Say in a few words why this mail is unwanted."))

    def work(db: Connection) -> Outcome:
        if db.value("SELECT count(*) FROM mailbox WHERE address = $value OR domain = $value", value=wanted):
            raise InvalidInput(_("{value} is our own.").format(value=wanted), _("Our own addresses can't be blocked."))
        db.run("INSERT INTO block VALUES ($id, $kind, $value, $mailbox, $reason, $by, $now, NULL, NULL, NULL)",
               id=batch, kind=kind, value=wanted, mailbox=mailbox, reason=reason.strip(),
               by=scope.person.email, now=scope.desk.now())  # fmt: skip
        waiting = [id for (id,) in db.rows(WAITING[kind], value=wanted, mailboxes=boxes)]
        lay_out(db, boxes, dict.fromkeys(waiting), "unprocessed")
        change(db, scope, "block", "deleted", batch=batch, reason=reason.strip())
        return replace(outcome(db, batch, "block"), blocked=wanted)

    return scope.store.change(work)


def blocks(scope: Scope) -> list[dict[str, Any]]:
    """The blocks in force that concern the person's mailboxes: id, kind, value, mailbox, reason, created_by and _at."""
    with scope.store.reading() as db:
        return db.records("SELECT id::VARCHAR AS id, kind, value, mailbox, reason, created_by, created_at, expires_at "
                          "FROM block_in_force WHERE mailbox IS NULL OR list_contains($boxes::VARCHAR[], mailbox) "
                          "ORDER BY created_at DESC", boxes=list(scope.mailboxes))  # fmt: skip


def lift(scope: Scope, id: str) -> None:
    """Lift a block; what it deleted stays deleted until restored. NotAllowed, as for blocking, and NotFound."""
    scope.must_act()
    where = {each["id"]: each["mailbox"] for each in blocks(scope)}
    if id not in where:
        raise NotFound(_("There is no such block."))
    if where[id] is None:
        scope.must_administer()
    scope.store.change(lambda db: lift_in(db, scope, id))


def block_of(db: Connection, scope: Scope, batch: str) -> tuple[str, bool] | None:
    """Whom the block of this batch is about, and whether it was lifted; None where the batch made none in scope."""
    row = db.one("SELECT value, lifted_at IS NOT NULL, mailbox FROM block WHERE id = $batch::UUID "
                 "AND (mailbox IS NULL OR list_contains($boxes::VARCHAR[], mailbox))",
                 batch=batch, boxes=list(scope.mailboxes))  # fmt: skip
    if row and row[2] is None:
        scope.must_administer()
    return (row[0], row[1]) if row else None


def lift_in(db: Connection, scope: Scope, id: str) -> None:
    """Lift a block as part of a transaction; one that was lifted before stays as it is."""
    db.run("UPDATE block SET lifted_by = $by, lifted_at = $now WHERE id = $id::UUID AND lifted_at IS NULL",
           by=scope.person.email, now=scope.desk.now(), id=id)  # fmt: skip


def _value(kind: Kind, value: str) -> str:
    wanted = value.strip().lower().removeprefix("*@").removeprefix("@" if kind == "domain" else "")
    if not wanted or (kind == "address" and "@" not in wanted) or (kind == "domain" and "@" in wanted):
        raise InvalidInput(_("“{value}” can't be blocked as it is.").format(value=value[:60]))
    return wanted


def _where(scope: Scope, mailbox: str | None) -> list[str]:
    if mailbox is not None and mailbox not in scope.mailboxes:
        raise NotFound(_("There is no mailbox “{mailbox}”.").format(mailbox=mailbox[:60]))
    return [mailbox] if mailbox else list(scope.mailboxes)
