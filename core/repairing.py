"""Repair: what a person says about a mail that says it wrongly or not at all. The original bytes never change."""

from contextlib import suppress

from core.changing import new_batch
from core.errors import InvalidInput, NotFound
from core.language import _
from core.messages import must_exist
from core.parsing.addresses import valid_address
from core.parsing.charsets import codec
from core.reparsing import Assumed, Reparsed, parse_again
from core.scope import Scope
from core.store import Connection
from core.undoing import undo

RECORD = """
INSERT INTO repair VALUES ($id::UUID, $charset, $sender, $reason, $person, $now, $batch::UUID, NULL, NULL)
"""
WITHDRAW = """
UPDATE repair SET withdrawn_by = $person, withdrawn_at = $now
WHERE message_id = $id::UUID AND withdrawn_at IS NULL
"""
NEWEST = """
SELECT batch::VARCHAR FROM repair
WHERE message_id = $id::UUID AND withdrawn_at IS NULL ORDER BY repaired_at DESC LIMIT 1
"""


def repair(scope: Scope, id: str, reason: str, *, charset: str = "", sender: str = "") -> Reparsed:
    """Parse a message again with this charset or from this sender, until it is taken back; it replaces any before.

    Raises NotAllowed (analysts), NotFound, InvalidInput for what is no charset, no address or has no reason,
    ChangedMeanwhile, StoreBusy.
    """
    assumed = _checked(charset.strip(), sender.strip())
    if not reason.strip():
        raise InvalidInput(_("A repair needs a reason."), _("Say in a few words how you know."))
    id, batch = _must_exist(scope, id), new_batch()

    def record(db: Connection) -> None:
        now, person = scope.desk.now(), scope.person.email
        db.run(WITHDRAW, id=id, person=person, now=now)
        db.run(RECORD, id=id, charset=assumed.charset, sender=assumed.sender, reason=reason.strip(), person=person,
               now=now, batch=batch)  # fmt: skip

    return parse_again(scope, [id], batch, "repair", assumed, reason.strip(), record)


def take_back(scope: Scope, id: str) -> Reparsed:
    """Read a message as it says itself again; what the repair led to is undone, where nobody has gone further since.

    Raises NotAllowed (analysts), NotFound also where nothing is repaired, ChangedMeanwhile, StoreBusy.
    """
    scope.must_act()
    id = _must_exist(scope, id)
    with scope.store.reading() as db:
        batch = db.value(NEWEST, id=id)
    if batch is None:
        raise NotFound(_("This message is not repaired."))
    with suppress(NotFound, InvalidInput):  # it did not wait then, or that is undone already
        undo(scope, batch)

    def withdraw(db: Connection) -> None:
        db.run(WITHDRAW, id=id, person=scope.person.email, now=scope.desk.now())

    return parse_again(scope, [id], new_batch(), "unrepair", Assumed(), "", withdraw)


def _must_exist(scope: Scope, id: str) -> str:
    scope.must_act()
    with scope.store.reading() as db:
        return str(must_exist(db, scope, id)["id"])


def _checked(charset: str, sender: str) -> Assumed:
    if not charset and not sender:
        raise InvalidInput(_("Say what to assume."), _("A charset, a sender, or both."))
    if charset and not codec(charset):
        raise InvalidInput(
            _("“{charset}” is no charset.").format(charset=charset[:40]), _("Write it like windows-1252.")
        )
    valid = valid_address(sender) if sender else None
    if sender and not valid:
        raise InvalidInput(_("“{text}” is no e-mail address; write it like ana@desk.example").format(text=sender[:80]))
    return Assumed(charset.lower(), valid[0] if valid else "")
