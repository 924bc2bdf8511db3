"""Findings that are intended: said once, until one of the routes changes."""

from collections.abc import Iterable
from dataclasses import replace

from core.conflicts.finding import Finding, Key
from core.conflicts.placing import set_in_force
from core.errors import InvalidInput
from core.language import _
from core.scope import Scope
from core.store import Connection

Pair = tuple[str, str, int, str | None, int | None]  # kind, route and its version, the other one and its version

SAID = """
SELECT kind, route_id::VARCHAR, route_version, other_id::VARCHAR, other_version, acknowledged_by
FROM route_acknowledgement
"""
TAKE_BACK = """
DELETE FROM route_acknowledgement
WHERE kind = $kind AND route_id = $route_id::UUID AND route_version = $route_version
  AND other_id IS NOT DISTINCT FROM $other_id::UUID AND other_version IS NOT DISTINCT FROM $other_version::INTEGER
"""
SAY = """
INSERT INTO route_acknowledgement
VALUES ($kind, $route_id::UUID, $route_version, $other_id::UUID, $other_version, $by, $now::TIMESTAMP)
"""
COLUMNS = ("kind", "route_id", "route_version", "other_id", "other_version")


def acknowledge(scope: Scope, finding: Finding) -> None:
    """Say that a finding is intended; it counts until one of its routes changes. For leads and administrators.

    Raises NotAllowed, and InvalidInput when its routes are not in force as they stand in the finding.
    """

    def say(db: Connection) -> None:
        _take_back(db, scope, finding)
        for pair in _pairs(finding):
            named = dict(zip(COLUMNS, pair, strict=True))
            db.run(SAY, **named, by=scope.person.email, now=scope.desk.now())

    scope.must_administer()
    scope.store.change(say)


def withdraw_acknowledgement(scope: Scope, finding: Finding) -> None:
    """Take back that a finding is intended. For leads and administrators. Raises NotAllowed, InvalidInput."""
    scope.must_administer()
    scope.store.change(lambda db: _take_back(db, scope, finding))


def with_acknowledgements(db: Connection, findings: Iterable[Finding]) -> list[Finding]:
    """The findings, each with who said that it is intended."""
    said: dict[Pair, str] = {(kind, *rest): by for kind, *rest, by in db.rows(SAID)}
    return [replace(each, acknowledged_by=_by(each, said)) for each in findings] if said else list(findings)


def _by(finding: Finding, said: dict[Pair, str]) -> str | None:
    by = [said.get(pair) for pair in _pairs(finding)]
    return by[0] if by and all(by) else None


def _pairs(finding: Finding) -> list[Pair]:
    if not finding.keys:
        return []
    route, *others = finding.keys
    ends: list[Key | tuple[None, None]] = [*others] or [(None, None)]
    return [(finding.why or finding.kind, *route, *other) for other in ends]


def _take_back(db: Connection, scope: Scope, finding: Finding) -> None:
    in_force = {each.key for each in set_in_force(db, scope)}
    if not finding.keys or not in_force.issuperset(finding.keys):
        raise InvalidInput(_("These routes are not in force as they were looked at."),
                           _("Save the route, or look again: it may have changed."))  # fmt: skip
    for pair in _pairs(finding):
        db.run(TAKE_BACK, **dict(zip(COLUMNS, pair, strict=True)))
