"""Messages as bytes (RFC 5322, RFC 2045 to 2047), written by hand because some of them have to be wrong on purpose.

Header values may carry raw bytes as surrogate escapes. Lines end with a line feed, as they do in a Maildir.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import encode_rfc2231

from core.demo.attachments import File
from core.demo.senders import Sender

Headers = list[tuple[str, str]]
SPECIALS = frozenset('()<>[]:;@\\,."')


@dataclass(frozen=True, slots=True)
class Part:
    """A MIME entity: its own headers and its encoded body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


def phrase(text: str, charset: str = "utf-8") -> str:
    """Text for a header: as it is, or as encoded words where it isn't ASCII (RFC 2047)."""
    return text if text.isascii() else Header(text, charset, maxlinelen=70).encode()


def address(sender: Sender, charset: str = "utf-8") -> str:
    """`Name <address>`, quoted or encoded as the name needs it."""
    if not sender.name:
        return sender.address
    quoted = f'"{sender.name}"' if SPECIALS & set(sender.name) else sender.name
    return f"{phrase(sender.name, charset) if not sender.name.isascii() else quoted} <{sender.address}>"


def text(content: str, subtype: str = "plain", charset: str = "utf-8", encoding: str = "quoted-printable") -> Part:
    """A text part in this charset, or in UTF-8 where the charset lacks a character."""
    try:
        data = content.encode(charset)
    except UnicodeEncodeError:
        charset, data = "utf-8", content.encode()
    if encoding == "7bit" and not data.isascii():
        encoding = "8bit"
    body = {"quoted-printable": _quoted_printable, "base64": base64.encodebytes}.get(encoding, bytes)(data)
    return Part(
        (("Content-Type", f'text/{subtype}; charset="{charset}"'), ("Content-Transfer-Encoding", encoding)), body
    )


def _quoted_printable(data: bytes) -> bytes:
    return binascii.b2a_qp(data, istext=True)


def attached(file: File, content_id: str = "") -> Part:
    """A file as base64; with a Content-ID it is shown inside the HTML instead of listed (RFC 2392)."""
    plain = file.name.isascii()
    name = f'filename="{file.name}"' if plain else f"filename*={encode_rfc2231(file.name, 'utf-8')}"
    headers = [("Content-Type", f'{file.content_type}; name="{phrase(file.name)}"')]
    headers += [("Content-Disposition", f"{'inline' if content_id else 'attachment'}; {name}")]
    headers += [("Content-ID", f"<{content_id}>")] if content_id else []
    return Part((*headers, ("Content-Transfer-Encoding", "base64")), base64.encodebytes(file.content))


def multipart(subtype: str, parts: Sequence[Part], boundary: str, parameters: str = "") -> Part:
    """Parts one after the other between boundaries."""
    pieces = [f"--{boundary}\n".encode() + _entity(part) + b"\n" for part in parts]
    body = b"".join([*pieces, f"--{boundary}--\n".encode()])
    return Part((("Content-Type", f'multipart/{subtype}; boundary="{boundary}"{parameters}'),), body)


def nested(raw: bytes, content_type: str = "message/rfc822") -> Part:
    """A whole message, or its headers, inside another."""
    return Part((("Content-Type", content_type), ("Content-Disposition", "inline")), raw)


def message(headers: Iterable[tuple[str, str]], part: Part) -> bytes:
    """The message as bytes."""
    return _entity(Part((*headers, ("MIME-Version", "1.0"), *part.headers), part.body))


def _entity(part: Part) -> bytes:
    head = "".join(f"{name}: {value}\n" for name, value in part.headers)
    return head.encode("utf-8", "surrogateescape") + b"\n" + part.body
