"""Header text: raw 8-bit bytes and encoded words (RFC 2047), however broken."""

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from core.parsing.charsets import codec, decode, guess
from core.parsing.defects import Defects
from core.parsing.transfer import from_base64

# The payload ends at the first "?=", unless that is a raw question mark before an encoded byte ("?=20") of the word.
_WORD = re.compile(
    r"=\?\s*+([^?\s]{1,80})\s*+\?\s*+([bBqQ])\s*+\?"
    r"((?:[^?]++|\?(?!=)|\?=(?=[0-9A-F]{2}(?:(?!=\?|\?=).)*+\?=))*+)\?="
)
_CUT_OFF = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?\s]*+)\??$")


class _Word(NamedTuple):
    charset: str
    encoding: str
    payload: str


def raw_text(value: bytes, hint: str = "") -> str:
    """A header value as text before encoded words are read, unfolded (RFC 5322, 2.2.3)."""
    text = value.decode("ascii") if value.isascii() and b"\x1b" not in value else guess(value, hint)
    # A carriage return on its own ends no line; it must not glue words together either.
    return text.replace("\r\n", "").replace("\n", "").replace("\r", " ").strip()


def decode_words(value: str, defects: Defects) -> str:
    """The text of a header value with its encoded words decoded (RFC 2047), adjacent ones joined byte by byte."""
    if "=?" not in value:
        return value
    return "".join(_decoded(value, defects))


def _decoded(value: str, defects: Defects) -> Iterator[str]:
    # Nothing after the last "?=" can match, and would be searched again from every "=?".
    last_end = value.rfind("?=") + 2 if "?=" in value else 0
    at = 0
    run: list[_Word] = []
    for match in _WORD.finditer(value, 0, last_end):
        between = value[at : match.start()]
        word = _Word(match[1].partition("*")[0].lower(), match[2].lower(), match[3])
        if run and (word.charset != run[-1].charset or between.strip()):
            yield _joined(run, defects)
            run = []
        if between.strip() or not at:
            yield between
        run.append(word)
        at = match.end()
    if run:
        yield _joined(run, defects)
    yield _rest(value[at:], defects)


def _rest(value: str, defects: Defects) -> str:
    cut = _CUT_OFF.search(value) if "=?" in value else None
    if not cut:
        return value
    defects.note("encoded_word_cut_off", cut[0])
    return value[: cut.start()] + _joined([_Word(cut[1].lower(), cut[2].lower(), cut[3])], defects)


def _joined(run: list[_Word], defects: Defects) -> str:
    """The text of adjacent words of one charset: senders cut both characters and base64 groups between words."""
    whole: list[_Word] = []
    for word in run:
        if whole and whole[-1].encoding == word.encoding == "b" and len(whole[-1].payload) % 4:
            whole[-1] = word._replace(payload=whole[-1].payload + word.payload)
        else:
            whole.append(word)
    return decode(b"".join(_content(word, defects) for word in whole), run[0].charset, defects)


def _content(word: _Word, defects: Defects) -> bytes:
    payload = _encoded(word)
    if word.encoding == "b":
        return from_base64(payload, defects)
    return binascii.a2b_qp(payload, header=True)


def _encoded(word: _Word) -> bytes:
    try:
        return word.payload.encode("ascii")
    except UnicodeEncodeError:
        return word.payload.encode(codec(word.charset) or "utf-8", "replace")
