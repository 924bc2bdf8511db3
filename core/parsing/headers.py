"""The header section of a message or part: its fields in order, read from the raw bytes (RFC 5322, 2.2)."""

import re

from core.parsing.defects import Defects
from core.parsing.strings import one_line
from core.parsing.words import decode_words, raw_text

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*+:([^\n]*(?:\n[ \t][^\n]*)*+)(?:\n|\Z)")
_BLANK = re.compile(rb"\r*\n")
_BLANKS = re.compile(rb"(?:[ \t\r]*\n)+")
_ENVELOPE = re.compile(rb">?From [^\n]*(?:\n|\Z)")
_INDENT = re.compile(rb"[ \t]++")
_LINE = re.compile(rb"[^\n]*(?:\n|\Z)")
_ONLY_IN_HEADERS = re.compile(
    rb"(?:From|To|Cc|Subject|Date|Sender|Reply-To|Message-ID|In-Reply-To|References|MIME-Version|Received"
    rb"|Return-Path|Delivered-To|Content-[A-Za-z-]+|List-[A-Za-z-]+|X-[A-Za-z-]+)[ \t]*:",
    re.IGNORECASE,
)


class Fields:
    """The fields of one header section: all in order, and by lower-case name."""

    __slots__ = ("_by_name", "body", "cut", "hint", "ordered")

    def __init__(self) -> None:
        self.ordered: list[tuple[bytes, bytes]] = []
        self._by_name: dict[bytes, list[bytes]] = {}
        self.body = 0
        self.cut = False
        self.hint = ""

    def add(self, name: bytes, value: bytes) -> None:
        """Append one field as it was written."""
        self.ordered.append((name, value))
        self._by_name.setdefault(name.lower(), []).append(value)

    def every(self, name: bytes) -> list[str]:
        """The values of all fields with this lower-case name, unfolded, encoded words not yet decoded."""
        return [raw_text(value, self.hint) for value in self._by_name.get(name, ())]

    def first(self, name: bytes) -> str:
        """The value of the first such field, "" if there is none."""
        values = self._by_name.get(name)
        return raw_text(values[0], self.hint) if values else ""

    def count(self, name: bytes) -> int:
        """How many fields have this lower-case name."""
        return len(self._by_name.get(name, ()))


def with_line_feeds(raw: bytes) -> bytes:
    """The same bytes at the same offsets, with line feeds if carriage returns were the only line ends."""
    return raw.replace(b"\r", b"\n") if b"\n" not in raw and b"\r" in raw else raw


def read_fields(raw: bytes, start: int, end: int, longest: int, defects: Defects) -> Fields:
    """The header section that starts here; `body` is where it ends, `cut` that it is longer than `longest` bytes."""
    fields = Fields()
    stop = min(end, start + longest)
    at = _first_field(raw, start, stop, defects)
    while at < stop:
        if blank := _BLANK.match(raw, at, stop):
            at = blank.end()
            break
        if field := _FIELD.match(raw, at, stop):
            if field.end() == stop < end and raw[stop - 1 : stop] != b"\n":
                fields.cut = True  # this field goes on beyond what may be read
                break
            fields.add(field[1], field[2])
        elif _body_begins(raw, at, stop, fields, defects):
            break
        else:
            field = _LINE.match(raw, at, stop)
        at = field.end() if field else stop
    else:
        fields.cut = stop < end
    fields.body = at
    return fields


def _first_field(raw: bytes, start: int, end: int, defects: Defects) -> int:
    """Where the first field starts: after an mbox envelope line or blank lines, if fields do follow them."""
    at = start
    blanks = _BLANKS.match(raw, at, end)
    if blanks and _ONLY_IN_HEADERS.match(raw, blanks.end(), end) and start == 0:
        defects.note("leading_blank_lines")
        at = blanks.end()
    if envelope := _ENVELOPE.match(raw, at, end):
        defects.note("envelope_line")
        at = envelope.end()
    indent = _INDENT.match(raw, at, end)
    if indent and _ONLY_IN_HEADERS.match(raw, indent.end(), end):
        defects.note("header_line_broken", raw_text(raw[at : at + 80]))
        at = indent.end()
    return at


def _body_begins(raw: bytes, at: int, stop: int, fields: Fields, defects: Defects) -> bool:
    """A line that is no field ends the section, unless it is surely followed by another field."""
    line = _LINE.match(raw, at, stop)
    after = line.end() if line else stop
    continues = _ONLY_IN_HEADERS.match(raw, after, stop) is not None
    if fields.ordered or continues:
        defects.note("header_line_broken" if continues else "header_not_ended", raw_text(raw[at:after][:80]))
    return not continues


def headers(raw: bytes, longest: int = 256 * 2**10) -> list[tuple[str, str]]:
    """The fields of a message in order, decoded for display; at most `longest` bytes of them are read."""
    raw = with_line_feeds(raw)
    ignored = Defects()
    fields = read_fields(raw, 0, len(raw), longest, ignored)
    return [
        (name.decode("ascii", "replace"), one_line(decode_words(raw_text(value), ignored)))
        for name, value in fields.ordered
    ]
