"""Addresses: who a field names (RFC 5322, 3.4), kept apart from what merely looks like an address.

The structure is read before encoded words are decoded, so that a name can never turn into a recipient.
"""

import re
from typing import NamedTuple

from core.parsing.address_tokens import Token, tokens
from core.parsing.defects import Defects
from core.parsing.strings import one_line
from core.parsing.words import decode_words

LONGEST = 320
_BEYOND = "\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff\ue000-\ufefe\uff00-\ufffc"
_TEXT = rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~\-{_BEYOND}\U00010000-\U000e0000]+"
_LABEL = rf"[A-Za-z0-9_{_BEYOND}](?:[A-Za-z0-9_\-{_BEYOND}]{{0,61}}[A-Za-z0-9_{_BEYOND}])?"
_DOT_ATOM = re.compile(rf"{_TEXT}(?:\.{_TEXT})*+")
_QUOTED = re.compile(r'"((?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*+)"')
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+\.?|\[(?:IPv6:)?[0-9A-Fa-f:.]+\]")
_SIMPLE = re.compile(
    r"(?:\"([^\"\\=]*+)\"\s*+|([^\"\\=()<>@,:;\[\]]*+))<([A-Za-z0-9_+.-]+@[A-Za-z0-9.-]+)>"
    r"|([A-Za-z0-9_+.-]+@[A-Za-z0-9.-]+)"
)
_ESCAPED = re.compile(r"\\(.)")


class Named(NamedTuple):
    """An address with the name beside it; an invalid one is what was written, with an empty domain."""

    address: str
    domain: str
    name: str
    valid: bool


def read_addresses(field: str, defects: Defects) -> list[Named]:
    """The addresses one field names, in order; groups give their members, an empty group gives nothing."""
    field = field.strip()
    simple = _SIMPLE.fullmatch(field)
    if simple and (valid := valid_address(simple[3] or simple[4])):
        return [Named(*valid, one_line(simple[1] or simple[2] or ""), True)]
    found = [named for entry in _entries(tokens(field)) for named in _read_entry(entry, defects)]
    for named in found:
        if not named.valid:
            defects.note("address_invalid", named.address)
    return found


def valid_address(written: str) -> tuple[str, str] | None:
    """The address and its domain, both lower-case, or None if it is no address (RFC 5321, 4.1.2; RFC 6531)."""
    local, at, domain = written.rpartition("@")
    if not at or len(written) > LONGEST or not _DOMAIN.fullmatch(domain):
        return None
    if quoted := _QUOTED.fullmatch(local):
        plain = _ESCAPED.sub(r"\1", quoted[1])
        local = plain if _DOT_ATOM.fullmatch(plain) else local
    elif not _DOT_ATOM.fullmatch(local):
        return None
    domain = domain.rstrip(".").lower()
    return f"{local.lower()}@{domain}", domain


def _entries(found: list[Token]) -> list[list[Token]]:
    """The tokens between separators; the name of a group is dropped."""
    entries: list[list[Token]] = [[]]
    in_brackets = had_brackets = False
    for token in found:
        if token.kind in "<>":
            in_brackets = token.kind == "<"
            if in_brackets and had_brackets:  # a comma is missing
                entries.append(_after_brackets(entries[-1]))
            had_brackets = not in_brackets
        if token.kind in ",;" and not (in_brackets and token.kind == ","):
            entries.append([])
            in_brackets = had_brackets = False
        elif token.kind == ":" and not in_brackets and not any("@" in one.text for one in entries[-1]):
            entries[-1] = []
        else:
            entries[-1].append(token)
    return [entry for entry in entries if any(token.kind not in " (" for token in entry)]


def _after_brackets(entry: list[Token]) -> list[Token]:
    """Take away what stands behind an address in brackets: it names the next one."""
    behind = len(entry)
    while behind and entry[behind - 1].kind != ">":
        behind -= 1
    taken = entry[behind:]
    del entry[behind:]
    return taken


def _read_entry(entry: list[Token], defects: Defects) -> list[Named]:
    opened = max((index for index, token in enumerate(entry) if token.kind == "<"), default=None)
    if opened is None:
        return _without_brackets(entry, defects)
    inside = [token for token in entry[opened + 1 :] if token.kind != "("]
    closed = next((index for index, token in enumerate(inside) if token.kind == ">"), len(inside))
    written = "".join(token.text for token in inside[:closed])
    name = _phrase(entry[:opened], defects) or _phrase(inside[closed + 1 :], defects) or _comments(entry, defects)
    return _bracketed(written.strip(), name)


def _bracketed(written: str, name: str) -> list[Named]:
    """The address that was put in brackets, after any route (RFC 5322, 4.4)."""
    path = _tight(written.rpartition(":")[2] if written.startswith("@") else written)
    for candidate in (path, path.strip("'\" ")):
        if valid := valid_address(candidate):
            return [Named(*valid, name, True)]
    return [_invalid(written, name)] if written or name else []


def _without_brackets(entry: list[Token], defects: Defects) -> list[Named]:
    """An address with its name in a comment, or several words of which some may be addresses."""
    written = "".join(token.text for token in entry if token.kind not in "(>").strip()
    if valid := valid_address(written) or valid_address(_tight(written).strip("'")):
        return [Named(*valid, _comments(entry, defects), True)]
    chunks = _chunks(entry)
    addresses = [valid_address("".join(token.text for token in chunk)) for chunk in chunks]
    if len(chunks) > 1 and all(addresses):
        return [Named(*valid, "", True) for valid in addresses if valid]
    if len(chunks) > 1 and addresses[-1]:
        before = [token for chunk in chunks[:-1] for token in [*chunk, Token(" ", " ")]]
        return [Named(*addresses[-1], _phrase(before, defects), True)]
    name = _phrase(entry, defects)
    return [_invalid(written, name if name != written else "")] if written else []


def _tight(written: str) -> str:
    """White space around dots and the at sign is obsolete but allowed (RFC 5322, 4.4)."""
    tight = " ".join(written.split())
    for mark in (".", "@"):
        tight = tight.replace(f" {mark}", mark).replace(f"{mark} ", mark)
    return tight


def _chunks(entry: list[Token]) -> list[list[Token]]:
    """The tokens between white space and comments."""
    chunks: list[list[Token]] = [[]]
    for token in entry:
        if token.kind in " (":
            chunks.append([])
        elif token.kind != ">":
            chunks[-1].append(token)
    return [chunk for chunk in chunks if chunk]


def _invalid(written: str, name: str) -> Named:
    return Named(one_line(written)[:LONGEST], "", name, False)


def _phrase(found: list[Token], defects: Defects) -> str:
    """A display name: quotes and escapes removed, encoded words decoded, also those wrongly put in quotes."""
    words = "".join(
        _ESCAPED.sub(r"\1", token.text[1:-1]) if token.kind == '"' else token.text
        for token in found
        if token.kind not in "(<>"
    )
    name = one_line(decode_words(words, defects))
    return name if name.count('"') % 2 == 0 else name.strip('" ')


def _comments(found: list[Token], defects: Defects) -> str:
    return one_line(" ".join(decode_words(token.text[1:-1], defects) for token in found if token.kind == "("))
