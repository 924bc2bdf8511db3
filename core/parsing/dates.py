"""Times in mail: Date and Received (RFC 5322, 3.3), as naive UTC."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from core.parsing.defects import Defects

_LONGEST = 200


def utc_now() -> datetime:
    """The present moment as naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def as_utc(moment: datetime) -> datetime:
    """The moment as naive UTC; one without a zone is taken to be UTC already."""
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return moment.replace(tzinfo=None)


def read_date(written: str, defects: Defects) -> datetime | None:
    """The moment a Date field names, None (with a defect) if it names none."""
    if not written.strip():
        return None
    moment = _internet_date(written[:_LONGEST]) or _iso_date(written[:_LONGEST])
    if moment is None:
        defects.note("date_unreadable", written)
    return moment


def received_date(trace: str) -> datetime | None:
    """The moment a Received field ends with, None if it can't be read."""
    _, semicolon, written = trace.rpartition(";")
    return _internet_date(written[:_LONGEST]) if semicolon else None


def _internet_date(written: str) -> datetime | None:
    try:
        read = parsedate_tz(written)
        if read is None:
            return None
        year, month, day, hour, minute, second = read[:6]
        if 100 <= year < 1000:  # three digits count from 1900 (RFC 5322, 4.3)
            year += 1900
        moment = datetime(year, month, day, hour, minute, min(second, 59))
        return moment - timedelta(seconds=read[9] or 0)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _iso_date(written: str) -> datetime | None:
    try:
        return as_utc(datetime.fromisoformat(written.strip()))
    except ValueError:
        return None
