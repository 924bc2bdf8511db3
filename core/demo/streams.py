"""The streams of mail a desk receives: who writes what, to whom, how often, and what the desk does with it.

They are data (`streams/*.toml`); this module says what their keys mean.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.demo.mail import Truth

FOLDER = Path(__file__).parent / "streams"
LAST_WEEK = 12  # streams count their weeks so that the one that ends today is always this one
LOOKS = {"person": ("plain", "plain", "outlook"), "system": ("brand", "plain"), "machine": ("plain",)}
HABITS = {
    "Accounts Payable": "ana",
    "Accounts Receivable": "tom",
    "HR": "grace",
    "Payroll": "hugo",
    "Service Desk": "ben",
    "Facilities": "elena",
}


@dataclass(frozen=True, slots=True)
class Stream:
    """One recurring kind of mail. Where a key holds several values, one of them is chosen for each mail."""

    name: str
    mailbox: str  # where it is delivered
    to: tuple[str, ...]  # the To header as written; "" leaves it out
    sender: str  # key `from`: `Name <address>`, an address, or domains whose people write
    topic: str  # which texts, see texts/*.toml
    languages: tuple[str, ...]
    per_week: tuple[float, float]  # expected mails, in its first and in its last week
    weeks: tuple[int, int] = (1, LAST_WEEK)
    people: int = 1  # how many people of each domain write
    profile: str = "office"  # when they write, see calendar.py
    voice: str = "person"  # person, system (a company's mailer) or machine (bare lines)
    looks: tuple[str, ...] = ()  # plain, or a template of looks/
    files: tuple[str, ...] = ("",)  # kinds of attachment, several separated by a blank
    subjects: tuple[str, ...] = ()  # instead of the topic's
    cc: tuple[str, ...] = ("",)
    delivered: str = ""  # the address the mail server delivered to, where To doesn't tell
    reply_to: str = ""
    target: tuple[str, ...] = ()  # kind, customer, contract, service: what people create
    delete: str = ""  # or the reason for which they delete it
    by: str = ""  # who habitually decides it; left out where routes take the stream
    cause: str = ""  # why it waits, where the stream exists to show that cause
    ages: tuple[str, ...] = ()  # further mails of this age (`5m`, `3h`, `2d`) that still wait
    burst: int = 1  # how many mails each of those ages stands for, minutes apart
    list_id: str = ""  # key `list`
    automatic: str = ""  # value of Auto-Submitted
    form: str = ""  # answer, bounce, forward_inline, forward_attached
    inner: tuple[str, ...] = ()  # topics of what is forwarded
    breaks: tuple[str, ...] = ()  # ways in which it is broken, see breaking.py
    also: str = ""  # a second mailbox it is delivered to
    also_same_bytes: bool = False  # byte for byte the same there

    def truth(self) -> Truth:
        """What people do with a mail of this stream."""
        by = f"{self.by or HABITS[self.mailbox]}@desk.example"
        if self.delete:
            return Truth("delete", by, reason=self.delete)
        return Truth("create", by, *self.target)

    def expected(self, week: int, weeks: int) -> float:
        """How many mails it sends in the given week (1 is the first of `weeks`)."""
        first, last = self.weeks
        number = max(1, week + LAST_WEEK - weeks)
        if not first <= number <= last:
            return 0.0
        share = (number - first) / max(1, last - first)
        return self.per_week[0] + share * (self.per_week[1] - self.per_week[0])


RENAMED = {"from": "sender", "list": "list_id"}


def _stream(table: Mapping[str, Any]) -> Stream:
    values: dict[str, Any] = {RENAMED.get(key, key): _frozen(value) for key, value in table.items()}
    rate = values["per_week"]
    values["per_week"] = rate if isinstance(rate, tuple) else (rate, rate)
    values.setdefault("looks", LOOKS[values.get("voice", "person")])
    return Stream(**values)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def all_streams() -> tuple[Stream, ...]:
    """Every stream of the demo desk, in the order of the files."""
    tables = [tomllib.loads(path.read_text("utf-8"))["stream"] for path in sorted(FOLDER.glob("*.toml"))]
    return tuple(_stream(table) for file in tables for table in file)
