"""Waiting until the server itself says that there is something new (IDLE, RFC 2177)."""

from time import monotonic

from imap_tools.errors import MailboxTaggedResponseError
from imap_tools.utils import check_command_status

from core.sources.bounded import Plain
from core.sources.imap_session import Session

REISSUE_SECONDS = 25 * 60  # servers may hang up after 30 minutes, and routers forget connections
NEWS = ("EXISTS", "RECENT")


def idle(session: Session, seconds: float) -> bool:
    """Whether the open folder got something new within this time. Raises SourceProblem, Cancelled."""
    until = monotonic() + seconds
    with session.understood():
        while (left := until - monotonic()) > 0:
            if _news_within(session.client, min(left, REISSUE_SECONDS)):
                return True
    return False


def _news_within(client: Plain, seconds: float) -> bool:
    tag = _begin(client)
    until = monotonic() + seconds
    while not (news := _has_news(client)) and client.line_within(until - monotonic()):
        client.bounds.begin()
        client._get_response()
    return _end(client, tag) or news


def _begin(client: Plain) -> bytes:
    _forget(client)
    tag = client._command("IDLE")
    while client._get_response():  # until it says “+”
        if answer := client.tagged_commands[tag]:
            raise MailboxTaggedResponseError(tuple(answer), "+")
    return tag


def _end(client: Plain, tag: bytes) -> bool:
    client.bounds.begin()
    client.send(b"DONE\r\n")
    while not (answer := client.tagged_commands[tag]):
        client._get_response()
    del client.tagged_commands[tag]
    check_command_status(tuple(answer), MailboxTaggedResponseError)
    return _has_news(client)


def _has_news(client: Plain) -> bool:
    client._check_bye()
    found = any(client.untagged_responses.get(name) for name in NEWS)
    _forget(client)
    return found


def _forget(client: Plain) -> None:
    client.untagged_responses.clear()
