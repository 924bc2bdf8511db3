"""Parsing: from raw bytes to a message, never raising for content."""

from core.parsing.attachments import attachment_content, nested_message
from core.parsing.headers import headers
from core.parsing.message import parse
from core.parsing.model import PARSER_VERSION, Attachment, Limits, ParsedMessage, Recipient, RecipientKind, Verdict
from core.parsing.quotes import quoted_history

__all__ = [
    "PARSER_VERSION",
    "Attachment",
    "Limits",
    "ParsedMessage",
    "Recipient",
    "RecipientKind",
    "Verdict",
    "attachment_content",
    "headers",
    "nested_message",
    "parse",
    "quoted_history",
]
