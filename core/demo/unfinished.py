"""What people are in the middle of when the demo ends, and the sender they have blocked; the words are in texts/."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from core.blocking import block
from core.claiming import claim
from core.demo.mail import DemoMail
from core.demo.slots import TEXTS
from core.demo.streams import LAST_WEEK
from core.notes import add_note
from core.scope import Scope

Acting = Callable[[str, datetime], Scope]
"""The scope of a person (by e-mail address) at a moment."""


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((TEXTS / "unfinished.toml").read_text("utf-8"))


def leave_unfinished(acting: Acting, waiting: Mapping[str, str], mails: Iterable[DemoMail], until: datetime) -> None:
    """Claims and notes on mail that waits: `waiting` says where in the store each mail is (place → id)."""
    ids = {mail.stream: waiting[mail.place] for mail in mails if mail.place in waiting}
    for number, each in enumerate(_words()["note"]):
        if each["stream"] in ids:
            add_note(
                acting(each["by"], until - timedelta(minutes=170 - 31 * number)), ids[each["stream"]], each["text"]
            )
    for number, each in enumerate(_words()["claim"]):
        if each["stream"] in ids:
            claim(acting(each["by"], until - timedelta(minutes=11 - 3 * number)), [ids[each["stream"]]])


def block_in(week: int, weeks: int, acting: Acting, end: datetime) -> None:
    """Block the sender nobody wants, at the end of the week the words name."""
    words = _words()["block"]
    if week + LAST_WEEK - weeks == words["week"]:
        block(acting(words["by"], end - timedelta(hours=7)), "domain", words["domain"], words["reason"])
