"""What parsing answers: a message with its recipients and attachments, all of it safe to store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PARSER_VERSION = 2
"""Raised whenever the same bytes may give another ParsedMessage, so that stored mail can be parsed again."""

Verdict = Literal["parsed", "unparsable", "too_large"]
RecipientKind = Literal["to", "cc", "delivered", "reply_to"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a message is read: sizes in bytes, depth in nested multiparts, parts counted over the message."""

    size: int = 25 * 2**20
    depth: int = 25
    parts: int = 1000
    header_bytes: int = 256 * 2**10


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of a message; `position` counts from 1 within its kind.

    A valid address is lower-case; an invalid one is what was written, with an empty domain.
    """

    kind: RecipientKind
    position: int
    address: str
    domain: str
    name: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached part: `part` is its IMAP-like path, `size` and `sha256` are of the decoded content.

    `name` is safe to show and to offer as a file name, and empty when the message gave none. `inline` says that the
    body shows it. `is_message` says that `nested_message` opens it.
    """

    part: str
    position: int
    name: str
    content_type: str
    size: int
    sha256: str
    content_id: str
    inline: bool
    is_message: bool


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A message as read from its bytes; every string is valid UTF-8 without NUL, every time naive UTC.

    `verdict` is `too_large` when a limit was exceeded (what was read up to there is kept) and `unparsable` when no
    header field could be read or the parser itself failed; `defects` then names which.
    """

    verdict: Verdict
    size: int
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    from_address: str
    from_name: str
    from_domain: str
    subject: str
    list_id: str
    automatic: str
    sent_at: datetime | None
    received_at: datetime
    text: str
    html: str
    text_from_html: bool
    preview: str
    recipients: tuple[Recipient, ...]
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
