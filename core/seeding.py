"""Filling the store from the configuration file: persons, teams, mailboxes, the catalog, and the first routes."""

from collections.abc import Iterable
from datetime import datetime

from core.configuration import Configuration
from core.route_versions import replace_routes
from core.routes import read_routes
from core.store import Connection, Store

SEEDED = "SELECT count(*) FROM seed WHERE digest = $digest"


def seed(store: Store, configuration: Configuration, now: datetime) -> None:
    """Bring the store's persons, teams, mailboxes and catalog in line with the file, if the file has changed.

    The routes file is imported only while the store has no routes: afterwards routes live in the store.
    """
    with store.reading() as db:
        if db.value(SEEDED, digest=configuration.digest):
            return
    store.change(lambda db: _fill(db, configuration, now))


def _fill(db: Connection, configuration: Configuration, now: datetime) -> None:
    people = [(person.email, person.name or person.email, person.role) for person in configuration.persons]
    members = [(team.name, email) for team in configuration.teams for email in team.members]
    mailboxes = [
        (each.name, each.address, each.address.split("@")[1], each.team, each.source, str(each.target_hours))
        for each in configuration.mailboxes
    ]
    services = [
        (customer.name, contract.name, service)
        for customer in configuration.customers
        for contract in customer.contracts
        for service in contract.services
    ]
    _replace(db, "person", ("email", "name", "role"), people)
    _replace(db, "team", ("name",), [(team.name,) for team in configuration.teams])
    _replace(db, "team_member", ("team", "email"), members)
    _replace(db, "mailbox", ("name", "address", "domain", "team", "source", "target_hours"), mailboxes)
    _replace(db, "catalog", ("customer", "contract", "service"), services)
    if configuration.routes and not db.value("SELECT count(*) FROM route"):
        replace_routes(db, read_routes(configuration.routes), "configuration", now)
    db.run("DELETE FROM seed WHERE digest NOT LIKE 'views:%'")
    db.run("INSERT INTO seed VALUES ($digest, $now)", digest=configuration.digest, now=now)


def _replace(db: Connection, table: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    db.temporary("seeding", dict.fromkeys(columns, "VARCHAR"), list(rows))
    db.run(f"DELETE FROM {table}")
    db.run(f"INSERT INTO {table} SELECT * FROM seeding")
