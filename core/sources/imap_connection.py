"""Reaching an IMAP server: TLS, sign-in and hanging up."""

import imaplib
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import certifi
from imap_tools import BaseMailBox
from imap_tools.errors import MailboxLoginError

from core.configuration_file import MailboxConfiguration
from core.errors import NotLetIn, SourceProblem
from core.language import _
from core.source_address import SourceAddress
from core.sources.bounded import SILENCES, BoundedMailBox, Bounds, Plain
from core.sources.imap_problems import ERRORS, not_encrypted, not_let_in, token_refused, understood
from core.sources.patience import within
from core.sources.source import Cancelled, Reader
from core.tokens import token_of

FAREWELL_SECONDS = 2.0
READER = Reader()


def connect(mailbox: MailboxConfiguration, password: str, base: Path, timeout: float,
            reader: Reader = READER) -> BoundedMailBox:  # fmt: skip
    """A connection that is signed in, no folder opened. No single wait on the server is longer than `timeout` seconds,
    and no command takes longer than bounded.py says. A mailbox with `oauth2` needs no password: it asks for a token.

    `imaps://` is TLS from the start. `imap://` turns to TLS (STARTTLS, RFC 3501 6.2.1) before the password is sent, and
    gives up if the server does not offer it: otherwise whoever sits between could strike out the offer and read the
    password. It stays plain only on this machine's loopback and, by the word of the configuration (`verify_tls =
    false`), with servers that know no TLS. Raises SourceProblem, Cancelled.
    """
    with understood(mailbox.source_address, timeout):
        return within(SILENCES * timeout, reader.ended, partial(_connect, mailbox, password, base, timeout, reader),
                      hang_up)  # fmt: skip


def _connect(mailbox: MailboxConfiguration, password: str, base: Path, timeout: float,
             reader: Reader) -> BoundedMailBox:  # fmt: skip
    secret = token_of(mailbox) if mailbox.oauth2 else password
    try:
        return _signed_in(mailbox, secret, base, Bounds(timeout, reader.ended))
    except NotLetIn:
        if not mailbox.oauth2:
            raise
        return _signed_in(mailbox, token_of(mailbox, in_place_of=secret), base, Bounds(timeout, reader.ended))


def _signed_in(mailbox: MailboxConfiguration, secret: str, base: Path, bounds: Bounds) -> BoundedMailBox:
    address = mailbox.source_address
    server = BoundedMailBox(address, bounds, _trusted(mailbox, base) if address.scheme == "imaps" else None)
    try:
        if address.scheme == "imap" and _needs_tls(server, mailbox):
            server.client.starttls(_trusted(mailbox, base))
        (_sign_in_by_token if mailbox.oauth2 else _sign_in)(server, address, secret)
        server.client._get_capabilities()  # many servers offer more to who is signed in
    except BaseException:
        hang_up(server)
        raise
    return server


def certificate_expires_at(server: BaseMailBox) -> datetime | None:
    """When the server's certificate runs out (UTC); None without TLS, and where it was not checked."""
    connection = server.client.sock
    shown = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    ends = str(shown["notAfter"]) if shown else ""
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC).replace(tzinfo=None) if ends else None


def hang_up(server: BaseMailBox) -> None:
    """Ends the connection, politely if the server still listens. Never raises."""
    with suppress(*ERRORS, Cancelled):
        if isinstance(server.client, Plain):
            server.client.bounds.silence = FAREWELL_SECONDS / SILENCES
        server.logout()
    with suppress(OSError, ValueError):
        server.client.shutdown()


def _needs_tls(server: BaseMailBox, mailbox: MailboxConfiguration) -> bool:
    address, offers = mailbox.source_address, server.client.capabilities
    if _is_loopback(address.host) and "LOGINDISABLED" not in offers:
        return False
    if "STARTTLS" not in offers and mailbox.verify_tls:
        raise not_encrypted(address)
    return "STARTTLS" in offers


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _sign_in(server: BaseMailBox, address: SourceAddress, password: str) -> None:
    if any(character in address.user + password for character in "\r\n\0"):
        raise SourceProblem(_("The user or the password of {host} holds a line end.").format(host=address.host))
    try:
        if (address.user + password).isascii():
            server.login(address.user, password, initial_folder=None)
        else:  # LOGIN knows ASCII only; AUTHENTICATE PLAIN is UTF-8 (RFC 4616).
            server.login_utf8(address.user, password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        raise not_let_in(error, address) from error


def _sign_in_by_token(server: BaseMailBox, address: SourceAddress, token: str) -> None:
    """AUTHENTICATE XOAUTH2, as Microsoft and Google describe it; a refusal comes as a challenge with no answer."""
    words = iter((f"user={address.user}\1auth=Bearer {token}\1\1".encode(), b""))
    try:
        server.client.authenticate("XOAUTH2", lambda _challenge: next(words, None))
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise token_refused(error, address) from error


def _trusted(mailbox: MailboxConfiguration, base: Path) -> ssl.SSLContext:
    """Which certificates are trusted: `ca_file` alone if given, else SSL_CERT_FILE or the system's, else certifi's."""
    if not mailbox.verify_tls:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if mailbox.ca_file:
        return _trusting_only(base / mailbox.ca_file.expanduser())
    places = ssl.get_default_verify_paths()
    if places.cafile or places.capath:
        return ssl.create_default_context()
    return _trusting_only(Path(certifi.where()))


def _trusting_only(path: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl.SSLError, for a file that holds no certificate, is one of them
        raise SourceProblem(
            _("The certificate file {path} can't be used.").format(path=path),
            _("It must be there, be readable, and hold certificates in PEM form."),
        ) from error
