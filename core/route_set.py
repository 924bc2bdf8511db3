"""The route set of a desk: imported, exported, checked, shown."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from core.errors import InvalidInput, NotAllowed, NotFound, StraydeskError
from core.language import _
from core.route_turn import guarded
from core.route_versions import bad_pattern, replace_routes, route_in
from core.routes import Route, read_routes, written
from core.scope import Scope
from core.store import Connection

STANDING = """
SELECT * REPLACE (id::VARCHAR AS id) FROM route_standing
WHERE NOT removed AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox)) ORDER BY position, name, id
"""
NAMED = """
SELECT * REPLACE (id::VARCHAR AS id), needs_approval IS TRUE AND acknowledged_by IS NULL AS waits_for_approval
FROM route_newest WHERE name = $name AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox))
ORDER BY removed, created_at DESC LIMIT 1
"""


def import_routes(scope: Scope, path: Path, *, despite_examples: bool = False) -> dict[str, int]:
    """Make a file the route set: answers how many routes were `changed` (or added), `removed` and `unchanged`.

    Raises NotAllowed, ConfigurationProblem (the file can't be read) and InvalidInput: it can't work here, or mail that
    is pinned to a route would go elsewhere (unless `despite_examples`).
    """
    scope.must_administer()
    _must_see_all(scope)
    routes = read_routes(path)
    if grave := problems(scope, routes):
        raise InvalidInput("\n".join(grave), _("Nothing was imported."))
    by, now = scope.person.email, scope.desk.now()

    def work(db: Connection) -> dict[str, int]:
        return guarded(db, scope, lambda: replace_routes(db, routes, by, now), despite_examples)[0]

    return scope.store.change(work)


def export_routes(scope: Scope) -> str:
    """The route set as TOML, in order; without the routes of mailboxes that the person does not see, and without what
    waits for approval."""
    with scope.store.reading() as db:
        return written(route_in(record) for record in db.records(STANDING, mailboxes=list(scope.mailboxes)))


def check_routes(scope: Scope, path: Path | None = None) -> list[str]:
    """What can't work in a routes file, or in the set in force: a sentence each, none when all is well."""
    try:
        routes = read_routes(path) if path else list(tomllib_routes(export_routes(scope)))
    except StraydeskError as error:
        return error.sentence.splitlines()
    return problems(scope, routes) + missing_targets(scope, routes)


def tomllib_routes(text: str) -> Iterable[Route]:
    """The routes of a TOML text that is known to be sound."""
    return (Route.model_validate(each) for each in tomllib.loads(text).get("route", []))


def route_frame(scope: Scope) -> pd.DataFrame:
    """The route set that the person may see as a frame, in order, with the columns of DESIGN §4."""
    with scope.store.reading() as db:
        return db.frame(STANDING, mailboxes=list(scope.mailboxes))


def problems(scope: Scope, routes: list[Route]) -> list[str]:
    """Sentences about routes that can't work on this desk: names given twice, bad patterns, mailboxes that are gone."""
    with scope.store.reading() as db:
        bad = {route.subject_regex for route in routes if route.subject_regex and not db.accepts(route.subject_regex)}
    found, seen = [], set()
    for route in routes:
        if route.name in seen:
            found.append(_("“{route}”: there are two routes of this name; give one another.").format(route=route.name))
        if route.mailbox and route.mailbox not in scope.mailboxes:
            found.append(
                _("“{route}”: there is no mailbox “{mailbox}”.").format(route=route.name, mailbox=route.mailbox)
            )
        if route.subject_regex in bad:
            found.append(bad_pattern(route))
        seen.add(route.name)
    return found


def missing_targets(scope: Scope, routes: list[Route]) -> list[str]:
    """Sentences about routes whose target is gone: they may stay, but what they match waits as `target_missing`."""
    with scope.store.reading() as db:
        catalog = set(db.rows("SELECT customer, contract, service FROM catalog"))
    return [
        _("“{route}”: its target does not exist: {target}.").format(route=route.name, target=route.target)
        for route in routes
        if (route.target.customer, route.target.contract, route.target.service) not in catalog
    ]


def _must_see_all(scope: Scope) -> None:
    """A file replaces the whole set, so what its author can't see would be lost."""
    with scope.store.reading() as db:
        unseen = db.value("SELECT count(*) FROM mailbox WHERE NOT list_contains($mailboxes::VARCHAR[], name)",
                          mailboxes=list(scope.mailboxes))  # fmt: skip
    if unseen:
        raise NotAllowed(_("Importing replaces the routes of the whole desk."), _("Ask an administrator to do it."))


def route_named(scope: Scope, name: str) -> dict[str, Any]:
    """The newest version of the route of this name that the person sees, removed or not: id, version, removed,
    waits_for_approval, created_by, created_at, acknowledged_by, and the `route` itself. Raises NotFound."""
    with scope.store.reading() as db:
        found = db.records(NAMED, name=name.strip(), mailboxes=list(scope.mailboxes))
    if not found:
        raise NotFound(_("There is no route “{name}”.").format(name=name[:60]), _("`routes list` names them all."))
    record = found[0]
    kept = ("id", "version", "removed", "waits_for_approval", "created_by", "created_at", "acknowledged_by")
    return {name: record[name] for name in kept} | {"route": route_in(record)}
