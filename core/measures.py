"""How ages and sizes are written, wherever a person reads them."""

from datetime import datetime

from core.language import _

AGES = ((86400, "d"), (3600, "h"), (60, "min"))
SIZES = ((2**20, "MB"), (2**10, "kB"))


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits: `2 h`; both are UTC."""
    seconds = (now - moment).total_seconds()
    return next((f"{int(seconds // length)} {unit}" for length, unit in AGES if seconds >= length), _("now"))


def size(count: int) -> str:
    """Bytes, in the unit a person would use: `1.5 MB`."""
    return next((f"{count / length:.1f} {unit}" for length, unit in SIZES if count >= length), f"{count} B")
