"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045, 5.1; RFC 2183; RFC 2231)."""

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from core.parsing.charsets import codec, decode, guess
from core.parsing.defects import Defects
from core.parsing.strings import one_line
from core.parsing.words import decode_words

_PARAMETER = re.compile(r"([^\s=;\"]++)\s*+(?:=\s*+(?:\"((?:[^\"\\]++|\\.)*+)(?:\"[^;]*+|$)|([^;]*+)))?;?", re.DOTALL)
_BARE = re.compile(r"([^\s=;\"]++)\s*+=\s*+(?:\"([^\"]*+)\"?|([^\s;]*+))")
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,4}))?(\*)?")
_EXTENDED = re.compile(r"([^']{0,80})'[^']{0,80}'(.*)", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\([\"\\])")
_COMMENT = re.compile(r"\([^()]*\)")


class Valued(NamedTuple):
    """The lower-case value before the first semicolon, and the parameters by lower-case name."""

    value: str
    parameters: dict[str, str]


class _Piece(NamedTuple):
    number: int
    extended: bool
    text: str


def read_valued(header: str, defects: Defects) -> Valued:
    """Read such a header; parameters given in pieces or in another charset are put together."""
    value, _, rest = header.partition(";")
    pattern = _PARAMETER
    if "=" in value:  # the semicolon after the value is missing, or the value itself is
        value, pattern, rest = _unseparated(header)
        defects.note("parameter_separator_missing", header)
    value = _COMMENT.sub("", value).strip().lower()
    return Valued(value, _parameters(pattern, rest, defects) if rest.strip() else {})


def _unseparated(header: str) -> tuple[str, re.Pattern[str], str]:
    first, _, rest = header.strip().partition(" ")
    return ("", _BARE, header) if "=" in first else (first, _BARE, rest)


def _parameters(pattern: re.Pattern[str], rest: str, defects: Defects) -> dict[str, str]:
    pieces: dict[str, list[_Piece]] = {}
    plain: dict[str, str] = {}
    for match in pattern.finditer(rest):
        name, text = match[1].lower(), _value(match)
        if "*" not in name:
            plain.setdefault(name, text if name == "boundary" else one_line(decode_words(text, defects)))
            continue
        section = _SECTION.fullmatch(name)
        if section:
            pieces.setdefault(section[1], []).append(_Piece(int(section[2] or 0), bool(section[3]), text))
    return plain | {name: _assembled(found, defects) for name, found in pieces.items()}


def _value(match: re.Match[str]) -> str:
    if match[2] is not None:
        # A backslash before anything else is the path of a careless sender, not an escape.
        return _QUOTED_PAIR.sub(r"\1", match[2]) if "\\" in match[2] else match[2]
    return (match[3] or "").strip().strip('"')


def _assembled(pieces: list[_Piece], defects: Defects) -> str:
    """One value from its numbered pieces (RFC 2231, 3 and 4); the first extended one names the charset."""
    pieces.sort(key=lambda piece: piece.number)
    charset, out = "", b""
    for index, piece in enumerate(pieces):
        text = piece.text
        if piece.extended and index == 0 and (extended := _EXTENDED.fullmatch(text)):
            charset, text = extended[1], extended[2]
        out += unquote_to_bytes(text) if piece.extended else text.encode(codec(charset) or "utf-8", "replace")
    text = decode(out, charset, defects) if charset else guess(out)
    return one_line(decode_words(text, defects))
