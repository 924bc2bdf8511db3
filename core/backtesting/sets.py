"""The two route sets that a backtest compares, and what they have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from core.errors import InvalidInput, NotFound
from core.language import _
from core.route_versions import bad_pattern
from core.routes import Route
from core.scope import Scope
from core.store import Connection, sql

CONDITIONS = {
    "mailbox": "VARCHAR", "recipient": "VARCHAR", "sender": "VARCHAR[]", "subject_contains": "VARCHAR[]",
    "subject_regex": "VARCHAR", "body_contains": "VARCHAR[]", "list_id": "VARCHAR", "has_attachment": "BOOLEAN",
    "match_delivered": "BOOLEAN",
}  # fmt: skip
TARGET = ("kind", "customer", "contract", "service")
CLAUSE = {"rank": "BIGINT", "changed": "BOOLEAN", "id": "UUID", "version": "INTEGER", "position": "INTEGER",
          **CONDITIONS}  # fmt: skip
ENTRY = {"side": "VARCHAR", "rank": "BIGINT", "clause": "BIGINT", "route": "VARCHAR", "known_as": "VARCHAR",
         **{f"target_{part}": "VARCHAR" for part in TARGET}}  # fmt: skip

# Routes of mailboxes that the person does not see hold for no mail that they see, so they are left out of both sides.
KNOWN = """
SELECT s.rank IS NOT NULL AS in_force, s.*, n.name AS newest_name
FROM route_newest AS n LEFT JOIN route_set AS s USING (id)
WHERE NOT n.removed AND (n.mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], n.mailbox))
ORDER BY coalesce(s.position, n.position), n.name
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A route in a set: `known_as` says which route it is, also under another name."""

    name: str
    known_as: str
    conditions: tuple[Any, ...]
    target: tuple[str, ...]
    in_force: bool = True

    @classmethod
    def of(cls, route: Route, known_as: str = "") -> "Entry":
        """A route as it is written down."""
        conditions = tuple(_hashable(getattr(route, name)) for name in CONDITIONS)
        target = tuple(getattr(route.target, part) for part in TARGET)
        return cls(route.name, known_as or route.name, conditions, target)


def entries(routes: Sequence[Route]) -> list[Entry]:
    """The routes of a draft that would be in force. Raises InvalidInput when two have one name."""
    names = [route.name for route in routes]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(_("“{route}”: there are two routes of this name; give one another.").format(route=name))
    return [Entry.of(route) for route in routes if route.active and not getattr(route, "shadow", False)]


def known(db: Connection, scope: Scope) -> list[Entry]:
    """The routes that the person sees, in order; those switched off, in shadow or waiting are not `in_force`."""
    return [_stored(record) for record in db.records(KNOWN, mailboxes=list(scope.mailboxes))]


def with_route(
    known: Sequence[Entry], route: Route, replacing: str | None, before: str | None, position: int | None
) -> list[Entry]:
    """The set in force with one route put in. Raises NotFound for names that are not in it."""
    others = [entry for entry in known if entry.name != replacing]
    if replacing is not None and len(others) == len(known):
        raise _no_route(replacing)
    if before is not None:
        position = next((place for place, entry in enumerate(others) if entry.name == before), None)
        if position is None:
            raise _no_route(before)
    elif position is None:
        position = next((place for place, entry in enumerate(known) if entry.name == replacing), len(others))
    taken = any(entry.name == route.name for entry in others)
    others.insert(max(position, 0), Entry.of(route, replacing or (f"{route.name}\n" if taken else "")))
    return [entry for entry in others if entry.in_force]


def lay_out(db: Connection, before: Sequence[Entry], after: Sequence[Entry]) -> None:
    """Both sets for the statements of a backtest; what both have in the same order counts as the same.

    Raises InvalidInput for a pattern that can't work.
    """
    clauses = {
        entry.conditions: number
        for number, entry in enumerate({e.conditions: e for e in [*before, *after]}.values(), 1)
    }
    changed = {clauses[entry.conditions] for entry in _differing(before, after)}
    db.temporary("backtest_clause", CLAUSE, [
        (number, number in changed, None, 0, number, *map(_plain, conditions)) for conditions, number in clauses.items()
    ])  # fmt: skip
    db.temporary("backtest_entry", ENTRY, [
        (side, rank, clauses[entry.conditions], entry.name, entry.known_as, *entry.target)
        for side, entries in (("before", before), ("after", after)) for rank, entry in enumerate(entries, 1)
    ])  # fmt: skip
    db.script(sql("backtest_begin"))


def must_work(db: Connection, routes: Sequence[Route]) -> None:
    """Raise InvalidInput for a pattern that can't work: it would fail every message."""
    for route in routes:
        if route.subject_regex and not db.accepts(route.subject_regex):
            raise InvalidInput(bad_pattern(route))


def _differing(before: Sequence[Entry], after: Sequence[Entry]) -> list[Entry]:
    """The entries of either side that the other does not have at that place of the order."""
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [entry for step, a, b, c, d in steps if step != "equal" for entry in [*before[a:b], *after[c:d]]]


def _stored(record: dict[str, Any]) -> Entry:
    if not record["in_force"]:
        return Entry(record["newest_name"], record["newest_name"], (), (), in_force=False)
    conditions = tuple(_hashable(record[name]) for name in CONDITIONS)
    return Entry(record["name"], record["name"], conditions, tuple(record[f"target_{part}"] for part in TARGET))


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _no_route(name: str) -> NotFound:
    return NotFound(_("There is no route “{name}”.").format(name=name[:60]))
