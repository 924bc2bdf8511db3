"""Putting waiting messages aside: until a moment, or until the next mail of the same sender."""

from collections.abc import Callable
from datetime import datetime

from core.changing import Asked, change, choose, new_batch, outcome
from core.errors import InvalidInput
from core.language import _
from core.outcome import Outcome
from core.scope import Scope
from core.store import Connection

AWAKE = "DELETE FROM snooze WHERE message_id IN (SELECT id FROM chosen)"
ASIDE = """
INSERT INTO snooze
SELECT c.id, $person, $now, $until, CASE WHEN $until IS NULL THEN m.from_address END
FROM chosen AS c JOIN message AS m ON m.id = c.id
"""


def snooze(scope: Scope, asked: Asked, until: datetime | None) -> Outcome:
    """Take waiting messages out of sight until a moment (UTC), or with None until their sender writes again.

    Raises InvalidInput for a moment that has passed.
    """
    now = scope.desk.now()
    if until is not None and until <= now:
        raise InvalidInput(_("That moment has passed."), _("Choose a later one."))
    return _changed(scope, asked, "snooze", lambda db: db.run(ASIDE, person=scope.person.email, now=now, until=until))


def wake(scope: Scope, asked: Asked) -> Outcome:
    """Bring messages that were put aside back into sight now."""
    return _changed(scope, asked, "wake", lambda db: 0)


def _changed(scope: Scope, asked: Asked, action: str, then: Callable[[Connection], int]) -> Outcome:
    batch = new_batch()

    def work(db: Connection) -> Outcome:
        choose(db, scope, asked, "unprocessed")
        db.run(AWAKE)
        then(db)
        change(db, scope, action, None, batch=batch)
        return outcome(db, batch, action)

    return scope.store.change(work)
