"""The format of straydesk.toml, section by section. What a single section can't know is checked in configuration."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, ByteSize, Field, StringConstraints, model_validator

from core.configuration_parts import Address, CustomerConfiguration, Name, OAuth2Configuration, Section, Source
from core.effect_configuration import AfterCollecting, refuse_impossible
from core.language import _
from core.parsing.bounds import Bounds
from core.parsing.model import Limits
from core.publish_configuration import PublishConfiguration
from core.retention_configuration import MaintainConfiguration, RetentionConfiguration
from core.source_address import FILES, SourceAddress, read_source_address

Role = Literal["agent", "lead", "analyst", "administrator"]
USUAL = Limits()
BOUNDS = Bounds()


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(_("“{text}” is no time zone; write it like Europe/Madrid").format(text=text))
    return text


Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


class PersonConfiguration(Section):
    """`[[person]]`: somebody who works at the desk."""

    email: Address
    name: str = ""
    role: Role = "agent"


class TeamConfiguration(Section):
    """`[[team]]`: the persons who see the mailboxes of the team."""

    name: Name
    members: tuple[Address, ...] = ()


class MailboxConfiguration(AfterCollecting, Section):
    """`[[mailbox]]`: a shared mailbox, where its mail is read, and what happens to mail on the server afterwards."""

    name: Name
    address: Address
    team: Name
    source: Source
    password_env: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    verify_tls: bool = True
    folders: tuple[Name, ...] = ()  # in place of that of the source; with a * at the end those below
    oauth2: OAuth2Configuration | None = None
    target_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 24  # within which a person decides what waits

    @cached_property
    def source_address(self) -> SourceAddress:
        """The source taken apart: scheme, user, host, port and folder, or path."""
        return read_source_address(self.source)

    @model_validator(mode="after")
    def _fits_its_source(self) -> Self:
        if (self.folders or self.oauth2) and self.source_address.scheme in FILES:
            raise ValueError(_("folders and oauth2 are for imaps:// and imap:// only"))
        if self.oauth2 and (self.password_env or self.password_file):
            raise ValueError(_("a mailbox signs in with a password or with oauth2; write one of them"))
        refuse_impossible(self.effect, self.source_address)
        return self


class LimitsConfiguration(Section):
    """`[limits]`: mail beyond these still gets its row, but is not taken apart. Sizes in bytes, or as “25 MiB”.

    `parse_memory` is of the process that parses, `parse_seconds` of one mail.
    """

    size: Annotated[ByteSize, Field(ge=1)] = ByteSize(USUAL.size)
    depth: Annotated[int, Field(ge=1)] = USUAL.depth
    parts: Annotated[int, Field(ge=1)] = USUAL.parts
    header_bytes: Annotated[ByteSize, Field(ge=1)] = ByteSize(USUAL.header_bytes)
    parse_memory: Annotated[ByteSize, Field(ge=2**26)] = ByteSize(BOUNDS.memory)  # below 64 MiB nothing would start
    parse_seconds: Annotated[float, Field(gt=0, le=3600)] = BOUNDS.seconds

    @property
    def of_mail(self) -> Limits:
        """How much of a mail is read."""
        return Limits(self.size, self.depth, self.parts, self.header_bytes)

    @property
    def of_parser(self) -> Bounds:
        """What reading it may cost."""
        return Bounds(self.parse_memory, self.parse_seconds)


class CollectConfiguration(Section):
    """`[collect]`: how often `collect --watch` looks for mail, with IDLE and without, how many connections it keeps
    open, how long it waits for a silent server, and how long a collector that is not heard of keeps its mailboxes."""

    every_seconds: Annotated[float, Field(gt=0)] = 60
    sweep_seconds: Annotated[float, Field(gt=0)] = 300
    timeout_seconds: Annotated[float, Field(gt=0)] = 30
    connections: Annotated[int, Field(ge=1)] = 10
    lease_seconds: Annotated[float, Field(ge=1)] = 120


class SmtpConfiguration(Section):
    """`[smtp]`: the server that digests and e-mails to other systems are sent through."""

    host: Name
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address
    user: str = ""
    password_env: str = ""


class HandOverConfiguration(Section):
    """`[[hand_over]]`: a system that work items are passed on to, by signed webhook (`url`) or by e-mail (`email`)."""

    name: Name
    url: Url | None = None
    email: Address | None = None
    secret_env: str = ""
    automatic: bool = False  # every work item at once; else a person passes one on

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if (self.url is None) == (self.email is None):
            raise ValueError(_("a hand-over needs either url or email; write one of them"))
        if self.url and not self.secret_env:
            raise ValueError(_("a webhook is signed; name the variable with the secret in secret_env"))
        return self


class NotifyConfiguration(Section):
    """`[[notify]]`: who is told of mailboxes that are not well, of a team, of one, or of all; by mail or webhook."""

    team: Name | None = None
    mailbox: Name | None = None
    email: Address | None = None
    url: Url | None = None
    secret_env: str = ""
    after_minutes: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 10  # shorter troubles tell nobody
    language: Literal["en", "es"] = "en"

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if (self.url is None) == (self.email is None):
            raise ValueError(_("who is to be told needs either url or email; write one of them"))
        if self.url and not self.secret_env:
            raise ValueError(_("a webhook is signed; name the variable with the secret in secret_env"))
        if self.team and self.mailbox:
            raise ValueError(_("name a team or a mailbox, not both; without either it is about all mailboxes"))
        return self


class DigestConfiguration(Section):
    """`[digest]`: each team's mail about what waits, at a local time of day on working days; links open `url`."""

    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "07:30"
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    language: Literal["en", "es"] = "en"
    url: Url


class ConfigurationFile(Section):
    """The whole of straydesk.toml, with its keys as they are written there."""

    routes: Path | None = None
    person: tuple[PersonConfiguration, ...] = ()
    team: tuple[TeamConfiguration, ...] = ()
    mailbox: tuple[MailboxConfiguration, ...] = ()
    customer: tuple[CustomerConfiguration, ...] = ()
    limits: LimitsConfiguration = LimitsConfiguration()
    collect: CollectConfiguration = CollectConfiguration()
    smtp: SmtpConfiguration | None = None
    digest: DigestConfiguration | None = None
    publish: PublishConfiguration | None = None
    hand_over: tuple[HandOverConfiguration, ...] = ()
    notify: tuple[NotifyConfiguration, ...] = ()
    retention: tuple[RetentionConfiguration, ...] = ()
    maintain: MaintainConfiguration = MaintainConfiguration()
