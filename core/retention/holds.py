"""Holds: what must not be removed for now, whatever the rules say, such as mail about a dispute."""

from typing import Literal, get_args
from uuid import UUID

import pandas as pd

from core.administration.settling import must_be_administrator
from core.errors import InvalidInput, NotFound
from core.intake import new_id
from core.language import _
from core.scope import Scope
from core.store import Connection

Holdable = Literal["message", "work_item", "sender", "domain", "mailbox"]
HOLDABLE: tuple[Holdable, ...] = get_args(Holdable)
KNOWN: dict[Holdable, str] = {
    "message": "SELECT count(*) FROM message WHERE id = $value::UUID",
    "work_item": "SELECT count(*) FROM work_item WHERE reference = $value",
    "mailbox": "SELECT count(*) FROM mailbox WHERE name = $value",
}
HOLDS = """
SELECT h.id::VARCHAR AS id, h.kind, h.value, h.reason, h.held_by,
       coalesce(p.name, h.held_by) AS held_by_name, h.held_at,
       coalesce(q.name, h.lifted_by) AS lifted_by_name, h.lifted_at
FROM hold AS h LEFT JOIN person_ever AS p ON p.email = h.held_by LEFT JOIN person_ever AS q ON q.email = h.lifted_by
ORDER BY h.lifted_at IS NOT NULL, h.held_at DESC
"""
LIFT = "UPDATE hold SET lifted_by = $by, lifted_at = $now WHERE id = try_cast($id AS UUID) AND lifted_at IS NULL"


def hold(scope: Scope, kind: Holdable, value: str, reason: str) -> str:
    """Keep a message (by id), a work item (by reference), all mail of a sender, a domain or a mailbox; answers its id.

    Raises NotAllowed for all but administrators, InvalidInput without a reason, NotFound for what is not there.
    """
    must_be_administrator(scope)
    if not reason.strip():
        raise InvalidInput(_("A hold needs a reason."), _("Say in a few words why this must be kept."))
    wanted, id = _value(kind, value), new_id()

    def work(db: Connection) -> str:
        if kind in KNOWN and not db.value(KNOWN[kind], value=wanted):
            raise NotFound(_("There is no “{value}” to hold.").format(value=wanted[:60]))
        db.run("INSERT INTO hold VALUES ($id, $kind, $value, $reason, $by, $now, NULL, NULL)", id=id, kind=kind,
               value=wanted, reason=reason.strip(), by=scope.person.email, now=scope.desk.now())  # fmt: skip
        return id

    return scope.store.change(work)


def lift_hold(scope: Scope, id: str) -> None:
    """End a hold: from now on the rules count again. Raises NotAllowed, NotFound."""
    must_be_administrator(scope)

    def work(db: Connection) -> None:
        if not db.run(LIFT, id=id, by=scope.person.email, now=scope.desk.now()):
            raise NotFound(_("There is no such hold."), _("It may have been lifted before."))

    scope.store.change(work)


def holds(scope: Scope) -> pd.DataFrame:
    """The holds, those in force first: id, kind, value, reason, held_by, held_by_name, held_at, lifted_by_name,
    lifted_at (UTC). Raises NotAllowed."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return db.frame(HOLDS)


def _value(kind: Holdable, value: str) -> str:
    wanted = value.strip()
    if kind == "message":
        try:
            return str(UUID(wanted))
        except ValueError as error:
            raise NotFound(_("There is no message “{id}”.").format(id=wanted[:60])) from error
    if kind == "work_item":
        return wanted.upper()
    if kind == "mailbox":
        return wanted
    wanted = wanted.lower().removeprefix("*@").removeprefix("@" if kind == "domain" else "")
    if not wanted or (kind == "sender") != ("@" in wanted):
        raise InvalidInput(_("“{value}” is no sender.").format(value=value[:60]),
                           _("Write an address like ana@shop.example, or a domain like shop.example."))  # fmt: skip
    return wanted
