"""Asking the place that gives out access tokens (RFC 6749), and what it says when it gives none."""

import time
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from core.errors import NotLetIn, SourceProblem
from core.language import _
from core.log import hide

USUAL = 3600.0  # seconds, where it does not say how long a token is good for
SILENCE = 30.0  # seconds


class Client(NamedTuple):
    """What tokens are shared by: all mailboxes that ask the same place for the same by the same secret."""

    url: str
    id: str
    secret: str
    refresh_token: str
    scope: str


@dataclass(slots=True)
class Kept:
    """A token of a client, the newest refresh token it was given, and when they run out (Unix seconds)."""

    token: str
    expires_at: float
    refresh_token: str
    refresh_expires_at: float | None


def asked(mailbox: str, client: Client, before: Kept | None) -> Kept:
    """Another token, for the mailbox of this name and all that share its client.

    Raises SourceProblem, and NotLetIn where the secret or the refresh token is not accepted.
    """
    # Only who needs tokens loads this, and hears that Authlib is going to prefer another library to the pinned one.
    import httpx
    from authlib.common.errors import AuthlibBaseError

    refresh_token = before.refresh_token if before else client.refresh_token
    host = httpx.URL(client.url).host
    try:
        told = _answer(client, refresh_token)
        token, seconds = str(told["access_token"]), float(told.get("expires_in") or USUAL)
    except AuthlibBaseError as error:
        raise _refused(mailbox, host, str(error.error), str(error.description or "")) from error
    except httpx.HTTPError as error:
        raise SourceProblem(
            _("{host}, which gives out the tokens for “{mailbox}”, can't be asked: {said}").format(
                host=host, mailbox=mailbox, said=_line(str(error) or type(error).__name__)),
            _("Check this machine's network, and the token_url where one is written."),
        ) from error  # fmt: skip
    except (LookupError, TypeError, ValueError) as error:
        raise SourceProblem(
            _("{host} answered without a token for “{mailbox}”.").format(host=host, mailbox=mailbox),
            _("Check the provider or token_url of its oauth2."),
        ) from error
    now = time.time()
    lasts = told.get("refresh_token_expires_in")  # Google says so where it is not for good
    return Kept(hide(token), now + seconds, hide(str(told.get("refresh_token") or refresh_token)),
                now + float(lasts) if isinstance(lasts, int | float) else None)  # fmt: skip


def _answer(client: Client, refresh_token: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        import authlib.deprecate  # noqa: F401  (it switches its warnings on)

        warnings.simplefilter("ignore")
        from authlib.integrations.httpx_client import OAuth2Client

    method = "client_secret_post" if client.secret else "none"
    with OAuth2Client(client.id, client.secret or None, token_endpoint_auth_method=method, timeout=SILENCE) as asking:
        scope = {"scope": client.scope} if client.scope else {}
        ask = (partial(asking.refresh_token, refresh_token=refresh_token) if refresh_token
               else partial(asking.fetch_token, grant_type="client_credentials"))  # fmt: skip
        return dict(ask(client.url, **scope))


def _refused(mailbox: str, host: str, error: str, description: str) -> SourceProblem:
    """What to renew; Microsoft says it by numbers."""
    if error in ("temporarily_unavailable", "server_error"):
        return SourceProblem(
            _("{host} gives out no tokens right now: {said}").format(host=host, said=_line(description or error)),
            _("The next run asks again."),
        )
    hints = {
        "AADSTS7000222": _("The client secret has expired: make a new one for the application, and set it."),
        "AADSTS7000215": _("The client secret is not the right one: set the secret's value, not its id."),
        "AADSTS700016": _("The tenant does not know the application: check client_id and tenant."),
        "AADSTS90002": _("There is no such tenant: check tenant."),
        "AADSTS700082": _("The refresh token has expired: sign in again to get a new one, and set it."),
        "invalid_grant": _("The refresh token is no longer good: sign in again to get a new one, and set it."),
        "invalid_client": _("Check client_id, and the client secret where the configuration says it is."),
        "unauthorized_client": _("The application may not ask for tokens this way: check its permissions."),
    }
    hint = next((hint for code, hint in hints.items() if code in description or code == error), "")
    return NotLetIn(
        _("{host} gave no token for “{mailbox}”: {said}").format(
            host=host, mailbox=mailbox, said=_line(description or error)), hint
    )  # fmt: skip


def _line(text: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:200]
