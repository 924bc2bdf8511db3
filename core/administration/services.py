"""What work items can be for: customers, their contracts, and the services of those.

A path names one of the three: `("Acme",)`, `("Acme", "P2P")` or `("Acme", "P2P", "Invoices")`.
"""

import pandas as pd

from core.administration import words
from core.administration.sections import SECTIONS, Row
from core.administration.settling import Change, Settled, must_be_administrator, settle
from core.errors import ChangedMeanwhile, InvalidInput
from core.language import _
from core.scope import Scope
from core.store import Connection

Path = tuple[str, ...]
LEVELS = SECTIONS["catalog"].columns

SERVICES = """
SELECT c.customer, c.contract, c.service, count(DISTINCT r.id) AS routes, c.origin
FROM catalog AS c
LEFT JOIN (SELECT * FROM route_newest WHERE NOT removed) AS r
  ON r.target_customer = c.customer AND r.target_contract = c.contract AND r.target_service = c.service
GROUP BY ALL ORDER BY c.customer, c.contract, c.service
"""
ROUTES = """
SELECT name FROM route_newest
WHERE NOT removed AND target_customer = $customer AND target_contract = coalesce($contract, target_contract)
  AND target_service = coalesce($service, target_service) ORDER BY position, name
"""
BELOW = """
SELECT customer, contract, service FROM catalog
WHERE customer = $customer AND contract = coalesce($contract, contract) AND service = coalesce($service, service)
ORDER BY ALL
"""


def services(scope: Scope) -> pd.DataFrame:
    """A row each service: customer, contract, service, routes (how many target it), origin. Raises NotAllowed."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return db.frame(SERVICES)


def routes_to(scope: Scope, path: Path) -> list[str]:
    """The routes, active or not, that target this or something below it; by name, in their order."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return [name for (name,) in db.rows(ROUTES, **_named(path))]


def add(scope: Scope, customer: str, contract: str, service: str) -> Settled:
    """Add a service, with its customer and contract where they are new. Raises InvalidInput for one that is there."""

    def plan(db: Connection) -> list[Change]:
        path: Path = ()
        for text in (customer, contract):
            path = (*path, _known(db, path, text))
        return [Change("catalog", None, _row((*path, words.named(service, _beside(db, path)))))]

    subject = " · ".join(words.named(text) for text in (customer, contract, service))
    return settle(scope, "service_add", subject, plan)


def rename(scope: Scope, seen: Path, name: str) -> Settled:
    """Give a customer, contract or service another name. Routes that target it and work items go along."""

    def plan(db: Connection) -> list[Change]:
        others = [each for each in _beside(db, seen[:-1]) if each != seen[-1]]
        new: Row = {LEVELS[len(seen) - 1]: words.named(name, others)}
        return [Change("catalog", row, row | new) for row in _below(db, seen)]

    return settle(scope, "service_rename", f"{' · '.join(seen)} → {words.named(name)}", plan)


def remove(scope: Scope, seen: Path, *, though_targeted: bool = False) -> Settled:
    """Remove a customer, contract or service with all below it.

    Routes that target it would open nothing: InvalidInput names them, unless they may be left so (`though_targeted`).
    """

    def plan(db: Connection) -> list[Change]:
        routes = [name for (name,) in db.rows(ROUTES, **_named(seen))]
        if routes and not though_targeted:
            raise InvalidInput(_("Routes still target it: {routes}.").format(routes=", ".join(routes)),
                               _("What they match would wait, with the cause “target missing”."))  # fmt: skip
        return [Change("catalog", row, None) for row in _below(db, seen)]

    return settle(scope, "service_remove", " · ".join(seen), plan)


def _below(db: Connection, path: Path) -> list[Row]:
    rows = [_row(row) for row in db.rows(BELOW, **_named(path))]
    if not rows:
        raise ChangedMeanwhile(_("“{name}” is not there any more.").format(name=" · ".join(path)),
                               _("Nothing was changed. Look at it again."))  # fmt: skip
    return rows


def _beside(db: Connection, path: Path) -> list[str]:
    """The names one level below a path; of the customers for the empty one."""
    rows = db.rows(BELOW, **_named(path)) if path else db.rows("SELECT customer, contract, service FROM catalog")
    return sorted({row[len(path)] for row in rows})


def _known(db: Connection, path: Path, text: str) -> str:
    """The name as it is written there already, or a new one."""
    name = words.named(text)
    return next((each for each in _beside(db, path) if each.casefold() == name.casefold()), name)


def _named(path: Path) -> dict[str, str | None]:
    return dict(zip(LEVELS, (*path, None, None), strict=False))


def _row(path: Path) -> Row:
    return dict(zip(LEVELS, path, strict=True))
