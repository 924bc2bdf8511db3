"""Who acts, on which desk, and what they may see. Every read and every change in core goes through a Scope."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from core import clock
from core.clock import Clock
from core.configuration import Configuration, load
from core.errors import InvalidInput, NotAllowed
from core.language import _
from core.seeding import seed
from core.store import Store, open_store

OPERATOR = "operator"  # whoever is at the machine itself, on the command line

PERSON = "SELECT email, name, role FROM person WHERE email = $email"
MAILBOXES = """
SELECT DISTINCT mailbox.name FROM mailbox
WHERE $everything OR team IN (SELECT team FROM team_member WHERE email = $email)
ORDER BY mailbox.name
"""


@dataclass(frozen=True)
class Person:
    """Somebody who works at the desk; `role` is agent, lead, analyst or administrator."""

    email: str
    name: str
    role: str


@dataclass(frozen=True)
class Scope:
    """A person acting on a desk: what is outside `mailboxes` does not exist for them."""

    desk: "Desk"
    person: Person
    mailboxes: tuple[str, ...]

    @property
    def store(self) -> Store:
        """The desk's store."""
        return self.desk.store

    @property
    def reads_bodies(self) -> bool:
        """Analysts count and compare mail; they don't read it."""
        return self.person.role != "analyst"

    @property
    def administers(self) -> bool:
        """Whether the person sets up routes, teams and the rest."""
        return self.person.role in ("administrator", "lead")

    def must_act(self) -> None:
        """Raise NotAllowed for those who only look."""
        if self.person.role == "analyst":
            raise NotAllowed(_("Analysts look at mail but don't act on it."), _("Ask an agent of the team."))

    def must_read_bodies(self) -> None:
        """Raise NotAllowed for those who may not read what mail says."""
        if not self.reads_bodies:
            raise NotAllowed(_("Analysts don't see the text of mail."), _("Ask an agent of the team."))

    def must_administer(self) -> None:
        """Raise NotAllowed for those who may not change how the desk works."""
        if not self.administers:
            raise NotAllowed(_("Only leads and administrators may do this."), _("Ask your lead."))

    def within(self, names: Iterable[str]) -> list[str]:
        """Those of the mailboxes named that the person may see; all they may see if none is named."""
        asked = set(names)
        return [name for name in self.mailboxes if not asked or name in asked]


@dataclass(frozen=True)
class Desk:
    """A configuration and its store: what the dashboard, the command line and notebooks open first."""

    configuration: Configuration
    store: Store
    now: Clock = field(default=clock.now)
    today: Store | None = None  # of a desk as it was: the store of today, which says who may see what

    @property
    def rights(self) -> Store:
        """Where it says who works here and sees which mailboxes: that of today, whichever moment is looked at."""
        return self.today or self.store

    def at(self, moment: datetime) -> "Desk":
        """The desk as it was at a moment (UTC), only to be read: its clock stands there. Who asks sees what they may
        see today. Raises InvalidInput for a time to come, StoreProblem for a file and before the oldest snapshot."""
        if moment > self.now():
            raise InvalidInput(_("{moment:%Y-%m-%d %H:%M} UTC is yet to come.").format(moment=moment),
                               _("Name a moment that is past."))  # fmt: skip
        return replace(self, store=self.rights.at(moment), now=lambda: moment, today=self.rights)

    def acting(self, email: str) -> Scope:
        """The scope of a person. Raises NotAllowed for somebody who is not listed."""
        address = email.strip().lower()
        with self.rights.reading() as db:
            row = db.one(PERSON, email=address)
            if row is None:
                raise NotAllowed(_("{email} does not work at this desk.").format(email=address or "?"),
                                 _("An administrator can add a [[person]] to the configuration."))  # fmt: skip
            person = Person(*row)
            names = db.rows(MAILBOXES, email=person.email, everything=person.role == "administrator")
        return Scope(self, person, tuple(name for (name,) in names))

    def operator(self) -> Scope:
        """The scope of whoever is at the machine itself: an administrator."""
        with self.rights.reading() as db:
            names = db.rows(MAILBOXES, email="", everything=True)
        return Scope(self, Person(OPERATOR, OPERATOR, "administrator"), tuple(name for (name,) in names))

    def persons(self) -> list[Person]:
        """Everybody who works at the desk, by name."""
        with self.store.reading() as db:
            return [Person(*row) for row in db.rows("SELECT email, name, role FROM person ORDER BY name, email")]


def open_desk(path: Path | None = None, now: Clock = clock.now, at: datetime | None = None) -> Desk:
    """The desk of a configuration file (STRAYDESK_CONFIG, ./straydesk.toml or the demo's by default).

    `at`: as it was at that moment (UTC), only to be read; on a shared store (see Desk.at).

    The store is filled from the configuration where that has changed. Raises ConfigurationProblem, StoreProblem.
    """
    configuration = load(path)
    store = open_store(configuration.settings.store)
    seed(store, configuration, now())
    desk = Desk(configuration, store, now)
    return desk.at(at) if at else desk
