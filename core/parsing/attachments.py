"""Attachments: their names made safe, their content cut from the raw bytes when it is wanted."""

import hashlib
import re
from urllib.parse import unquote

from core.errors import NotFound
from core.language import _
from core.parsing.defects import Defects
from core.parsing.headers import with_line_feeds
from core.parsing.identifiers import message_id
from core.parsing.model import Attachment, Limits
from core.parsing.parts import Part, read_structure
from core.parsing.strings import one_line
from core.parsing.transfer import decoded

_LONGEST_NAME = 200
_UNSAFE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]")
_REFERRED = re.compile(r"cid:([^\"'\s)>&]{1,300})", re.IGNORECASE)


def content(raw: bytes, part: Part, defects: Defects) -> bytes:
    """The bytes of a part without their transfer encoding."""
    return decoded(part.encoding, raw[part.start : part.end], defects)


def is_message(part: Part) -> bool:
    """Whether the part is itself a message (RFC 2046, 5.2.1; RFC 6532, 3.7)."""
    return part.type in ("message/rfc822", "message/global", "message/news")


def describe(raw: bytes, parts: list[Part], html: str, defects: Defects) -> tuple[Attachment, ...]:
    """What is attached, in the order of the message; hashes are of the decoded content."""
    referred = {unquote(found) for found in _REFERRED.findall(html)} if "cid:" in html.lower() else set()
    return tuple(_describe(raw, part, position, referred, defects) for position, part in enumerate(parts, 1))


def _describe(raw: bytes, part: Part, position: int, referred: set[str], defects: Defects) -> Attachment:
    data = content(raw, part, defects)
    content_id = message_id(part.fields.first(b"content-id"))
    return Attachment(
        part=part.path or "1",
        position=position,
        name=safe_name(part.name, defects),
        content_type=part.type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        content_id=content_id,
        inline=part.disposition.value == "inline" or content_id in referred,
        is_message=is_message(part),
    )


def safe_name(written: str, defects: Defects) -> str:
    """The last component of the name, without invisible characters and not too long, its extension kept."""
    name = one_line(_UNSAFE.sub("", one_line(written)))
    base = name.replace("\\", "/").rpartition("/")[2].strip()
    base = "" if base.strip(". ") == "" else base
    if base != one_line(written) or _UNSAFE.search(written):
        defects.note("file_name_unsafe", written)
    if len(base) <= _LONGEST_NAME:
        return base
    stem, dot, extension = base.rpartition(".")
    kept = extension if dot and len(extension) <= 16 else ""
    return f"{(stem if kept else base)[: _LONGEST_NAME - len(kept) - 1]}{dot if kept else ''}{kept}"


def attachment_content(raw: bytes, part: str, limits: Limits) -> bytes:
    """The decoded content of the part with this path; raises NotFound if the message has no such attachment."""
    raw, found = _find(raw, part, limits)
    return content(raw, found, Defects())


def nested_message(raw: bytes, part: str, limits: Limits) -> bytes:
    """The raw bytes of the attached message with this path, to be parsed like any other; raises NotFound."""
    raw, found = _find(raw, part, limits)
    if not is_message(found):
        raise NotFound(_("This attachment is not a message."))
    return content(raw, found, Defects())


def _find(raw: bytes, path: str, limits: Limits) -> tuple[bytes, Part]:
    raw = with_line_feeds(raw)
    waiting = [read_structure(raw, limits, Defects()).root]
    while waiting:
        part = waiting.pop()
        if not part.is_multipart and (part.path or "1") == path:
            return raw, part
        waiting.extend(part.children)
    raise NotFound(_("This message has no attachment {part}.").format(part=path))
