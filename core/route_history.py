"""The versions of a route: who changed what and when, told field by field."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.language import _
from core.route_turn import seen
from core.route_versions import route_in
from core.route_words import named_fields
from core.scope import Scope

# A version that belonged to a mailbox out of scope does not exist for the person.
VERSIONS = """
SELECT r.*, coalesce(p.name, r.created_by) AS by_name, r.needs_approval AND r.acknowledged_by IS NULL AS waits
FROM route AS r LEFT JOIN person_ever AS p ON p.email = r.created_by
WHERE r.id = $id::UUID AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox)) ORDER BY r.version
"""
COLUMNS = ["version", "changed_at", "by", "by_name", "changes", "restorable", "removed", "acknowledged_by",
           "waits_for_approval"]  # fmt: skip


def route_history(scope: Scope, id: str) -> pd.DataFrame:
    """The versions of a route, newest first: version, changed_at (UTC), by, by_name, changes (a list of sentences: what
    differs from the version before), restorable (`restore_version` takes it), removed, acknowledged_by (None: nobody),
    waits_for_approval. Raises NotFound."""
    with scope.store.reading() as db:
        route = seen(db, scope, id)
        versions = db.records(VERSIONS, id=route["id"], mailboxes=list(scope.mailboxes))
    rows = []
    for place, new in enumerate(versions):
        old = versions[place - 1] if place else None
        told = changes_between(old, new) + _as_before(versions[: place - 1] if place else [], old, new)
        restorable = not new["removed"] and (place < len(versions) - 1)
        rows.append((new["version"], new["created_at"], new["created_by"], new["by_name"], told, restorable,
                     new["removed"], new["acknowledged_by"], bool(new["waits"])))  # fmt: skip
    return pd.DataFrame(rows[::-1], columns=COLUMNS)


def changes_between(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[str]:
    """What makes a version differ from an older one (rows of the table `route`), a sentence each."""
    if old is None:
        return [_("Created.")]
    told = [_("Removed.") if new["removed"] else _("Brought back.")] if old["removed"] != new["removed"] else []
    before, after = _fields(old), _fields(new)
    for field, (title, said) in named_fields().items():
        if before[field] != after[field]:
            told.append(_("{field}: {old} → {new}").format(
                field=title, old=said(before[field]), new=said(after[field])))  # fmt: skip
    if old["active"] != new["active"]:
        told.append(_("Switched on.") if new["active"] else _("Switched off."))
    if old["shadow"] != new["shadow"]:
        told.append(_("Put in shadow.") if new["shadow"] else _("Put in force."))
    if old["position"] != new["position"]:
        told.append(_("Moved up.") if new["position"] < old["position"] else _("Moved down."))
    return told or [_("Nothing of what it says.")]


def _as_before(older: list[dict[str, Any]], old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[str]:
    """That it says again what an older version said, which is what a rollback makes."""
    if old is None or new["removed"] or _text(old) == _text(new):
        return []
    same = [each["version"] for each in older if not each["removed"] and _text(each) == _text(new)]
    return [_("As it was in version {version}.").format(version=same[-1])] if same else []


def _text(record: Mapping[str, Any]) -> Any:
    return route_in(record)


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(route_in(record), name) for name in named_fields()}
