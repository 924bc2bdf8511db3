"""How events are written on standard error: a sentence each line, or JSON for machines (STRAYDESK_LOG=json)."""

import json
import logging
import sys
from datetime import UTC, datetime

from core.commands.printing import harmless
from core.log import NAME
from core.settings import settings


class Sentences(logging.Formatter):
    """`2026-03-04T09:00:00Z Accounts Payable: 12 new`."""

    def format(self, record: logging.LogRecord) -> str:
        """A line, in UTC."""
        return f"{_moment(record)} {harmless(record.getMessage())}"


class Json(logging.Formatter):
    """One object a line: time, level, event, the event's own fields, and the sentence."""

    def format(self, record: logging.LogRecord) -> str:
        """A line, in ASCII."""
        event = {"time": _moment(record), "level": record.levelname.lower(), "event": getattr(record, "event", "")}
        return json.dumps(event | getattr(record, "fields", {}) | {"message": record.getMessage()}, default=str)


def begin_log() -> None:
    """Write the events of this process from now on, as STRAYDESK_LOG and STRAYDESK_LOG_LEVEL say."""
    wanted = settings()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if wanted.log == "json" else Sentences())
    logger = logging.getLogger(NAME)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(wanted.log_level.upper())


def _moment(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%SZ}"
