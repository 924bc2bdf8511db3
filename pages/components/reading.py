"""How times, sizes and texts are written on the screens."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel import Locale, localedata
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal

from core import clock
from core.administration.sections import CONFIGURATION
from core.language import _, spoken
from core.scope import OPERATOR

UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def who(name: object) -> str:
    """Who did it: a person by name; the configuration file and whoever is at the machine itself have none."""
    return {OPERATOR: _("operator"), CONFIGURATION: _("configuration file")}.get(str(name), str(name))


def age(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in the largest unit that fits: `2 h`. Empty for None."""
    if moment is None:
        return ""
    seconds = ((now or clock.now()) - moment).total_seconds()
    for size, unit in UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return _("now")


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, to the second where it is less than a minute: `40 s`."""
    seconds = int((now - moment).total_seconds())
    return age(moment, now) if seconds >= 60 else f"{max(seconds, 0)} s"


def clock_time(value: datetime) -> str:
    """A UTC time as the viewer's clock showed it; with the day, unless that is today."""
    here = value.replace(tzinfo=UTC).astimezone(zone())
    time = str(format_time(here, "short", locale=written()))
    if here.date() == datetime.now(zone()).date():
        return time
    return f"{day(value)} {time}"


def day(value: datetime) -> str:
    """The day of a UTC time in the viewer's zone, without the year: `4 Mar`."""
    return str(format_skeleton("MMMd", value.replace(tzinfo=UTC).astimezone(zone()), locale=written()))


def moment(value: datetime | None) -> str:
    """A UTC time in the viewer's zone and language, to the minute."""
    if value is None:
        return ""
    here = value.replace(tzinfo=UTC).astimezone(zone())
    return f"{format_date(here, 'medium', locale=written())}, {format_time(here, 'short', locale=written())}"


def size(count: int) -> str:
    """Bytes, in the unit a person would use."""
    for limit, unit in ((2**20, "MB"), (2**10, "kB")):
        if count >= limit:
            return f"{format_decimal(round(count / limit, 1), locale=written())} {unit}"
    return f"{count} B"


def number(count: int) -> str:
    """A count with the language's separators."""
    return str(format_decimal(count, locale=written()))


def written() -> str:
    """The locale of dates and numbers: the browser's where that is of the language in use, such as `en_GB`."""
    given = (st.context.locale or "").replace("-", "_")
    return given if given.split("_")[0] == spoken() and localedata.exists(given) else spoken()


def typed_date() -> str:
    """How a day is typed, as st.date_input takes it: `DD/MM/YYYY`."""
    first = Locale.parse(written()).date_formats["short"].pattern[:1].lower()
    return {"d": "DD/MM/YYYY", "m": "MM/DD/YYYY"}.get(first, "YYYY/MM/DD")


def day_began() -> datetime:
    """When the viewer's day began, in UTC."""
    here = datetime.now(zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    return here.astimezone(UTC).replace(tzinfo=None)


def zone() -> ZoneInfo:
    """The viewer's time zone, as their browser says."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
