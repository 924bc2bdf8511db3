"""What a person does with mail: create a work item, attach to one, delete, restore, undo.

Each function takes the acting person's scope and messages by id, does what can be done in one transaction with its
journal, and answers an Outcome that names what somebody else had already done. A `batch` given puts several calls
under one undo. They raise NotAllowed (analysts),
NotFound (outside the scope or not there), InvalidInput, StoreBusy.
"""

from core.changing import Asked, change, choose, new_batch, outcome
from core.deciding import decide_again
from core.errors import InvalidInput, NotFound
from core.language import _
from core.outcome import Outcome
from core.routes import Target
from core.scope import Scope
from core.store import Connection, sql

# A merged item stands for the one it was merged into.
REFERENCED = """
WITH RECURSIVE named AS (
    SELECT id, status, merged_into FROM item_named
    UNION ALL
    SELECT w.id, w.status, w.merged_into FROM named AS n JOIN work_item AS w ON w.id = n.merged_into
)
SELECT id::VARCHAR, status FROM named WHERE merged_into IS NULL
"""
# Whoever merges, closes or withdraws the item at this moment changes its version too: one of the two tries again.
TOUCHED = "UPDATE work_item SET version = version + 1 WHERE id = $item::UUID AND EXISTS (SELECT 1 FROM linked)"


def create(scope: Scope, asked: Asked, target: Target, *, together: bool = False, batch: str = "") -> Outcome:
    """Open a work item from each waiting message, or one from all of them `together`.

    Raises InvalidInput when there is no such customer, contract and service.
    """
    batch = batch or new_batch()

    def work(db: Connection) -> Outcome:
        choose(db, scope, asked, "unprocessed")
        _must_exist(db, target)
        db.run(sql("opened"), **target.model_dump(), by=scope.person.email, now=scope.desk.now(), together=together,
               batch=batch)  # fmt: skip
        db.script(sql("open_items"))
        change(db, scope, "create", "processed", batch=batch, reason=str(target))
        return outcome(db, batch, "create")

    return scope.store.change(work)


def attach(scope: Scope, asked: Asked, reference: str, *, batch: str = "") -> Outcome:
    """Add waiting messages to the open work item of this reference. InvalidInput when it is closed."""
    batch = batch or new_batch()

    def work(db: Connection) -> Outcome:
        choose(db, scope, asked, "unprocessed")
        item = _open_item(db, scope, reference)
        db.run("INSERT INTO linked SELECT id, $item::UUID FROM chosen", item=item)
        db.run(TOUCHED, item=item)
        db.run("INSERT INTO work_item_message SELECT work_item_id, message_id, 'attached', $now, $batch FROM linked",
               now=scope.desk.now(), batch=batch)  # fmt: skip
        change(db, scope, "attach", "processed", batch=batch, reason=reference.strip().upper())
        return outcome(db, batch, "attach")

    return scope.store.change(work)


def delete(scope: Scope, asked: Asked, reason: str, *, batch: str = "") -> Outcome:
    """Take waiting messages out of the queue; they stay restorable. InvalidInput without a reason."""
    if not reason.strip():
        raise InvalidInput(_("Deleting needs a reason."), _("Say in a few words why nobody has to act on it."))
    batch = batch or new_batch()

    def work(db: Connection) -> Outcome:
        choose(db, scope, asked, "unprocessed")
        change(db, scope, "delete", "deleted", batch=batch, reason=reason.strip())
        return outcome(db, batch, "delete")

    return scope.store.change(work)


def restore(scope: Scope, asked: Asked) -> Outcome:
    """Bring deleted messages back to the queue. What a block had deleted is decided again as if there were no block.

    What retention has taken all of stays where it is: nobody could act on it.
    """
    batch = new_batch()

    def work(db: Connection) -> Outcome:
        choose(db, scope, asked, "deleted")
        db.run("DELETE FROM chosen WHERE id IN (SELECT message_id FROM removed WHERE what = 'row')")
        change(db, scope, "restore", "unprocessed", batch=batch)
        answer = outcome(db, batch, "restore")
        db.run("DELETE FROM chosen WHERE cause IS NOT NULL")
        if db.value("SELECT count(*) FROM chosen"):
            decide_again(db, scope.desk.now(), batch, exempt_from_blocks=True)
        return answer

    return scope.store.change(work)


def _must_exist(db: Connection, target: Target) -> None:
    known = db.value("SELECT count(*) FROM catalog WHERE customer = $customer AND contract = $contract "
                     "AND service = $service", **target.model_dump(exclude={"kind"}))  # fmt: skip
    if not known:
        raise InvalidInput(_("There is no {target}.").format(target=target),
                           _("Choose a customer, one of its contracts, and a service of that contract."))  # fmt: skip


def _open_item(db: Connection, scope: Scope, reference: str) -> str:
    db.run(sql("item_named"), references=[reference.strip().upper()], mailboxes=list(scope.mailboxes))
    row = db.one(REFERENCED)
    if row is None:
        raise NotFound(_("There is no work item {reference}.").format(reference=reference.strip()[:40]))
    if row[1] != "open":
        raise InvalidInput(_("{reference} is {status}.").format(reference=reference, status=row[1]),
                           _("Reopen it first, or create a new work item."))  # fmt: skip
    return str(row[0])
