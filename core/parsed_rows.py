"""Parsed messages as rows of the temporary tables that deciding reads."""

from collections.abc import Sequence
from datetime import datetime

from core.intake import Raw
from core.parsing import PARSER_VERSION, ParsedMessage
from core.store import LaidOut

MESSAGE = {
    "id": "UUID", "mailbox": "VARCHAR", "message_id": "VARCHAR", "in_reply_to": "VARCHAR[]", "references": "VARCHAR[]",
    "from_address": "VARCHAR", "from_name": "VARCHAR", "from_domain": "VARCHAR", "subject": "VARCHAR",
    "preview": "VARCHAR", "list_id": "VARCHAR", "automatic": "VARCHAR", "sent_at": "TIMESTAMP",
    "received_at": "TIMESTAMP", "collected_at": "TIMESTAMP", "size": "BIGINT", "attachments": "INTEGER",
    "defects": "VARCHAR[]", "verdict": "VARCHAR", "parser_version": "INTEGER", "decided_at": "TIMESTAMP",
}  # fmt: skip
BODY = {"message_id": "UUID", "text": "VARCHAR", "html": "VARCHAR", "text_from_html": "BOOLEAN"}
RECIPIENT = {
    "message_id": "UUID", "kind": "VARCHAR", "position": "INTEGER", "address": "VARCHAR", "domain": "VARCHAR",
    "name": "VARCHAR", "valid": "BOOLEAN",
}  # fmt: skip
ATTACHMENT = {
    "message_id": "UUID", "position": "INTEGER", "part": "VARCHAR", "name": "VARCHAR", "content_type": "VARCHAR",
    "size": "BIGINT", "sha256": "VARCHAR", "content_id": "VARCHAR", "inline": "BOOLEAN", "is_message": "BOOLEAN",
}  # fmt: skip

Parsed = tuple[Raw, ParsedMessage]


class Batch:
    """Parsed messages of a mailbox (name, address), to be decided together.

    `as_received` dates the decision by when the mail was received, for importing old mail.
    """

    def __init__(self, parsed: Sequence[Parsed], mailbox: tuple[str, str], now: datetime, as_received: bool) -> None:
        self.parsed = parsed
        self._mailbox, self._now, self._as_received = mailbox, now, as_received
        self._laid_out: dict[str, LaidOut] = {}

    def lay_out(self) -> dict[str, LaidOut]:
        """The rows of batch_parsed, batch_body, batch_recipient and batch_attachment; made once."""
        if self._laid_out:
            return self._laid_out
        name, address = self._mailbox
        messages = [_message(*one, name, self._now, self._as_received) for one in self.parsed]
        self._laid_out = {
            "batch_parsed": LaidOut(MESSAGE, messages),
            "batch_body": LaidOut(BODY, [(raw.id, one.text, one.html, one.text_from_html) for raw, one in self.parsed]),
            "batch_recipient": LaidOut(RECIPIENT, [row for one in self.parsed for row in _recipients(*one, address)]),
            "batch_attachment": LaidOut(ATTACHMENT, [row for one in self.parsed for row in _attachments(*one)]),
        }
        return self._laid_out


def _message(raw: Raw, each: ParsedMessage, mailbox: str, now: datetime, as_received: bool) -> tuple[object, ...]:
    decided_at = min(each.received_at, now) if as_received else now
    attached = sum(not attachment.inline for attachment in each.attachments)
    return (raw.id, mailbox, each.message_id, each.in_reply_to, each.references, each.from_address, each.from_name,
            each.from_domain, each.subject, each.preview, each.list_id, each.automatic, each.sent_at,
            each.received_at, decided_at if as_received else now, raw.size, attached, each.defects, each.verdict,
            PARSER_VERSION, decided_at)  # fmt: skip


def _recipients(raw: Raw, each: ParsedMessage, address: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        (raw.id, one.kind, one.position, one.address, one.domain, one.name, one.valid) for one in each.recipients
    ]
    # Where no header says where it was delivered, it was the mailbox itself (DESIGN §2, step 7); as it stands nowhere
    # in the mail, its position is 0.
    if not any(one.kind == "delivered" and one.valid for one in each.recipients):
        rows.append((raw.id, "delivered", 0, address, address.partition("@")[2], "", True))
    return rows


def _attachments(raw: Raw, each: ParsedMessage) -> list[tuple[object, ...]]:
    return [
        (raw.id, one.position, one.part, one.name, one.content_type, one.size, one.sha256, one.content_id, one.inline,
         one.is_message)
        for one in each.attachments
    ]  # fmt: skip
