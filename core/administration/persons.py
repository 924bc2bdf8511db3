"""Who works at the desk, and as what."""

import pandas as pd

from core.administration import words
from core.administration.sections import Row
from core.administration.settling import Change, Settled, must_be_administrator, settle
from core.errors import InvalidInput
from core.language import _
from core.scope import Person, Scope
from core.store import Connection

PERSONS = """
SELECT p.email, p.name, p.role, p.origin,
       (SELECT coalesce(list(t.team ORDER BY t.team), []) FROM team_member AS t WHERE t.email = p.email) AS teams
FROM person AS p ORDER BY lower(p.name), p.email
"""


def persons(scope: Scope) -> pd.DataFrame:
    """A row each person: email, name, role, teams (list of names), origin. Raises NotAllowed."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return db.frame(PERSONS)


def add(scope: Scope, email: str, name: str, role: str) -> Settled:
    """Give somebody a place at the desk. Raises InvalidInput for what is no address or has a place already."""
    person = _row(words.address(email), words.named(name or email), words.role(role))

    def plan(db: Connection) -> list[Change]:
        if db.value("SELECT count(*) FROM person WHERE email = $email", email=person["email"]):
            raise InvalidInput(_("{email} works here already.").format(email=person["email"]))
        return [Change("person", None, person)]

    return settle(scope, "person_add", str(person["name"]), plan)


def change(scope: Scope, seen: Person, name: str, role: str) -> Settled:
    """Give a person another name or role; `seen` is what the screen showed of them. Raises ChangedMeanwhile."""
    before = _row(seen.email, seen.name, seen.role)
    after = _row(seen.email, words.named(name), words.role(role))
    return settle(scope, "person_change", str(after["name"]), lambda db: [Change("person", before, after)])


def remove(scope: Scope, seen: Person) -> Settled:
    """End a person's place: they leave their teams, and what they had claimed is free. History keeps their name."""

    def plan(db: Connection) -> list[Change]:
        teams = db.rows("SELECT team FROM team_member WHERE email = $email ORDER BY team", email=seen.email)
        return [Change("person", _row(seen.email, seen.name, seen.role), None),
                *(Change("team_member", {"team": team, "email": seen.email}, None) for (team,) in teams)]  # fmt: skip

    return settle(scope, "person_remove", seen.name, plan)


def _row(email: str, name: str, role: str) -> Row:
    return {"email": email, "name": name, "role": role}
