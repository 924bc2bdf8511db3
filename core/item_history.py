"""What happened to a work item: opened, answered, attached to, merged, closed, reopened; by whom, when and why."""

from typing import Any

from core.language import _
from core.scope import Scope
from core.store import sql
from core.work_items import name


def item_history(scope: Scope, reference: str) -> list[dict[str, Any]]:
    """The history of a work item in scope, oldest first: happened_at (UTC), actor, actor_name, actor_kind, action,
    reason, batch, undone, the message it was about (message_id, from_name, from_address, subject; None where it was
    about the item alone) and, for a merge, `other`: the item that was merged into this one. Raises NotFound."""
    with scope.store.reading() as db:
        name(db, scope, [reference])
        return db.records(sql("item_history"), mailboxes=list(scope.mailboxes))


def told(entry: dict[str, Any]) -> str:
    """What was done, in a few words; the words of mail are not in it."""
    if entry["other"]:
        return _("{reference} was merged into it").format(reference=entry["other"])
    done: dict[str, str] = {
        "create": _("opened"), "append": _("an answer was added"), "attach": _("a message was attached"),
        "merge": _("merged into {reference}").format(reference=entry["reason"]), "close": _("closed"),
        "reopen": _("opened again"), "undo": _("the last change was undone"),
    }  # fmt: skip
    return done.get(entry["action"], str(entry["action"]))
