"""One after the other: who changes routes, what they saw of them, and what must still hold when they are done."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from core.errors import ChangedMeanwhile, InvalidInput, NotFound
from core.language import _
from core.pinned import broken, told
from core.route_checks import must_write
from core.scope import Scope
from core.store import Connection

Answer = TypeVar("Answer")

# Who changes routes updates this row, so that two who change them at once do so one after the other.
TAKE_TURN = "UPDATE counter SET value = value + 1 WHERE name = 'routes'"
SEEN = """
SELECT n.* REPLACE (n.id::VARCHAR AS id), coalesce(p.name, n.created_by) AS by_name
FROM route_newest AS n LEFT JOIN person_ever AS p ON p.email = n.created_by
WHERE n.id = try_cast($id AS UUID) AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox))
"""


@dataclass(frozen=True, slots=True)
class SavedRoute:
    """What a change made of a route: its newest version. `action` is save, remove or acknowledge; `waits`: it counts
    only once it is acknowledged; `warnings` are sentences about pinned examples that hold no longer."""

    id: str
    version: int
    name: str
    action: str = "save"
    waits: bool = False
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        done = {
            "save": _("“{name}” is saved as version {version}."), "remove": _("“{name}” is removed."),
            "acknowledge": _("“{name}” is acknowledged."),
        }[self.action].format(name=self.name, version=self.version)  # fmt: skip
        waits = [_("It counts once a lead or administrator has acknowledged it.")] if self.waits else []
        return " ".join([done, *waits, *self.warnings])


def in_turn(scope: Scope, work: Callable[[Connection], SavedRoute], despite_examples: bool) -> SavedRoute:
    """Change a route as the only one who does, in one transaction.

    Raises InvalidInput with a sentence for each pinned example that held before and does no longer, and changes
    nothing; with `despite_examples` these are the warnings of what it answers.
    """

    def turn(db: Connection) -> SavedRoute:
        saved, warnings = guarded(db, scope, lambda: work(db), despite_examples)
        return replace(saved, warnings=warnings)

    return scope.store.change(turn)


def guarded(
    db: Connection, scope: Scope, work: Callable[[], Answer], despite_examples: bool
) -> tuple[Answer, list[str]]:
    """The same for any change of the route set, inside the caller's transaction: what it answers, and the warnings."""
    db.run(TAKE_TURN)
    before = broken(db)
    answer = work()
    sentences = told(db, scope, broken(db) - before)
    if sentences and not despite_examples:
        raise InvalidInput("\n".join(sentences), _("Nothing was changed."))
    return answer, sentences


def seen(db: Connection, scope: Scope, id: str) -> dict[str, Any]:
    """The newest version of a route that exists for the person, removed or not, with `by_name`. Raises NotFound."""
    found = db.records(SEEN, id=id, mailboxes=list(scope.mailboxes))
    if not found:
        raise NotFound(_("There is no such route."))
    return found[0]


def taken_up(db: Connection, scope: Scope, id: str, seen_version: int | None = None, *,
             removed_too: bool = False) -> dict[str, Any]:  # fmt: skip
    """The newest version of a route that the person may change. Raises NotFound, NotAllowed, and ChangedMeanwhile where
    they saw another version than this (None: they name none)."""
    scope.must_act()
    record = seen(db, scope, id)
    if seen_version is not None and seen_version != record["version"]:
        raise ChangedMeanwhile(
            _("“{name}” is no longer as you saw it: {actor} changed it at {time} UTC.").format(
                name=record["name"], actor=record["by_name"], time=f"{record['created_at']:%Y-%m-%d %H:%M}"),
            _("Nothing was changed. Look at it again."))  # fmt: skip
    if record["removed"] and not removed_too:
        raise NotFound(_("There is no such route."), _("It was removed; an older version of it can be restored."))
    must_write(db, scope, record["mailbox"])
    return record


def settled(db: Connection, scope: Scope, id: str) -> dict[str, Any]:
    """The same for changes that leave the text as it is: they would approve what nobody has looked at.

    Raises InvalidInput too while the newest version waits for approval."""
    record = taken_up(db, scope, id)
    if record["needs_approval"] and record["acknowledged_by"] is None:
        raise InvalidInput(_("What {actor} changed in “{name}” waits for approval.").format(
            actor=record["by_name"], name=record["name"]),
            _("Acknowledge it, or restore the version before it, and then do this."))  # fmt: skip
    return record
