"""What follows from a change: routes and work items keep up with renamed services, and nobody gone holds a claim."""

from collections.abc import Iterable

from core.administration.sections import SECTIONS, Row
from core.changing import change, choose
from core.scope import Scope
from core.store import Connection

ROUTES = """
INSERT INTO route
SELECT r.* REPLACE (r.version + 1 AS version, m.to_customer AS target_customer, m.to_contract AS target_contract,
                    m.to_service AS target_service, $by AS created_by, $now::TIMESTAMP AS created_at)
FROM route_newest AS r
JOIN renamed AS m ON r.target_customer = m.customer AND r.target_contract = m.contract AND r.target_service = m.service
WHERE NOT r.removed
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
