"""The mailboxes of the demo desk as its configuration has them: name, address, folder."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DESK = Path(__file__).parent / "desk"
NEW_HOURS = 36  # what is younger lies in new/ as unseen


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A shared mailbox; `folder` is its Maildir, relative to the demo's folder."""

    name: str
    address: str
    folder: str


@cache
def mailboxes() -> dict[str, Mailbox]:
    """The mailboxes by name."""
    tables = tomllib.loads((DESK / "straydesk.toml").read_text("utf-8"))["mailbox"]
    return {t["name"]: Mailbox(t["name"], t["address"], t["source"].removeprefix("maildir:")) for t in tables}
