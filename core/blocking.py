"""Blocking senders, and letting some through: blocked mail is deleted on arrival, listed apart, and restorable.

An allow has the form of a block and beats any block. Whose mail either is about is said by address, domain or List-Id.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from core.blocked import Kind, mailboxes_of, read_value
from core.changing import change, lay_out, new_batch, outcome
from core.errors import InvalidInput, NotFound
from core.language import _
from core.outcome import Outcome
from core.scope import Person, Scope
from core.store import Connection, sql
from core.surroundings import SHARED_DOMAINS

Effect = Literal["block", "allow"]

MAKE = """
INSERT INTO block BY NAME
SELECT $id::UUID AS id, $effect AS effect, $kind AS kind, $value AS value, $mailbox AS mailbox, $reason AS reason,
       $by AS created_by, $now::TIMESTAMP AS created_at, $expires_at::TIMESTAMP AS expires_at, $owner AS owner
"""
CHANGE = """
UPDATE block SET owner = $owner, expires_at = $expires_at, changed_by = $by, changed_at = $now
WHERE id = $id::UUID AND lifted_at IS NULL
"""
LIFT = "UPDATE block SET lifted_by = $by, lifted_at = $now WHERE id = $id::UUID AND lifted_at IS NULL"
ENTRY = """
SELECT effect, value, mailbox, lifted_at, expires_at FROM block
WHERE id = try_cast($id AS UUID) AND (mailbox IS NULL OR list_contains($boxes::VARCHAR[], mailbox))
"""


def block(scope: Scope, kind: Kind, value: str, reason: str, *, mailbox: str | None = None,
          expires_at: datetime | None = None, owner: str = "", insist: bool = False) -> Outcome:  # fmt: skip
    """Block a sender in one mailbox, or (leads and administrators) everywhere, and delete what waits of theirs.

    Until `expires_at` (UTC; None: for good). The `owner` is whom to ask about it, a person's address; you by default.
    A free-mail domain takes an administrator who does `insist`. Undoing the batch lifts the block and brings the
    messages back. Raises NotAllowed, NotFound for a mailbox out of scope, InvalidInput for one of our own addresses or
    domains, without a reason, for a moment that is over, and for an owner who does not work here.
    """
    wanted = _must_be_possible(scope, kind, value, reason, mailbox, expires_at)
    if kind == "domain" and wanted in SHARED_DOMAINS:
        _must_insist(scope.person, wanted, insist)
    batch = new_batch()

    def work(db: Connection) -> Outcome:
        if db.value("SELECT count(*) FROM mailbox WHERE address = $value OR domain = $value", value=wanted):
            raise InvalidInput(_("{value} is our own.").format(value=wanted), _("Our own addresses can't be blocked."))
        _make(db, scope, batch, "block", kind, wanted, mailbox, reason, expires_at, owner)
        boxes = mailboxes_of(scope, mailbox)
        waiting = db.rows(sql("block_waiting"), kind=kind, value=wanted, mailboxes=boxes, now=scope.desk.now())
        lay_out(db, boxes, dict.fromkeys(id for (id,) in waiting), "unprocessed")
        change(db, scope, "block", "deleted", batch=batch, reason=reason.strip())
        return replace(outcome(db, batch, "block"), blocked=wanted)

    return scope.store.change(work)


def allow(scope: Scope, kind: Kind, value: str, reason: str, *, mailbox: str | None = None,
          expires_at: datetime | None = None, owner: str = "") -> Outcome:  # fmt: skip
    """Let a sender through, whatever block would delete their mail; what was deleted before stays so until restored.

    Parameters and errors as for `block`. Undoing the batch lifts it.
    """
    wanted, batch = _must_be_possible(scope, kind, value, reason, mailbox, expires_at), new_batch()

    def work(db: Connection) -> Outcome:
        _make(db, scope, batch, "allow", kind, wanted, mailbox, reason, expires_at, owner)
        return Outcome(batch, "allow", allowed=wanted)

    return scope.store.change(work)


def change_entry(scope: Scope, id: str, *, owner: str, expires_at: datetime | None) -> None:
    """Give a block or an allow that was not lifted another owner and another end (UTC; None: none).

    One that has expired counts again by a later end. Raises NotAllowed, NotFound and InvalidInput as for blocking.
    """
    _must_be_later(scope, expires_at)

    def work(db: Connection) -> None:
        _must_be_theirs(db, scope, id)
        _must_work_here(db, scope, owner)
        if not db.run(CHANGE, id=id, owner=owner, expires_at=expires_at, by=scope.person.email, now=scope.desk.now()):
            raise InvalidInput(_("It was lifted already."), _("Make a new one."))

    scope.must_act()
    scope.store.change(work)


def lift(scope: Scope, id: str) -> None:
    """Lift a block or an allow; what a block deleted stays deleted until restored. NotAllowed, NotFound as above."""
    scope.must_act()

    def work(db: Connection) -> None:
        if _must_be_theirs(db, scope, id):
            raise NotFound(_("There is no such block."), _("It was lifted before."))
        lift_in(db, scope, id)

    scope.store.change(work)


def entry_of(db: Connection, scope: Scope, batch: str) -> tuple[Effect, str, bool] | None:
    """What the block or allow made by this batch does, whom it is about, and whether it was lifted; None where the
    batch made none in scope. Raises NotAllowed for one everywhere and those who may not lift it."""
    row = db.one(ENTRY, id=batch, boxes=list(scope.mailboxes))
    if row and row[2] is None:
        scope.must_administer()
    return (row[0], row[1], row[3] is not None) if row else None


def lift_in(db: Connection, scope: Scope, id: str) -> None:
    """Lift a block as part of a transaction; one that was lifted before stays as it is."""
    db.run(LIFT, by=scope.person.email, now=scope.desk.now(), id=id)


def _must_be_possible(
    scope: Scope, kind: Kind, value: str, reason: str, mailbox: str | None, expires_at: datetime | None
) -> str:
    """The value as it is compared, where this person may make such an entry at all."""
    scope.must_act()
    if mailbox is None:
        scope.must_administer()
    wanted = read_value(kind, value)
    mailboxes_of(scope, mailbox)
    if not reason.strip():
        raise InvalidInput(_("A reason is needed."), _("Say in a few words why this mail is wanted, or not."))
    _must_be_later(scope, expires_at)
    return wanted


def _must_be_later(scope: Scope, expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= scope.desk.now():
        raise InvalidInput(_("It would end before it begins."), _("Name a later day, or none."))


def _must_insist(person: Person, domain: str, insist: bool) -> None:
    """Where everybody can have an address, blocking the domain also blocks customers."""
    if not (insist and person.role == "administrator"):
        raise InvalidInput(
            _("Anybody can have an address at {domain}, customers as well.").format(domain=domain),
            _("Block the single address. Only an administrator who insists can block all of it."),
        )


def _must_be_theirs(db: Connection, scope: Scope, id: str) -> bool:
    """Whether the entry was lifted. NotFound outside the person's mailboxes, NotAllowed where it counts everywhere."""
    entry = entry_of(db, scope, id)
    if entry is None:
        raise NotFound(_("There is no such block."))
    return entry[2]


def _must_work_here(db: Connection, scope: Scope, owner: str) -> None:
    if owner != scope.person.email and not db.value("SELECT count(*) FROM person WHERE email = $owner", owner=owner):
        raise InvalidInput(_("{email} does not work at this desk.").format(email=owner[:60] or "?"),
                           _("Name somebody who can be asked about it."))  # fmt: skip


def _make(db: Connection, scope: Scope, id: str, effect: Effect, kind: Kind, value: str, mailbox: str | None,
          reason: str, expires_at: datetime | None, owner: str) -> None:  # fmt: skip
    owner = owner.strip().lower() or scope.person.email
    _must_work_here(db, scope, owner)
    db.run(MAKE, id=id, effect=effect, kind=kind, value=value, mailbox=mailbox, reason=reason.strip(),
           by=scope.person.email, now=scope.desk.now(), expires_at=expires_at, owner=owner)  # fmt: skip
