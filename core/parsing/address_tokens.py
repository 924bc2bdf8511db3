"""The tokens of an address field (RFC 5322, 3.2): what is quoted, commented, encoded or special."""

import re
from typing import NamedTuple

_PLAIN = re.compile(
    r"(?P<encoded>=\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?=)"
    r"|(?P<space>\s+)"
    r"|(?P<literal>\[[^\[\]\\\s<>]*\])"
    r"|(?P<special>[<>,;:])"
    r"|(?P<atom>[^\s\"(<>,;:\[]+|.)",
    re.DOTALL,
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NESTING = re.compile(r"\\.|[()]", re.DOTALL)


class Token(NamedTuple):
    """One token; `kind` is its first character for `"`, `(` and specials, " " for white space, "a" for other text."""

    kind: str
    text: str


def tokens(field: str) -> list[Token]:
    """The tokens of a field; a quote or comment that is never closed counts as ordinary text."""
    found: list[Token] = []
    at = 0
    closable = {'"': True, "(": True}
    while at < len(field):
        opening = field[at]
        end = at
        if closable.get(opening):
            end = _closed(field, at)
            closable[opening] = end > at
        if end > at:
            found.append(Token(opening, field[at:end]))
        elif match := _PLAIN.match(field, at):
            found.append(_plain(match))
            end = match.end()
        at = max(end, at + 1)
    return found


def _plain(match: re.Match[str]) -> Token:
    if match.lastgroup == "special":
        return Token(match[0], match[0])
    return Token(" " if match.lastgroup == "space" else "a", match[0])


def _closed(field: str, at: int) -> int:
    """Where the quote or comment that starts here ends; the start itself if it never does."""
    if field[at] == '"':
        quoted = _QUOTED.match(field, at)
        return quoted.end() if quoted else at
    depth = 0
    for mark in _NESTING.finditer(field, at):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    return at
