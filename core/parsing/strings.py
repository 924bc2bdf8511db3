"""Strings that may be stored and shown: no NUL, no surrogates, no control characters, no bidirectional overrides."""

import re

_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text with line feeds as its only line ends and without characters no store or screen should see."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NEVER.sub("", text) if _NEVER.search(text) else text


def one_line(text: str) -> str:
    """The text on one line, runs of white space folded, without characters that turn the reading direction."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_TURNING.sub("", _NEVER.sub("", text)).split())
