"""How times, sizes and texts are written on the screens."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel.dates import format_datetime
from babel.numbers import format_decimal

from core import clock
from core.language import _, spoken

UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def age(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in the largest unit that fits: `2 h`. Empty for None."""
    if moment is None:
        return ""
    seconds = ((now or clock.now()) - moment).total_seconds()
    for size, unit in UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return _("now")


def moment(value: datetime | None) -> str:
    """A UTC time in the viewer's zone and language, to the minute."""
    if value is None:
        return ""
    return str(format_datetime(value.replace(tzinfo=UTC).astimezone(zone()), "medium", locale=spoken()))


def size(count: int) -> str:
    """Bytes, in the unit a person would use."""
    for limit, unit in ((2**20, "MB"), (2**10, "kB")):
        if count >= limit:
            return f"{format_decimal(round(count / limit, 1), locale=spoken())} {unit}"
    return f"{count} B"


def number(count: int) -> str:
    """A count with the language's separators."""
    return str(format_decimal(count, locale=spoken()))


def zone() -> ZoneInfo:
    """The viewer's time zone, as their browser says."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
