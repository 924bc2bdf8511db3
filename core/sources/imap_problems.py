"""What can go wrong with a mail server, in sentences: the place where errors of libraries become SourceProblem."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError

from core.errors import NotLetIn, SourceProblem
from core.language import _
from core.source_address import SourceAddress
from core.sources.patience import TooSlow

HOSTNAME_MISMATCH, EXPIRED = 62, 10  # X509_V_ERR_… of OpenSSL
_NOT_NOW = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\]", re.IGNORECASE)  # RFC 5530, 3


# UnicodeError is a ValueError. What imaplib and imap_tools stumble over in answers that make no sense are the last two.
ERRORS = (OSError, EOFError, ValueError, imaplib.IMAP4.error, ImapToolsError, LookupError, TypeError)


@contextmanager
def understood(address: SourceAddress, timeout: float) -> Iterator[None]:
    """Turns every error of the network, of TLS and of the IMAP libraries into a SourceProblem about this server."""
    try:
        yield
    except ERRORS as error:
        raise problem(error, address, timeout) from error


def problem(error: Exception, address: SourceAddress, timeout: float) -> SourceProblem:
    """The error of a library as a SourceProblem about this server."""
    match error:
        case UnicodeDecodeError():
            return _senseless(error, address)
        case OSError() | UnicodeError() | EOFError():
            return _of_network(error, address, timeout)
        case imaplib.IMAP4.abort():
            return _broken_off(error, address)
        case ValueError() | LookupError() | TypeError():
            return _senseless(error, address)
        case _:
            return SourceProblem(
                _("{server} refused: {said}").format(server=address.host, said=said(error)),
                _("Ask whoever runs the mail server, with this sentence."),
            )


def _senseless(error: Exception, address: SourceAddress) -> SourceProblem:
    return SourceProblem(
        _("{server} answered what makes no sense: {said}").format(server=address.host, said=said(error)),
        _("The next run asks again; if it stays so, ask whoever runs the mail server."),
    )


def _of_network(error: Exception, address: SourceAddress, timeout: float) -> SourceProblem:
    server = f"{address.host}:{address.port}"
    match error:
        case ssl.SSLCertVerificationError():
            return _of_certificate(error, address)
        case ssl.SSLError() if "WRONG_VERSION_NUMBER" in str(error):
            return SourceProblem(
                _("{server} does not speak TLS from the start.").format(server=server),
                _("Check the port, or write imap:// for a server that turns to TLS later (STARTTLS)."),
            )
        case ssl.SSLError():
            return SourceProblem(_("{server} and TLS do not get along: {said}").format(server=server, said=said(error)))
        case socket.gaierror() | UnicodeError():
            return SourceProblem(
                _("The server {host} can't be found.").format(host=address.host),
                _("Check its name in the mailbox's source, and this machine's network."),
            )
        case TooSlow():
            return SourceProblem(
                _("{server} is too slow: it answers a few bytes at a time.").format(server=server),
                _("The next run goes on where this one stopped."),
            )
        case TimeoutError():
            return SourceProblem(
                _("{server} did not answer for {seconds:g} seconds.").format(server=server, seconds=timeout),
                _("Check its name and port, and whether a firewall stands between."),
            )
        case ConnectionRefusedError():
            return SourceProblem(
                _("Nothing answers at {server}.").format(server=server),
                _("Check the port, and whether the mail server runs."),
            )
        case _:
            return _broken_off(error, address)


def _of_certificate(error: ssl.SSLCertVerificationError, address: SourceAddress) -> SourceProblem:
    if error.verify_code == HOSTNAME_MISMATCH:
        return SourceProblem(
            _("The certificate of {host} is made out to another name.").format(host=address.host),
            _("Write the server's name in the source as its certificate has it."),
        )
    if error.verify_code == EXPIRED:
        return SourceProblem(
            _("The certificate of {host} has expired.").format(host=address.host),
            _("Ask whoever runs the mail server to renew it."),
        )
    return SourceProblem(
        _("The certificate of {host} is not trusted: {reason}.").format(
            host=address.host, reason=error.verify_message or said(error)
        ),
        _("If an authority of your own issued it, name its certificate in ca_file or in SSL_CERT_FILE."),
    )


def _broken_off(error: Exception, address: SourceAddress) -> SourceProblem:
    """The connection ended where it should not have."""
    return SourceProblem(
        _("The connection to {server} broke off: {said}").format(
            server=f"{address.host}:{address.port}", said=said(error)
        ),
        _("The next run goes on where this one stopped."),
    )


def not_let_in(error: Exception, address: SourceAddress) -> SourceProblem:
    """The server did not accept the sign-in."""
    if _NOT_NOW.search(said(error)):
        return SourceProblem(
            _("{host} lets nobody in right now: {said}").format(host=address.host, said=said(error)),
            _("Try again later."),
        )
    return NotLetIn(
        _("{host} did not accept the user {user} or the password: {said}").format(
            host=address.host, user=address.user, said=said(error)
        ),
        _("Check the user in the source, and the password where the mailbox's configuration says it is."),
    )


def token_refused(error: Exception, address: SourceAddress) -> SourceProblem:
    """The server did not accept an access token."""
    if _NOT_NOW.search(said(error)):
        return not_let_in(error, address)
    return NotLetIn(
        _("{host} did not accept the token for {user}: {said}").format(
            host=address.host, user=address.user, said=said(error)
        ),
        _("Check that the application may read this mailbox by IMAP, and that IMAP is switched on for it."),
    )


def not_encrypted(address: SourceAddress) -> SourceProblem:
    """The server offers no TLS, so the password would cross the network for all to read."""
    return SourceProblem(
        _("{host} does not offer encryption (STARTTLS), so the password was not sent.").format(host=address.host),
        _("Write imaps://, or set verify_tls = false for a network where everybody may read it."),
    )


def said(error: Exception) -> str:
    """What the server or the library said, as one short printable line."""
    if isinstance(error, UnexpectedCommandStatusError):
        pieces = [piece for piece in error.command_result[1] if isinstance(piece, bytes)]
        text = b" ".join(pieces).decode("utf-8", "replace") or str(error.command_result[0])
    else:
        text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:200]
