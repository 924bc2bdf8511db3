"""What the sections of straydesk.toml are made of: words that several share, and the table inside a mailbox."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from core.errors import InvalidInput
from core.language import _
from core.parsing.addresses import valid_address
from core.source_address import read_source_address


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


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Address = Annotated[str, AfterValidator(_address)]
Source = Annotated[str, AfterValidator(_source)]


class Section(BaseModel):
    """What all sections have in common: nothing unknown is accepted, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OAuth2Configuration(Section):
    """`[mailbox.oauth2]`: who gives out the tokens that a mailbox signs in with, in place of a password (RFC 6749)."""

    provider: Literal["microsoft", "google"] | None = None
    token_url: (
        Annotated[str, StringConstraints(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])\S+$")] | None
    ) = None
    tenant: str = ""
    client_id: Name
    client_secret_env: str = ""
    refresh_token_env: str = ""
    scope: str = ""

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if not (self.provider or self.token_url):
            raise ValueError(_("oauth2 needs a provider, microsoft or google, or a token_url"))
        if self.provider == "microsoft" and not (self.tenant or self.token_url):
            raise ValueError(_("oauth2 with microsoft needs the tenant: its id, or its domain"))
        if self.provider == "google" and not self.refresh_token_env:
            raise ValueError(_("oauth2 with google needs a refresh token; name its variable in refresh_token_env"))
        if not (self.client_secret_env or self.refresh_token_env):
            raise ValueError(_("oauth2 needs a secret; name its variable in client_secret_env"))
        return self


class ContractConfiguration(Section):
    """A contract of a customer, with the services it covers."""

    name: Name
    services: tuple[Name, ...] = ()


class CustomerConfiguration(Section):
    """`[[customer]]`: who work items are opened for."""

    name: Name
    contracts: tuple[ContractConfiguration, ...] = ()
