"""Mail that no person wrote by hand (RFC 3834), told by its headers.

Marked by: `Auto-Submitted` other than `no`, a null `Return-Path`, `multipart/report`, and `Precedence` list, bulk, junk
or auto_reply. `List-Id` and `List-Unsubscribe` alone do not mark: people write to lists by hand, and help desks and
ticket systems set them on mail that has to be answered.
"""

import re

from core.parsing.headers import Fields
from core.parsing.strings import one_line

_LONGEST = 120
_COMMENT = re.compile(r"\([^()]*\)")
_AUTOMATIC_PRECEDENCE = {"list", "bulk", "junk", "auto_reply"}


def automatic(fields: Fields, content_type: str) -> str:
    """The header that says so, such as `Auto-Submitted: auto-replied`, "" if none does."""
    for written in fields.every(b"auto-submitted"):
        if _keyword(written) not in ("", "no"):
            return f"Auto-Submitted: {one_line(written)}"[:_LONGEST]
    if any(written.replace(" ", "") == "<>" for written in fields.every(b"return-path")):
        return "Return-Path: <>"
    if content_type == "multipart/report":
        return "Content-Type: multipart/report"
    for written in fields.every(b"precedence"):
        if _keyword(written) in _AUTOMATIC_PRECEDENCE:
            return f"Precedence: {_keyword(written)}"
    return ""


def _keyword(written: str) -> str:
    """The value without comments and parameters, lower-case (RFC 3834, 5)."""
    return _COMMENT.sub("", written).partition(";")[0].strip().lower()
