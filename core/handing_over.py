"""Passing a work item on to a system the company already has: what is sent, and whether it has arrived."""

import json
from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from core.configuration_file import HandOverConfiguration
from core.errors import NotFound
from core.language import _
from core.outbox import put
from core.scope import Desk, Scope
from core.store import Connection
from core.work_items import work_item

STATE = """
SELECT o.recipient, o.kind, o.created_at, o.created_by, o.tries, o.sent_at, o.problem
FROM outbox AS o JOIN work_item AS w ON w.id = o.work_item_id WHERE w.reference = $reference ORDER BY o.created_at
"""
NOT_PASSED_ON = """
SELECT w.id::VARCHAR, w.reference, w.kind, w.customer, w.contract, w.service, w.subject, w.opened_at FROM work_item AS w
WHERE w.status = 'open' AND w.opened_at > $since
  AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.work_item_id = w.id AND o.recipient = $recipient)
LIMIT 500
"""


def pass_on(scope: Scope, reference: str, system: str) -> bool:
    """Put a work item into the outbox for a system of the configuration; False when it is there already.

    Raises NotFound for an item out of scope or an unknown system, NotAllowed.
    """
    scope.must_act()
    item = work_item(scope, reference)
    target = next((one for one in scope.desk.configuration.hand_over if one.name == system), None)
    if target is None:
        raise NotFound(_("There is no system “{name}” to pass work items on to.").format(name=system[:60]),
                       _("Add a [[hand_over]] to the configuration."))  # fmt: skip

    def work(db: Connection) -> bool:
        id = db.value("SELECT id::VARCHAR FROM work_item WHERE reference = $reference", reference=item["reference"])
        return _put(db, scope.desk, target, item | {"id": id}, scope.person.email)

    return scope.store.change(work)


def handed_over(scope: Scope, reference: str) -> list[dict[str, Any]]:
    """Where a work item was passed on to: recipient, kind, created_at and _by, tries, sent_at, problem. NotFound."""
    item = work_item(scope, reference)
    with scope.store.reading() as db:
        return db.records(STATE, reference=item["reference"])


def pass_on_new(desk: Desk) -> int:
    """For systems with `automatic = true`: put the work items of the last day into the outbox; answers how many."""
    columns = ("id", "reference", "kind", "customer", "contract", "service", "subject", "opened_at")
    automatic = [one for one in desk.configuration.hand_over if one.automatic]

    def work(db: Connection, system: HandOverConfiguration) -> int:
        since = desk.now().replace(hour=0, minute=0, second=0, microsecond=0)
        rows = db.rows(NOT_PASSED_ON, since=since, recipient=system.url or system.email)
        return sum(_put(db, desk, system, dict(zip(columns, row, strict=True)), "automatic") for row in rows)

    return sum(desk.store.change(partial(work, system=system), background=True) for system in automatic)


def _put(db: Connection, desk: Desk, system: HandOverConfiguration, item: dict[str, Any], by: str) -> bool:
    content = {name: item[name] for name in ("reference", "kind", "customer", "contract", "service", "subject")}
    content |= {"opened_at": f"{item['opened_at']:%Y-%m-%dT%H:%M:%SZ}"}
    recipient = str(system.url or system.email)
    text = json.dumps(content, ensure_ascii=False) if system.url else "\n".join(
        f"{name}: {value}" for name, value in content.items())  # fmt: skip
    # The same item to the same system is the same entry, however often somebody asks.
    key = str(uuid5(NAMESPACE_URL, f"straydesk:{item['id']}:{recipient}"))
    return put(db, id=key, kind="webhook" if system.url else "email", recipient=recipient,
               subject=f"{item['reference']} {item['subject']}", content=text, by=by, now=desk.now(),
               work_item_id=item["id"])  # fmt: skip
