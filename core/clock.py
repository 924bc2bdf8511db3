"""The time as everything in core tells it: naive UTC."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """This moment, as a naive UTC datetime."""
    return datetime.now(UTC).replace(tzinfo=None)
