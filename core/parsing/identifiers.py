"""Identifiers: Message-ID, In-Reply-To, References (RFC 5322, 3.6.4), Content-ID and List-Id (RFC 2919)."""

import re

from core.parsing.defects import Defects
from core.parsing.strings import one_line

_BRACKETED = re.compile(r"<([^<>]*)>")
_MOST = 200
_LONGEST = 998


def message_id(written: str) -> str:
    """The identifier without its brackets, "" if there is none; white space a fold left inside is dropped."""
    found = identifiers(written)
    if found:
        return found[0]
    return _tight(written.strip("<> \t"))


def identifiers(written: str) -> tuple[str, ...]:
    """Every identifier in brackets or, where there are no brackets, every word with an @; each one once."""
    found = [_tight(inside) for inside in _BRACKETED.findall(written)]
    if not any(found):
        found = [_tight(word.strip("<>,;")) for word in written.split() if "@" in word]
    return tuple(dict.fromkeys(identifier for identifier in found if identifier))


def references(written: str, defects: Defects) -> tuple[str, ...]:
    """The identifiers of a References field; of too many the last ones, which are the nearest."""
    found = identifiers(written)
    if len(found) > _MOST:
        defects.note("references_cut", str(len(found)))
    return found[-_MOST:]


def list_id(written: str) -> str:
    """The list identifier in its brackets, lower-case; without brackets the last word that looks like one."""
    bracketed = _BRACKETED.findall(written)
    if bracketed:
        return _tight(bracketed[-1]).lower()
    words = [word.strip("<>") for word in one_line(written).split() if "." in word.strip("<>.")]
    return words[-1][:_LONGEST].lower() if words else ""


def _tight(identifier: str) -> str:
    if identifier.isascii() and identifier.isprintable() and " " not in identifier:
        return identifier[:_LONGEST]
    return one_line(identifier).replace(" ", "")[:_LONGEST]
