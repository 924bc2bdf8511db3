"""The route set of a desk: imported, exported, checked, shown."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from core.errors import InvalidInput, NotAllowed, StraydeskError
from core.language import _
from core.route_versions import bad_pattern, replace_routes
from core.routes import Route, Target, read_routes, written
from core.scope import Scope

NEWEST = """
SELECT * REPLACE (id::VARCHAR AS id) FROM route_newest
WHERE NOT removed AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox)) ORDER BY position, name
"""


def import_routes(scope: Scope, path: Path) -> dict[str, int]:
    """Make a file the route set: answers how many routes were `changed` (or added), `removed` and `unchanged`.

    Raises NotAllowed, ConfigurationProblem (the file can't be read) and InvalidInput (it can't work here).
    """
    scope.must_administer()
    _must_see_all(scope)
    routes = read_routes(path)
    if grave := problems(scope, routes):
        raise InvalidInput("\n".join(grave), _("Nothing was imported."))
    return scope.store.change(lambda db: replace_routes(db, routes, scope.person.email, scope.desk.now()))


def export_routes(scope: Scope) -> str:
    """The route set as TOML, in order; without the routes of mailboxes that the person does not see."""
    with scope.store.reading() as db:
        return written(_route(record) for record in db.records(NEWEST, mailboxes=list(scope.mailboxes)))


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
        return db.frame(NEWEST, mailboxes=list(scope.mailboxes))


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


def _route(record: dict[str, Any]) -> Route:
    target = Target.model_validate({name: record[f"target_{name}"] for name in Target.model_fields})
    return Route.model_validate({name: record[name] for name in Route.model_fields if name != "target"}
                                | {"target": target})  # fmt: skip
