"""What follows from a change: routes and work items keep up with renamed services, and nobody gone holds a claim."""

from collections.abc import Iterable

from core.administration.sections import SECTIONS, Row
from core.changing import change, choose
from core.scope import Scope
from core.store import Connection

ROUTES = """
INSERT INTO route
SELECT r.* EXCLUDE (next)
       REPLACE (r.next AS version, $by AS created_by, $now::TIMESTAMP AS created_at,
                coalesce(m.to_customer, r.target_customer) AS target_customer,
                coalesce(m.to_contract, r.target_contract) AS target_contract,
                coalesce(m.to_service, r.target_service) AS target_service)
FROM route_again AS r
LEFT JOIN renamed AS m
  ON r.target_customer = m.customer AND r.target_contract = m.contract AND r.target_service = m.service
WHERE r.id IN (SELECT id FROM route_again JOIN renamed AS n ON target_customer = n.customer
               AND target_contract = n.contract AND target_service = n.service)
"""
ITEMS = """
UPDATE work_item SET customer = m.to_customer, contract = m.to_contract, service = m.to_service
FROM renamed AS m
WHERE work_item.customer = m.customer AND work_item.contract = m.contract AND work_item.service = m.service
"""
HELD = """
SELECT k.message_id::VARCHAR FROM claim AS k JOIN message AS m ON m.id = k.message_id
WHERE k.person = $email AND m.status = 'unprocessed' AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
"""

Changed = tuple[str, Row | None, Row | None]


def follow(db: Connection, scope: Scope, changes: Iterable[Changed], batch: str) -> None:
    """Do what these changes entail (each a section with the row before and after); part of the caller's transaction."""
    moved = [(before, after) for section, before, after in changes if section == "catalog" and before and after]
    if moved:
        columns = SECTIONS["catalog"].columns
        names = [*columns, *(f"to_{column}" for column in columns)]
        rows = [[*(before[each] for each in columns), *(after[each] for each in columns)] for before, after in moved]
        db.temporary("renamed", dict.fromkeys(names, "VARCHAR"), rows)
        db.run(ROUTES, by=scope.person.email, now=scope.desk.now())
        db.run(ITEMS)
    for section, before, after in changes:
        if section == "person" and before and not after:
            release(db, scope, str(before["email"]), batch)


def release(db: Connection, scope: Scope, email: str, batch: str) -> None:
    """Let go of everything a person holds, and write that down."""
    held = [id for (id,) in db.rows(HELD, email=email, mailboxes=list(scope.mailboxes))]
    if held:
        choose(db, scope, held, "unprocessed")
        change(db, scope, "release", None, batch=batch, reason=email)
    db.run("DELETE FROM claim WHERE person = $email", email=email)
