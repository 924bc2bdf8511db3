"""Is all well? What a supervisor should be told of, mailbox by mailbox: a line each problem, or none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.language import _, n_
from core.scope import Scope
from core.status import mailbox_states

# A run is written down when it ends; in the hours that a first run may take, what it takes in says that it goes on.
LAST_SIGNS = """
SELECT b.name, greatest((SELECT max(last_run_at) FROM mailbox_state WHERE mailbox = b.name),
                        (SELECT max(collected_at) FROM delivery WHERE mailbox = b.name))
FROM mailbox AS b WHERE list_contains($mailboxes::VARCHAR[], b.name)
"""


@dataclass(frozen=True)
class Bounds:
    """What is still well: minutes without a sign of the collector, messages that wait in a mailbox, and messages that
    are on the server but could not be taken in."""

    silent_minutes: float = 15
    waiting: int = 10_000
    left: int = 0


@dataclass(frozen=True)
class Trouble:
    """One thing that is not well; `code` is stable: red, silent, backlog, residue or store."""

    code: str
    mailbox: str | None
    sentence: str


def troubles(scope: Scope, bounds: Bounds) -> list[Trouble]:
    """What is not well in the mailboxes in scope; nothing is what one hopes for."""
    with scope.store.reading() as db:
        states = mailbox_states(scope).astype(object)
        signs = dict(db.rows(LAST_SIGNS, mailboxes=list(scope.mailboxes)))
    now = scope.desk.now()
    states = states.where(states.notna(), None)
    return [found for row in states.to_dict("records") for found in _of(row, signs.get(row["mailbox"]), bounds, now)]


def _of(row: dict[Any, Any], sign: datetime | None, bounds: Bounds, now: datetime) -> Iterator[Trouble]:
    name = row["mailbox"]
    if row["problem"]:
        yield Trouble("red", name, _("{mailbox}: problem since {moment:%Y-%m-%d %H:%M} UTC: {problem}").format(
            mailbox=name, moment=row["problem_since"], problem=row["problem"]))  # fmt: skip
    if sign is None:
        yield Trouble("silent", name, _("{mailbox}: not collected yet; is the collector running?").format(mailbox=name))
    elif now - sign > timedelta(minutes=bounds.silent_minutes):
        yield Trouble("silent", name,
                      _("{mailbox}: not collected since {moment:%Y-%m-%d %H:%M} UTC; is the collector running?").format(
                          mailbox=name, moment=sign))  # fmt: skip
    if (count := int(row["waiting"])) > bounds.waiting:
        told = n_("{mailbox}: {count} message waits, more than {most}.",
                  "{mailbox}: {count} messages wait, more than {most}.", count)  # fmt: skip
        yield Trouble("backlog", name, told.format(mailbox=name, count=count, most=bounds.waiting))
    if (count := int(row["residue"]) + int(row["failed"])) > bounds.left:
        told = n_("{mailbox}: {count} message is on the server but could not be taken in.",
                  "{mailbox}: {count} messages are on the server but could not be taken in.", count)  # fmt: skip
        yield Trouble("residue", name, told.format(mailbox=name, count=count))
