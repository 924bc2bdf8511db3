"""straydesk.toml and the environment, read into one frozen Configuration, or a problem in sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from core.configuration_file import (
    CollectConfiguration,
    ConfigurationFile,
    DigestConfiguration,
    HandOverConfiguration,
    LimitsConfiguration,
    MailboxConfiguration,
    NotifyConfiguration,
    PersonConfiguration,
    SmtpConfiguration,
    TeamConfiguration,
)
from core.configuration_parts import CustomerConfiguration
from core.effect_configuration import same_folder
from core.errors import ConfigurationProblem
from core.language import _
from core.publish_configuration import PublishConfiguration
from core.retention_configuration import MaintainConfiguration, RetentionConfiguration
from core.settings import Settings, settings
from core.toml_files import read_toml, refusal

OWN = Path("straydesk.toml")
DEMO = Path("data/demo/straydesk.toml")


@dataclass(frozen=True)
class Configuration:
    """Who works at the desk, which mailboxes it collects, and by what limits; with the file it came from."""

    path: Path
    settings: Settings
    routes: Path | None
    persons: tuple[PersonConfiguration, ...]
    teams: tuple[TeamConfiguration, ...]
    mailboxes: tuple[MailboxConfiguration, ...]
    customers: tuple[CustomerConfiguration, ...]
    limits: LimitsConfiguration
    collect: CollectConfiguration
    smtp: SmtpConfiguration | None = None
    digests: DigestConfiguration | None = None
    hand_over: tuple[HandOverConfiguration, ...] = ()
    notify: tuple[NotifyConfiguration, ...] = ()
    retention: tuple[RetentionConfiguration, ...] = ()
    publish: PublishConfiguration | None = None
    maintain: MaintainConfiguration = field(default_factory=MaintainConfiguration)

    @property
    def base(self) -> Path:
        """The folder that relative paths of the file start from."""
        return self.path.parent

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that seeds the store; equal digests need no second seeding."""
        seeds = (self.persons, self.teams, self.mailboxes, self.customers)
        lines = [section.model_dump_json() for sections in seeds for section in sections]
        routes = self.routes.read_bytes() if self.routes else b""
        return sha256("\n".join(lines).encode() + b"\0" + routes).hexdigest()


def load(path: Path | None = None) -> Configuration:
    """The configuration in force. Raises ConfigurationProblem with one sentence for each thing that is wrong."""
    environment = settings()
    chosen = (path or environment.config or _default()).absolute()
    document = read_toml(
        chosen, ConfigurationFile, _("Correct STRAYDESK_CONFIG, or run `python -m core demo` to make the demo.")
    )
    routes = chosen.parent / document.routes if document.routes else None
    if problems := [*_clashes(document), *_loose_ends(document, routes), *_loose_duties(document), *_circles(document)]:
        raise refusal(chosen, problems)
    return Configuration(
        path=chosen,
        settings=environment,
        routes=routes,
        persons=document.person,
        teams=document.team,
        mailboxes=document.mailbox,
        customers=document.customer,
        limits=document.limits,
        collect=document.collect,
        smtp=document.smtp,
        digests=document.digest,
        hand_over=document.hand_over,
        notify=document.notify,
        retention=document.retention,
        publish=document.publish,
        maintain=document.maintain,
    )


def _default() -> Path:
    for candidate in (OWN, DEMO):
        if candidate.exists():
            return candidate
    raise ConfigurationProblem(
        _("There is no configuration: neither {own} nor the demo's {demo} is here.").format(own=OWN, demo=DEMO),
        _("Run `python -m core demo` to make the demo, or set STRAYDESK_CONFIG to your file."),
    )


def _clashes(document: ConfigurationFile) -> Iterator[str]:
    """Names that stand twice where each must be one thing."""
    yield from _twice("person", "email", (person.email for person in document.person))
    yield from _twice("team", "name", (team.name for team in document.team))
    yield from _twice("mailbox", "name", (mailbox.name for mailbox in document.mailbox))
    yield from _twice("customer", "name", (customer.name for customer in document.customer))
    told = (f"{rule.status}, {rule.mailbox}" if rule.mailbox else rule.status for rule in document.retention)
    yield from _twice("retention", "status, mailbox", told)
    for team in document.team:
        yield from _twice(f"team “{team.name}”", "members", team.members)
    for customer in document.customer:
        yield from _twice(f"customer “{customer.name}”", "contracts", (each.name for each in customer.contracts))
        for contract in customer.contracts:
            yield from _twice(f"customer “{customer.name}”, contract “{contract.name}”", "services", contract.services)


def _twice(section: str, key: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            yield _("{section}, {key}: “{name}” stands here twice; rename or remove one of them").format(
                section=section, key=key, name=name
            )
        seen.add(name.casefold())


def _loose_ends(document: ConfigurationFile, routes: Path | None) -> Iterator[str]:
    """Names of things that are not there: members, teams, the routes file."""
    persons = {person.email for person in document.person}
    teams = {team.name for team in document.team}
    for team in document.team:
        for member in team.members:
            if member not in persons:
                yield _("team “{team}”, members: there is no person {member}; add a [[person]] or correct it").format(
                    team=team.name, member=member
                )
    for mailbox in document.mailbox:
        if mailbox.team not in teams:
            yield _("mailbox “{mailbox}”, team: there is no team “{team}”; add a [[team]] or correct it").format(
                mailbox=mailbox.name, team=mailbox.team
            )
    if routes and not routes.is_file():
        yield _("routes: there is no file {path}; make it or take the line out").format(path=routes)


def _loose_duties(document: ConfigurationFile) -> Iterator[str]:
    """The same of who is to be told, and of what is to go."""
    teams = {team.name for team in document.team}
    mailboxes = {mailbox.name for mailbox in document.mailbox}
    for notify in document.notify:
        if (notify.team and notify.team not in teams) or (notify.mailbox and notify.mailbox not in mailboxes):
            yield _("notify: there is no “{name}”; correct the name of the team or mailbox").format(
                name=notify.team or notify.mailbox
            )
        if notify.email and document.smtp is None:
            yield _("notify, email: there is no [smtp] that it could be sent through; add one")
    if document.publish and document.publish.person not in {None, *(person.email for person in document.person)}:
        yield _("publish, person: there is no person {email}; add a [[person]] or correct it").format(
            email=document.publish.person
        )
    for rule in document.retention:
        if rule.mailbox and rule.mailbox not in mailboxes:
            yield _("retention, mailbox: there is no mailbox “{mailbox}”; correct its name").format(
                mailbox=rule.mailbox
            )


def _circles(document: ConfigurationFile) -> Iterator[str]:
    """Folders that mail is moved to after collecting, and that would be collected themselves."""
    for mailbox in document.mailbox:
        moves, at = mailbox.effect and mailbox.effect.kind == "move", mailbox.source_address
        for other in document.mailbox if moves else ():
            there = other.source_address
            same_user = (at.host, at.port, at.user) == (there.host, there.port, there.user)
            if same_user and any(same_folder(mailbox.move_to, each) for each in other.folders or (there.folder,)):
                yield _(
                    "mailbox “{mailbox}”, move_to: “{folder}” is collected itself; name a folder that is not"
                ).format(mailbox=mailbox.name, folder=mailbox.move_to)
