"""What retention took of a message, in words."""

from collections.abc import Mapping
from datetime import datetime

from core.language import _


def gone(removed: Mapping[str, datetime]) -> str:
    """A sentence about what is missing of a message, from its `removed` (messages.message); empty if nothing is."""
    words = {"row": _("All that its sender wrote was removed on {day} by retention; only that it was here is kept."),
             "body": _("Its text was removed on {day} by retention."),
             "raw": _("Its bytes were removed on {day} by retention, and with them the files in it.")}  # fmt: skip
    shown = ["row"] if "row" in removed else [what for what in ("body", "raw") if what in removed]
    return " ".join(words[what].format(day=f"{removed[what]:%Y-%m-%d}") for what in shown)
