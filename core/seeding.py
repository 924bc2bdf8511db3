"""Filling the store from the configuration file: persons, teams, mailboxes, the catalog, and the first routes.

What people changed in the administration stays as they left it, whatever the file says; the file speaks for the rest.
"""

from collections.abc import Iterator
from datetime import datetime

from core.administration.sections import CONFIGURATION, SECTIONS, Row, renamed_by_people, settled_by_people, written
from core.configuration import Configuration
from core.intake import new_id
from core.route_versions import replace_routes
from core.routes import read_routes
from core.store import Connection, Store, sql

SEEDED = "SELECT count(*) FROM seed WHERE digest = $digest"
WRITE_DOWN = """
INSERT INTO setting_change
VALUES (uuidv7(), $batch, $now, $actor, 'person_remove', $name, 'person', $email, $before, NULL, NULL)
"""
MAILBOX = dict.fromkeys(("name", "address", "domain", "team", "source"), "VARCHAR") | {"target_hours": "DOUBLE"}


def seed(store: Store, configuration: Configuration, now: datetime) -> None:
    """Bring the store's persons, teams, mailboxes and catalog in line with the file, if the file has changed.

    The routes file is imported only while the store has no routes: afterwards routes live in the store.
    """
    with store.reading() as db:
        if db.value(SEEDED, digest=configuration.digest):
            return
    store.change(lambda db: _fill(db, configuration, now))


def _fill(db: Connection, configuration: Configuration, now: datetime) -> None:
    teams = _Teams(db, configuration)
    _lay_out(db, "person", ({"email": each.email, "name": each.name or each.email, "role": each.role}
                            for each in configuration.persons))  # fmt: skip
    _lay_out(db, "team", ({"name": team.name} for team in configuration.teams))
    _lay_out(db, "team_member", ({"team": teams.today(team.name), "email": email}
                                 for team in configuration.teams for email in team.members))  # fmt: skip
    _lay_out(db, "catalog", _services(configuration))
    db.temporary("seed_mailbox", MAILBOX, [
        (each.name, each.address, each.address.split("@")[1], teams.today(each.team), each.source, each.target_hours)
        for each in configuration.mailboxes])  # fmt: skip
    db.script(sql("seed"))
    _write_down_forgotten(db, now)
    if configuration.routes and not db.value("SELECT count(*) FROM route"):
        replace_routes(db, read_routes(configuration.routes), CONFIGURATION, now)
    db.run("DELETE FROM seed WHERE digest NOT LIKE 'views:%'")
    db.run("INSERT INTO seed VALUES ($digest, $now)", digest=configuration.digest, now=now)


class _Teams:
    """The file's teams, under the names people have given them since."""

    def __init__(self, db: Connection, configuration: Configuration) -> None:
        section = SECTIONS["team"]
        self.renamed = renamed_by_people(db, section)
        settled = settled_by_people(db, section)
        self.there = {each.name for each in configuration.teams if (each.name,) not in settled}
        self.there |= {name for (name,) in db.rows("SELECT name FROM team WHERE origin = 'administration'")}

    def today(self, name: str) -> str:
        """What the file's team is called now; its own name where there is such a team."""
        return name if name in self.there else str(self.renamed.get((name,), (name,))[0])


def _services(configuration: Configuration) -> Iterator[Row]:
    for customer in configuration.customers:
        for contract in customer.contracts:
            for service in contract.services:
                yield {"customer": customer.name, "contract": contract.name, "service": service}


def _lay_out(db: Connection, table: str, rows: Iterator[Row]) -> None:
    """The file's rows of a section, without what people have settled."""
    section = SECTIONS[table]
    settled = settled_by_people(db, section)
    kept = {section.key_of(row): tuple(row[column] for column in section.columns) for row in rows}
    db.temporary(f"seed_{table}", section.types, [row for key, row in kept.items() if key not in settled])


def _write_down_forgotten(db: Connection, now: datetime) -> None:
    """Persons that the file no longer names, so that histories keep their names."""
    batch = new_id()
    for email, name, role in db.rows("SELECT email, name, role FROM forgotten ORDER BY email"):
        before = written({"email": email, "name": name, "role": role})
        db.run(WRITE_DOWN, batch=batch, now=now, actor=CONFIGURATION, name=name, email=email, before=before)
