"""Teams, who is in them, and which mailboxes they see."""

from collections.abc import Iterable

import pandas as pd

from core.administration import words
from core.administration.sections import Row
from core.administration.settling import Change, Settled, must_be_administrator, settle
from core.errors import InvalidInput, NotFound
from core.language import _
from core.scope import Scope
from core.store import Connection

TEAMS = """
SELECT t.name, t.origin,
       (SELECT coalesce(list(m.email ORDER BY m.email), []) FROM team_member AS m WHERE m.team = t.name) AS members,
       (SELECT coalesce(list(b.name ORDER BY b.name), []) FROM mailbox AS b WHERE b.team = t.name) AS mailboxes
FROM team AS t ORDER BY lower(t.name)
"""
MAILBOXES = """
SELECT name, address, team, target_hours, team IN (SELECT name FROM team) AS has_team, origin
FROM mailbox ORDER BY lower(name)
"""


def teams(scope: Scope) -> pd.DataFrame:
    """A row each team: name, origin, members (addresses), mailboxes (names). Raises NotAllowed."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return db.frame(TEAMS)


def mailboxes(scope: Scope) -> pd.DataFrame:
    """A row each mailbox: name, address, team, target_hours, has_team (its team exists), origin. Raises NotAllowed."""
    must_be_administrator(scope)
    with scope.store.reading() as db:
        return db.frame(MAILBOXES)


def add(scope: Scope, name: str) -> Settled:
    """Make a team. Raises InvalidInput for a name that is taken."""

    def plan(db: Connection) -> list[Change]:
        return [Change("team", None, {"name": words.named(name, _names(db))})]

    return settle(scope, "team_add", words.named(name), plan)


def rename(scope: Scope, seen: str, name: str) -> Settled:
    """Give a team another name; its members and mailboxes go along."""

    def plan(db: Connection) -> list[Change]:
        new = words.named(name, [other for other in _names(db) if other != seen])
        members = db.rows("SELECT email FROM team_member WHERE team = $team ORDER BY email", team=seen)
        return [Change("team", {"name": seen}, {"name": new}),
                *(Change("team_member", _member(seen, email), _member(new, email))
                  for (email,) in members),
                *_moved(db, seen, new)]  # fmt: skip

    return settle(scope, "team_rename", f"{seen} → {words.named(name)}", plan)


def remove(scope: Scope, seen: str) -> Settled:
    """End a team. Raises InvalidInput while it has mailboxes: nobody but administrators would see their mail."""

    def plan(db: Connection) -> list[Change]:
        members = db.rows("SELECT email FROM team_member WHERE team = $team ORDER BY email", team=seen)
        return [Change("team", {"name": seen}, None),
                *(Change("team_member", _member(seen, email), None) for (email,) in members)]  # fmt: skip

    return settle(scope, "team_remove", seen, plan)


def set_members(scope: Scope, team: str, seen: Iterable[str], wanted: Iterable[str]) -> Settled:
    """Who is in a team: `seen` were shown as its members, `wanted` shall be. Raises ChangedMeanwhile."""
    old, new = set(seen), set(wanted)
    changes = [Change("team_member", _member(team, email), None) for email in sorted(old - new)]
    changes += [Change("team_member", None, _member(team, email)) for email in sorted(new - old)]
    return settle(scope, "team_members", team, lambda db: changes)


def change_mailbox(scope: Scope, mailbox: str, seen: tuple[str, float], wanted: tuple[str, float]) -> Settled:
    """Give a mailbox to another team, or another target (hours within which a person decides what waits there)."""
    if not 0 < wanted[1] < 10_000:
        raise InvalidInput(_("The target is a number of hours above 0."))

    def plan(db: Connection) -> list[Change]:
        if wanted[0] not in _names(db):
            raise NotFound(_("There is no team “{team}”.").format(team=wanted[0]), _("Nothing was changed."))
        return [Change("mailbox", _mailbox(mailbox, *seen), _mailbox(mailbox, *wanted))]

    return settle(scope, "mailbox_change", mailbox, plan)


def _names(db: Connection) -> list[str]:
    return [name for (name,) in db.rows("SELECT name FROM team")]


def _moved(db: Connection, old: str, new: str) -> list[Change]:
    """The mailboxes of a team, given to another."""
    rows = db.rows("SELECT name, target_hours FROM mailbox WHERE team = $team ORDER BY name", team=old)
    return [Change("mailbox", _mailbox(name, old, hours), _mailbox(name, new, hours)) for name, hours in rows]


def _mailbox(name: str, team: str, target_hours: float) -> Row:
    return {"name": name, "team": team, "target_hours": target_hours}


def _member(team: str, email: str) -> Row:
    return {"team": team, "email": email}
