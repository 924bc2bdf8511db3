"""The format of straydesk.toml, section by section. What a single section can't know is checked in configuration."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ByteSize, ConfigDict, Field, StringConstraints, model_validator

from core.errors import InvalidInput
from core.language import _
from core.parsing.addresses import valid_address
from core.parsing.model import Limits
from core.source_address import SourceAddress, read_source_address

Role = Literal["agent", "lead", "analyst", "administrator"]
USUAL = Limits()


def _address(text: str) -> str:
    """An e-mail address as parsing writes it, so that the two can be compared."""
    valid = valid_address(text.strip())
    if not valid:
        raise ValueError(_("“{text}” is no e-mail address; write it like ana@desk.example").format(text=text))
    return valid[0]


def _source(text: str) -> str:
    # Never repeats the text: it may hold a password, and what is said here lands in logs.
    try:
        read_source_address(text)
    except InvalidInput as error:
        raise ValueError(str(error)) from error
    return text.strip()


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(_("“{text}” is no time zone; write it like Europe/Madrid").format(text=text))
    return text


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Address = Annotated[str, AfterValidator(_address)]
Source = Annotated[str, AfterValidator(_source)]


class Section(BaseModel):
    """What all sections have in common: nothing unknown is accepted, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PersonConfiguration(Section):
    """`[[person]]`: somebody who works at the desk."""

    email: Address
    name: str = ""
    role: Role = "agent"


class TeamConfiguration(Section):
    """`[[team]]`: the persons who see the mailboxes of the team."""

    name: Name
    members: tuple[Address, ...] = ()


class MailboxConfiguration(Section):
    """`[[mailbox]]`: a shared mailbox, where its mail is read, and what happens to mail on the server afterwards."""

    name: Name
    address: Address
    team: Name
    source: Source
    password_env: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    verify_tls: bool = True
    target_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 24  # within which a person decides what waits

    @cached_property
    def source_address(self) -> SourceAddress:
        """The source taken apart: scheme, user, host, port and folder, or path."""
        return read_source_address(self.source)


class ContractConfiguration(Section):
    """A contract of a customer, with the services it covers."""

    name: Name
    services: tuple[Name, ...] = ()


class CustomerConfiguration(Section):
    """`[[customer]]`: who work items are opened for."""

    name: Name
    contracts: tuple[ContractConfiguration, ...] = ()


class LimitsConfiguration(Section):
    """`[limits]`: mail beyond these still gets its row, but is not taken apart. Sizes in bytes, or as “25 MiB”."""

    size: Annotated[ByteSize, Field(ge=1)] = ByteSize(USUAL.size)
    depth: Annotated[int, Field(ge=1)] = USUAL.depth
    parts: Annotated[int, Field(ge=1)] = USUAL.parts
    header_bytes: Annotated[ByteSize, Field(ge=1)] = ByteSize(USUAL.header_bytes)


class CollectConfiguration(Section):
    """`[collect]`: how often `collect --watch` looks for mail, and how long it waits for a silent server."""

    every_seconds: Annotated[float, Field(gt=0)] = 60
    timeout_seconds: Annotated[float, Field(gt=0)] = 30


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
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")] | None = None
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


class DigestConfiguration(Section):
    """`[digest]`: each team's mail about what waits, at a local time of day on working days; links open `url`."""

    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "07:30"
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    language: Literal["en", "es"] = "en"
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


Days = Annotated[int, Field(ge=1, le=36500)]


class RetentionConfiguration(Section):
    """`[[retention]]`: after how many days what of a message goes; a mailbox's own rule replaces the general."""

    status: str
    mailbox: Name | None = None
    raw_days: Days | None = None
    body_days: Days | None = None
    row_days: Days | None = None

    @model_validator(mode="after")
    def _removes_what_is_done(self) -> Self:
        if self.status == "unprocessed":
            raise ValueError(_("what still waits is never removed; only “deleted” and “processed” mail can be"))
        if self.status not in ("deleted", "processed"):
            raise ValueError(_("there is no such status; write “deleted” or “processed”"))
        parts = [days for days in (self.raw_days, self.body_days) if days]
        if not parts and not self.row_days:
            raise ValueError(_("a retention needs at least one of raw_days, body_days and row_days"))
        if self.row_days and parts and max(parts) > self.row_days:
            raise ValueError(_("row_days must not be less than raw_days and body_days: bytes and text go with the row"))
        return self


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
    hand_over: tuple[HandOverConfiguration, ...] = ()
    retention: tuple[RetentionConfiguration, ...] = ()
