"""Access tokens that mailboxes sign in with in place of a password: asked for once, kept until they nearly run out.

By client credentials (RFC 6749, 4.4: Microsoft 365) or by a refresh token (6: Google). Nothing of them is written down.
"""

import time
from collections import defaultdict
from datetime import UTC, datetime
from threading import Lock

from core.configuration_file import MailboxConfiguration
from core.configuration_parts import OAuth2Configuration
from core.secrets import secret_of
from core.token_endpoint import Client, Kept, asked

EARLY = 120.0  # seconds before the end, when another token is asked for: a run may begin with it
URLS = {
    "microsoft": "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
    "google": "https://oauth2.googleapis.com/token",
}
MICROSOFT_SCOPE = "https://outlook.office365.com/.default"


_kept: dict[Client, Kept] = {}
_turns: defaultdict[Client, Lock] = defaultdict(Lock)


def token_of(mailbox: MailboxConfiguration, in_place_of: str = "") -> str:
    """A token that is good for two minutes at least; another one than the one that was refused, if that is named.

    Raises SourceProblem, and NotLetIn where the secret or the refresh token is not accepted.
    """
    client = _client_of(mailbox)
    with _turns[client]:  # who comes while another one asks finds its answer
        kept = _kept.get(client)
        if not kept or kept.token == in_place_of or kept.expires_at - time.time() < EARLY:
            kept = _kept[client] = asked(mailbox.name, client, kept)
        return kept.token


def token_expires_at(mailbox: MailboxConfiguration) -> datetime | None:
    """When what a mailbox signs in with runs out (UTC): its refresh token where that is known to, else its token."""
    kept = _kept.get(_client_of(mailbox)) if mailbox.oauth2 else None
    moment = kept and (kept.refresh_expires_at or kept.expires_at)
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None) if moment else None


def _client_of(mailbox: MailboxConfiguration) -> Client:
    written = mailbox.oauth2
    assert written
    secret, refresh_token = (secret_of(mailbox, name) if name else ""
                             for name in (written.client_secret_env, written.refresh_token_env))  # fmt: skip
    return Client(_url(written), written.client_id, secret, refresh_token, _scope(written))


def _url(written: OAuth2Configuration) -> str:
    return written.token_url or URLS[written.provider or ""].format(tenant=written.tenant)


def _scope(written: OAuth2Configuration) -> str:
    by_secret = written.provider == "microsoft" and not written.refresh_token_env
    return written.scope or (MICROSOFT_SCOPE if by_secret else "")
