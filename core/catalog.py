"""Customers with their contracts and services: what a work item can be for."""

from core.scope import Scope


def catalog(scope: Scope) -> dict[str, dict[str, list[str]]]:
    """Customer → contract → services, each in alphabetical order; the same for everybody at the desk."""
    with scope.store.reading() as db:
        rows = db.rows("SELECT customer, contract, service FROM catalog ORDER BY ALL")
    tree: dict[str, dict[str, list[str]]] = {}
    for customer, contract, service in rows:
        tree.setdefault(customer, {}).setdefault(contract, []).append(service)
    return tree
