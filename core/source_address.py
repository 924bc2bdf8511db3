"""The address of a source, as a mailbox's `source` line writes it: taken apart once, here."""

from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import unquote, urlsplit

from core.errors import InvalidInput
from core.language import _

Scheme = Literal["imaps", "imap", "maildir", "mbox", "eml"]
PORTS = {"imaps": 993, "imap": 143}
FILES = ("maildir", "mbox", "eml")


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """Where a mailbox's mail is read: a folder of an IMAP server (RFC 5092, in short), or a path."""

    scheme: Scheme
    user: str = ""
    host: str = ""
    port: int = 0
    folder: str = ""
    path: str = ""


def read_source_address(text: str) -> SourceAddress:
    """`imaps://user@host:993/INBOX` or `maildir:path` taken apart. Raises InvalidInput saying what is wrong."""
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.lower()
    if colon and scheme in FILES:
        return _file_address(cast(Scheme, scheme), rest)
    if colon and scheme in PORTS:
        return _imap_address(cast(Scheme, scheme), text.strip())
    raise InvalidInput(
        _("It must begin with imaps://, imap://, maildir:, mbox: or eml:."),
        _("For example imaps://user@mail.example/INBOX or maildir:mail/inbox."),
    )


def _file_address(scheme: Scheme, rest: str) -> SourceAddress:
    path = rest.removeprefix("//")
    if not path:
        raise InvalidInput(_("It names no path."), _("Write the path after {scheme}:.").format(scheme=scheme))
    return SourceAddress(scheme, path=path)


def _imap_address(scheme: Scheme, text: str) -> SourceAddress:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(_("Its server or port can't be read."), _("The port is a number up to 65535.")) from error
    if parts.password is not None:
        raise InvalidInput(
            _("It holds a password, and passwords never stand in this file."),
            _("Take it out, and use password_env, password_file or the keyring."),
        )
    if not host or not parts.username:
        raise InvalidInput(
            _("It must name a user and a server."),
            _("Write imaps://user@server/FOLDER, with %40 for an @ in the user."),
        )
    if parts.query or parts.fragment or "@" in parts.username:
        raise InvalidInput(_("It holds a character that must be escaped."), _("Write %3F for ?, %23 for #, %40 for @."))
    return SourceAddress(
        scheme,
        user=unquote(parts.username),
        host=host,
        port=port or PORTS[scheme],
        folder=unquote(parts.path.removeprefix("/")) or "INBOX",
    )
