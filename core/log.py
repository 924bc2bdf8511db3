"""What the program says about its own doings, for operators: events with a name and a few figures.

Never what a mail says, who wrote it or a password: fields are counts, durations, mailbox names and sentences of ours,
and whatever looks like an address or is known to be secret is struck out of those. Who changed what is in the journal.
"""

import logging
import re
from typing import Any

NAME = "straydesk"
STRUCK = "…"
# Addresses, also as a URL spells them, and what stands before the host of a URL.
ADDRESS = re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*", re.ASCII)
USER_OF_URL = re.compile(r"(?<=://)[^/\s]*@")
SHORT = 4  # characters; hiding a shorter secret would only strike out what is no secret

_logger = logging.getLogger(NAME)
_logger.addHandler(logging.NullHandler())  # who did not ask for a log is told by other ways
_secrets: set[str] = set()


def hide(secret: str) -> str:
    """The same secret; from now on no event says it."""
    if len(secret) >= SHORT:
        _secrets.add(secret)
    return secret


def tell(event: str, sentence: str, level: int = logging.INFO, **fields: Any) -> None:
    """Write an event down: its stable name, a sentence for people, and its fields."""
    if _logger.isEnabledFor(level):
        kept = {name: harmless(value) if isinstance(value, str) else value for name, value in fields.items()}
        _logger.log(level, "%s", harmless(sentence), extra={"event": event, "fields": kept})


def harmless(text: str) -> str:
    """The text on one line, without secrets and addresses."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, STRUCK)
    return " ".join(ADDRESS.sub(STRUCK, USER_OF_URL.sub(STRUCK, text)).split())
