"""Changing what is set up: one transaction with its history, guarded, and never over what somebody else has changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.administration.following import follow
from core.administration.sections import SECTIONS, Row, written
from core.administration.words import told
from core.errors import ChangedMeanwhile, InvalidInput, NotAllowed
from core.intake import new_id
from core.language import _
from core.scope import OPERATOR, Scope
from core.store import Connection, sql

# Who settles something updates this row, so that two who remove each other at once can't both succeed.
TAKE_TURN = "UPDATE counter SET value = value + 1 WHERE name = 'administration'"
ADMINISTRATORS = "SELECT count(*) FROM person WHERE role = 'administrator' AND email LIKE $email"
WRITE_DOWN = """
INSERT INTO setting_change
SELECT id, $batch, $now, $actor, $action, $subject, section, name, before, after, $undoes FROM written_down
"""
LAST = "SELECT actor, changed_at FROM setting_change WHERE section = $section AND name = $name ORDER BY id DESC LIMIT 1"
STRANDED = """
SELECT name FROM mailbox
WHERE list_contains($gone::VARCHAR[], team) AND team NOT IN (SELECT name FROM team) ORDER BY name
"""
LOST = """
SELECT team, email FROM team_member
WHERE team NOT IN (SELECT name FROM team) OR email NOT IN (SELECT email FROM person) ORDER BY ALL LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A row before and after; None where there is none. Equal rows change nothing."""

    section: str
    before: Row | None
    after: Row | None

    @property
    def name(self) -> str:
        """What names the row, in words."""
        return SECTIONS[self.section].name_of(self.before or self.after or {})


@dataclass(frozen=True, slots=True)
class Settled:
    """What was changed together: `batch` reverts it; empty when there was nothing to change."""

    batch: str
    action: str
    subject: str

    def __str__(self) -> str:
        return told(self.action, self.subject) if self.batch else _("Nothing was changed.")


Plan = Callable[[Connection], Sequence[Change]]
"""What is to be changed, from a fresh look at the store."""


def settle(scope: Scope, action: str, subject: str, plan: Plan, undoes: str | None = None) -> Settled:
    """Carry out a plan and write it down.

    Raises NotAllowed for all but administrators, ChangedMeanwhile where a row is no longer as the plan has it before,
    InvalidInput for what would leave the desk without administrator or a mailbox without team.
    """
    must_be_administrator(scope)
    batch = new_id()

    def work(db: Connection) -> Settled:
        if scope.person.email != OPERATOR and not db.value(ADMINISTRATORS, email=scope.person.email):
            raise NotAllowed(_("You are no longer an administrator."), _("Ask another administrator."))
        db.run(TAKE_TURN)
        changes = [change for change in plan(db) if change.before != change.after]
        if not changes:
            return Settled("", action, subject)
        _carry_out(db, changes)
        follow(db, scope, [(c.section, c.before, c.after) for c in changes], batch)
        _write_down(db, scope, changes, batch=batch, action=action, subject=subject, undoes=undoes)
        return Settled(batch, action, subject)

    return scope.store.change(work)


def must_be_administrator(scope: Scope) -> None:
    """Raise NotAllowed for everybody else."""
    if scope.person.role != "administrator":
        raise NotAllowed(_("Only administrators may do this."), _("Ask an administrator of the desk."))


def _carry_out(db: Connection, changes: Sequence[Change]) -> None:
    administered = db.value(ADMINISTRATORS, email="%")
    for table, section in SECTIONS.items():
        for side in ("before", "after"):
            rows = [row for change in changes if change.section == table and (row := getattr(change, side))]
            laid_out = ("leaving_" if side == "before" else "coming_") + table
            db.temporary(laid_out, section.types, [[row[column] for column in section.columns] for row in rows])
    db.script(sql("settle"))
    amiss = db.one("SELECT section, name FROM amiss ORDER BY section, name")
    if amiss:
        raise _overtaken(db, *amiss)
    _hold_together(db, [str(c.before["name"]) for c in changes if c.section == "team" and c.before])
    if administered and not db.value(ADMINISTRATORS, email="%"):
        raise InvalidInput(_("The desk would be left without an administrator."),
                           _("Make somebody else administrator first."))  # fmt: skip


def _overtaken(db: Connection, section: str, name: str) -> ChangedMeanwhile:
    """Who was faster, as far as the history knows; what is not in it was changed by the configuration file."""
    look = _("Nothing was changed. Look at it again.")
    last = db.one(LAST, section=section, name=name)
    if last is None:
        return ChangedMeanwhile(_("“{name}” is no longer as you saw it.").format(name=name), look)
    return ChangedMeanwhile(_("“{name}” is no longer as you saw it: {actor} changed it at {time} UTC.").format(
        name=name, actor=last[0], time=f"{last[1]:%Y-%m-%d %H:%M}"), look)  # fmt: skip


def _hold_together(db: Connection, gone: list[str]) -> None:
    """No member without person or team, and no mailbox that loses its team."""
    stranded = [name for (name,) in db.rows(STRANDED, gone=gone)]
    if stranded:
        raise InvalidInput(_("These mailboxes would have no team: {mailboxes}.").format(mailboxes=", ".join(stranded)),
                           _("Give them to another team first."))  # fmt: skip
    lost = db.one(LOST)
    if lost:
        raise ChangedMeanwhile(
            _("{email} or the team “{team}” is not there any more.").format(email=lost[1], team=lost[0]),
            _("Nothing was changed. Look at it again."))  # fmt: skip


def _write_down(db: Connection, scope: Scope, changes: Sequence[Change], **about: Any) -> None:
    columns = {"id": "UUID", "section": "VARCHAR", "name": "VARCHAR", "before": "VARCHAR", "after": "VARCHAR"}
    db.temporary("written_down", columns, [(new_id(), c.section, c.name, written(c.before), written(c.after))
                                           for c in changes])  # fmt: skip
    db.run(WRITE_DOWN, now=scope.desk.now(), actor=scope.person.email, **about)
