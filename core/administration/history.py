"""What was changed in the administration, by whom and when; and taking it back."""

import json

import pandas as pd

from core.administration.sections import read
from core.administration.settling import Change, Settled, must_be_administrator, settle
from core.errors import NotFound
from core.language import _
from core.scope import Scope

HISTORY = """
SELECT batch::VARCHAR AS batch, any_value(changed_at) AS changed_at, any_value(c.actor) AS actor,
       coalesce(any_value(p.name), any_value(c.actor)) AS actor_name,
       any_value(action) AS action, any_value(subject) AS subject, count(*) AS changed,
       bool_or(batch IN (SELECT undoes FROM setting_change WHERE undoes IS NOT NULL)) AS reverted
FROM setting_change AS c LEFT JOIN person_ever AS p ON p.email = c.actor
GROUP BY batch ORDER BY batch DESC LIMIT $limit
"""
ROWS = "SELECT section, name, before, after FROM setting_change WHERE batch = $batch::UUID ORDER BY id"
ABOUT = "SELECT any_value(subject) FROM setting_change WHERE batch = $batch::UUID"


def history(scope: Scope, limit: int = 200) -> pd.DataFrame:
    """What was changed, newest first, a row each step: batch, changed_at (UTC), actor, actor_name, action (a code),
    subject, changed (how many rows), reverted (it was taken back). Raises NotAllowed."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return db.frame(HISTORY, limit=limit)


def details(scope: Scope, batch: str) -> pd.DataFrame:
    """The rows one step changed: section, name, before, after (as `field: value`, empty where there was no row)."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        rows = db.frame(ROWS, batch=batch)
    for side in ("before", "after"):
        rows[side] = [_told(text) if isinstance(text, str) else "" for text in rows[side]]
    return rows


def revert(scope: Scope, batch: str) -> Settled:
    """Set everything one step changed back to what it was before, as a step of its own.

    Raises ChangedMeanwhile if any of it has been changed since, NotFound for a step that is not known.
    """
    must_be_administrator(scope)
    with scope.store.reading() as db:
        rows, subject = db.rows(ROWS, batch=batch), db.value(ABOUT, batch=batch)
    if not rows:
        raise NotFound(_("There is no such change."))
    changes = [Change(section, read(after), read(before)) for section, _name, before, after in rows]
    return settle(scope, "revert", str(subject), lambda db: changes, undoes=batch)


def _told(row: str) -> str:
    return ", ".join(f"{key}: {value}" for key, value in json.loads(row).items())
