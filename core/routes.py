"""A route as it is written down: the TOML of DESIGN §4, read and written."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
    model_validator,
)

from core.errors import InvalidInput
from core.language import _
from core.toml_files import read_toml, reasons


def _pattern(text: str) -> str:
    """An address, `*@domain` or `*`, lower case."""
    pattern = text.strip().lower()
    local, at, domain = pattern.rpartition("@")
    if pattern != "*" and (not at or not local or not domain or "*" in domain or " " in pattern):
        raise ValueError(_("“{text}” is neither an address nor *@domain").format(text=text))
    if "*" in local and local != "*":
        raise ValueError(_("“{text}”: a star can only stand for everything before the @").format(text=text))
    return pattern


def _sender(text: str) -> str:
    if text.strip() == "*":
        raise ValueError(_("“*” as sender means any sender; leave the condition out"))
    return _pattern(text)


def _several(value: Any) -> Any:
    """A single word where a list of words could stand."""
    return [value] if isinstance(value, str) else value


def _word(text: str) -> str:
    if not text.strip():
        raise ValueError(_("an empty word is in every text; leave it out"))
    return text.lower()


Pattern = Annotated[str, AfterValidator(_pattern)]
Senders = Annotated[list[Annotated[str, AfterValidator(_sender)]], BeforeValidator(_several)]
Words = Annotated[list[Annotated[str, AfterValidator(_word)]], BeforeValidator(_several)]


class Target(BaseModel):
    """What a route opens, or a person: a ticket or case for a service of a customer's contract."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    kind: Literal["ticket", "case"] = "ticket"
    customer: str
    contract: str
    service: str

    def __str__(self) -> str:
        return " · ".join((self.kind.capitalize(), self.customer, self.contract, self.service))


class Route(BaseModel):
    """A rule as it is written down: its conditions, all of which must hold, and its target."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: Annotated[str, StringConstraints(min_length=1)]
    mailbox: str | None = None
    recipient: Pattern = "*"
    sender: Senders = []
    subject_contains: Words = []
    subject_regex: str | None = None
    body_contains: Words = []
    list_id: Annotated[str, StringConstraints(to_lower=True)] | None = None
    has_attachment: bool | None = None
    match_delivered: bool = False
    active: bool = True
    shadow: bool = False
    target: Target

    @model_validator(mode="after")
    def _names_somebody(self) -> "Route":
        if self.recipient == "*" and not self.sender and not self.list_id:
            raise ValueError(_("recipient “*” would catch everything; add a sender or a list_id"))
        return self


class RouteFile(BaseModel):
    """A file of routes, in the order in which they are tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    route: list[Route] = []


def route_of(fields: Mapping[str, Any]) -> Route:
    """The route that a form holds: the keys of a `[[route]]`, where empty ones are conditions that are not given.

    Raises InvalidInput with a line for each field that can't work.
    """
    given = {name: value for name, value in fields.items() if value not in (None, "", [], ())}
    try:
        return Route.model_validate(given)
    except ValidationError as error:
        raise InvalidInput("\n".join(f"{reason}." for reason in reasons(error, given))) from error


def read_routes(path: Path) -> list[Route]:
    """The routes of a TOML file. Raises ConfigurationProblem with a sentence for each thing that can't work."""
    return read_toml(path, RouteFile, _("Check the name of the routes file and its permissions.")).route


def written(routes: Iterable[Route]) -> str:
    """The routes as TOML; what is not given is left out, so that a review shows what matters."""
    return tomli_w.dumps({"route": [route.model_dump(exclude_defaults=True) for route in routes]})
