"""What a server answers to UID SEARCH and UID FETCH (RFC 3501, 7.2.5 and 7.4.2), as imaplib hands it over."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

UID_DIGITS = 10  # a uid has 32 bits (RFC 3501, 2.3.1.1)
Piece = bytes | tuple[bytes, bytes] | None
_UID = re.compile(rb"\bUID (\d+)(?=[ )])", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)", re.IGNORECASE)
_DATE = re.compile(
    rb'\bINTERNALDATE "([ \d]\d)-([A-Z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', re.IGNORECASE
)
# Not strptime, which expects the names of months in the language of the process.
_MONTHS = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"]
_BODY = re.compile(rb"\bBODY\[[A-Z]*\](?:<\d+>)? ~?\{\d+\}\Z", re.IGNORECASE)
_EMPTY_BODY = re.compile(rb'\bBODY\[[A-Z]*\](?:<\d+>)? ""', re.IGNORECASE)
# A name and its value: a literal, a quoted string, a list of such, or a word.
_QUOTED = rb'"(?:[^"\\]|\\.)*"'
_VALUE = rb"(?:~?\{\d+\}|" + _QUOTED + rb'|\((?:[^()"]|' + _QUOTED + rb')*\)|[^\s()"{}\x00-\x1f\x7f-\xff]+)'
_ITEM = re.compile(rb"([A-Z][A-Z0-9.-]*(?:\[[^]]*\])?(?:<\d+>)?) +" + _VALUE + rb"(?=[ )])", re.IGNORECASE)
_WHOLE = re.compile(rb"\d+ +\( *(?:" + _ITEM.pattern + rb" *)+\) *", re.IGNORECASE)


class Answer(NamedTuple):
    """What a server said about one message. What it did not say is None."""

    uid: str
    size: int | None
    body: bytes | None
    received_at: datetime | None


def uids(pieces: Iterable[Piece]) -> list[str]:
    """The uids of all SEARCH answers, in ascending order."""
    found = b" ".join(piece for piece in pieces if isinstance(piece, bytes))
    return [str(uid) for uid in sorted({int(uid) for uid in found.split() if uid.isdigit() and len(uid) <= UID_DIGITS})]


def by_uid(pieces: Iterable[Piece]) -> dict[str, Answer]:
    """What was said about each message, taken together: news about its flags may come as an answer of their own."""
    found: dict[str, Answer] = {}
    for answer in answers(pieces):
        before = found.get(answer.uid)
        found[answer.uid] = answer if before is None else Answer(*map(_known, before, answer))
    return found


def answers(pieces: Iterable[Piece]) -> Iterator[Answer]:
    """One Answer for each FETCH answer that names a uid; others are news about flags that nobody asked for.

    A server may put what was asked for in any order, so that parts stand before and behind the body.
    """
    text, body = b"", None
    for piece in pieces:
        if isinstance(piece, tuple):  # the text up to a literal, and the literal
            text += piece[0]
            body = piece[1] if _BODY.search(piece[0]) else body
        elif piece is not None:  # the text behind the last literal: the answer ends here
            text += piece
            if answer := _answer(text, body):
                yield answer
            text, body = b"", None


def _known(one: Any, other: Any) -> Any:
    return other if one is None else one


def _answer(text: bytes, body: bytes | None) -> Answer | None:
    uid, size = _UID.search(text), _SIZE.search(text)
    if not uid or not _is_sound(text):
        return None
    if body is None and _EMPTY_BODY.search(text):
        body = b""
    return Answer(uid[1].decode(), int(size[1]) if size else None, body, _received_at(text))


def _is_sound(text: bytes) -> bool:
    """Whether an answer is whole and one, from “(” to “)”, and names nothing twice.

    Where bytes got lost on the way, or a length was wrong, what stands behind a mail is a piece of something else: then
    its bytes are not its own, or not of this uid.
    """
    if not _WHOLE.fullmatch(text):
        return False
    names = [name.upper() for name in _ITEM.findall(text)]
    return len(names) == len({*names})


def _received_at(text: bytes) -> datetime | None:
    """The INTERNALDATE as naive UTC; None if there is none or if it is no date."""
    date = _DATE.search(text)
    if not date:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = date.groups()
    east = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    try:
        written = datetime(int(year), _MONTHS.index(month.lower()) + 1, int(day), int(hour), int(minute), int(second))
        return written - east
    except (ValueError, OverflowError):
        return None
