"""The parts of a message as ranges of its raw bytes (RFC 2046, 5.1); nothing is copied."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from core.parsing.defects import Defects
from core.parsing.headers import Fields, read_fields
from core.parsing.model import Limits
from core.parsing.parameters import Valued, read_valued

_DEEPEST = 100
"""Whatever the limits say: the parts are walked recursively."""

_HEADERS = 8
"""How often the limit of one header section fits into what all of them may have together: thousands of small fields
take much more memory than they have in the mail."""

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+*-]{1,127}")
_LIKELY_BOUNDARY = re.compile(rb"(?:^|\n)--([^\s\-][^\r\n]{0,200})\r*\n(?=content-[a-z-]+[ \t]*:)", re.IGNORECASE)
_REST_OF_LINE = re.compile(rb"(--)?[ \t]*\r*(?:\n|\Z)")


@dataclass(slots=True)
class Part:
    """One part: its path (as IMAP counts, "" for the message itself), fields and the range of its body."""

    path: str
    depth: int
    fields: Fields
    start: int
    end: int
    type: str
    parameters: dict[str, str]
    disposition: Valued
    children: list["Part"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Whether the part consists of further parts."""
        return self.type.startswith("multipart/")

    @property
    def encoding(self) -> str:
        """The transfer encoding, lower-case, "" if none is given."""
        written = self.fields.first(b"content-transfer-encoding")
        return written.partition(";")[0].strip(" \t.\"'").lower()

    @property
    def name(self) -> str:
        """The file name as given, from the disposition or else the type."""
        return self.disposition.parameters.get("filename") or self.parameters.get("name", "")


@dataclass(slots=True)
class Structure:
    """The message as its outermost part, and the limit that was exceeded while reading it, "" if none was."""

    root: Part
    exceeded: str


_NO_DISPOSITION = Valued("", {})


def read_structure(raw: bytes, limits: Limits, defects: Defects) -> Structure:
    """The parts of the message as far as the limits allow; attached messages are not opened."""
    root = _part(raw, 0, len(raw), Part("", 0, Fields(), 0, 0, "message/", {}, _NO_DISPOSITION), 0, limits, defects)
    if root.fields.cut:
        return Structure(root, "header_bytes")
    waiting, count, header_bytes = [root], 1, 0
    while waiting:
        part = waiting.pop()
        if not part.is_multipart:
            continue
        if part.depth >= min(limits.depth, _DEEPEST):
            return Structure(root, "depth")
        for start, end in _ranges(raw, part, limits.parts, defects):
            if count >= limits.parts:
                return Structure(root, "parts")
            part.children.append(_part(raw, start, end, part, len(part.children) + 1, limits, defects))
            count += 1
            header_bytes += part.children[-1].start - start
            if header_bytes > _HEADERS * limits.header_bytes:
                return Structure(root, "header_bytes")
        if part.children:
            waiting.extend(reversed(part.children))
        else:
            part.type = "text/plain"
    return Structure(root, "")


def _part(raw: bytes, start: int, end: int, parent: Part, number: int, limits: Limits, defects: Defects) -> Part:
    fields = read_fields(raw, start, end, limits.header_bytes, defects)
    default = "message/rfc822" if parent.type == "multipart/digest" else "text/plain"
    valued = _content_type(fields, default, defects)
    written = fields.first(b"content-disposition")
    disposition = read_valued(written, defects) if written else _NO_DISPOSITION
    path = f"{parent.path}.{number}" if parent.path else str(number) if number else ""
    depth = parent.depth + 1 if number else 0
    return Part(path, depth, fields, min(fields.body, end), end, valued.value, valued.parameters, disposition)


def _content_type(fields: Fields, default: str, defects: Defects) -> Valued:
    """The declared type; one that can't be read counts as text, or as bytes when the part is an attachment."""
    written = fields.first(b"content-type")
    if not written:
        return Valued(default, {})
    valued = read_valued(written, defects)
    if _TYPE.fullmatch(valued.value):
        return valued
    defects.note("content_type_unreadable", written)
    major = valued.value.partition("/")[0]
    if major == "multipart" and "boundary" in valued.parameters:
        return Valued("multipart/mixed", valued.parameters)
    named = "filename" in fields.first(b"content-disposition") or "name" in valued.parameters
    return Valued("application/octet-stream" if named else "text/plain", valued.parameters)


def _ranges(raw: bytes, part: Part, most: int, defects: Defects) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart begin and end, by its boundary or, failing that, by one that is likely meant."""
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    found = _split(raw, part, boundary, most, defects) if boundary else []
    if not found:
        defects.note("boundary_missing", part.path)
        likely = _LIKELY_BOUNDARY.search(raw, max(part.start - 1, 0), part.end)
        found = _split(raw, part, likely[1].rstrip(), most, defects) if likely else []
    yield from found


def _split(raw: bytes, part: Part, boundary: bytes, most: int, defects: Defects) -> list[tuple[int, int]]:
    """The ranges between the delimiters, and one more than `most` at the most, which shows that there are too many."""
    found: list[tuple[int, int]] = []
    begun = -1
    closed = False
    for before, after, closing in islice(_delimiters(raw, part, b"\n--" + boundary), 2 * most + 2):
        if begun >= 0:
            found.append((begun, max(before, begun)))
        elif closed and not closing:
            defects.note("parts_after_end", part.path)
        begun = -1 if closing else after
        closed = closed or closing
    if begun >= 0:
        defects.note("boundary_not_closed", part.path)
        found.append((begun, part.end))
    return found


def _delimiters(raw: bytes, part: Part, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Each delimiter line: where the part before it ends, where the line ends, whether it closes the multipart."""
    at = raw.find(delimiter, max(part.start - 1, 0), part.end)
    while at >= 0:
        rest = _REST_OF_LINE.match(raw, at + len(delimiter), part.end)
        if rest:
            # The line end before a delimiter belongs to the delimiter.
            yield max(at - (raw[at - 1 : at] == b"\r"), part.start), rest.end(), rest[1] is not None
        at = raw.find(delimiter, rest.end() - 1 if rest else at + 1, part.end)
