"""What is attached to a message, by its content rather than by what the sender says it is."""

import puremagic

from core.messages import attachment, limits_of, raw
from core.parsing import ParsedMessage, nested_message
from core.reading import read
from core.scope import Scope

LOOKED_AT = 8192  # bytes; kinds are told apart by how a file begins
# Beginnings that puremagic has no name for, and that nobody should open by mistake.
PROGRAMS = {b"MZ": "application/x-msdownload", b"\x7fELF": "application/x-executable", b"#!": "text/x-shellscript"}
# Kinds that are all told by the same beginning: any of them may stand for the other.
CONTAINERS = ("zip", "officedocument", "opendocument", "epub", "java-archive", "msword", "ms-excel", "ole")


def kind_of(content: bytes, name: str = "") -> str:
    """The media type (RFC 6838) that content begins like; empty where it can't be told, as for plain text."""
    for beginning, kind in PROGRAMS.items():
        if content.startswith(beginning):
            return kind
    try:
        return str(puremagic.from_string(content[:LOOKED_AT], mime=True, filename=name or None))
    except (puremagic.PureError, ValueError):
        return ""


def real_kind(scope: Scope, id: str, part: str, name: str, said: str) -> str:
    """The kind an attachment really has, where that is another than the sender says; else empty.

    Raises NotFound, NotAllowed.
    """
    found = kind_of(attachment(scope, id, part), name)
    if not found or (said in ("application/octet-stream", "") and found not in PROGRAMS.values()):
        return ""
    return "" if _alike(found, said) else found


def nested(scope: Scope, id: str, part: str) -> ParsedMessage:
    """A message attached to a message, parsed. Raises NotFound, NotAllowed, InvalidInput."""
    return read(scope, nested_message(raw(scope, id), part, limits_of(scope)))


def _alike(found: str, said: str) -> bool:
    both_containers = all(any(word in kind for word in CONTAINERS) for kind in (found, said))
    both_words = found.startswith("text/") and said.startswith("text/") and found not in PROGRAMS.values()
    same_picture = found.startswith("image/") and said.startswith("image/")
    return found == said or both_containers or both_words or same_picture
