"""What a backtest answers: counts that are whole, and messages as samples."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from core.language import _, n_

KINDS = ("newly_caught", "taken", "retargeted", "appended", "released", "parted")
"""What may happen to an address of a message, or (`appended`, `parted`) to an answer."""


@dataclass(frozen=True)
class Backtest:
    """A draft against the set in force, over the mail of the last `days` in scope.

    `messages` were received since `since` (UTC); `ended_before` of these were no subject of routes: blocked, our own,
    a flood, over a limit. `changed` would end otherwise. `agree`, `disagree` and `undecided` are about what the draft
    would catch; `at_least` is the share of agreement behind these counts (one-sided 95 % Wilson bound, 0 to 1), NaN
    where nobody decided. Frames:

    summary   kind, messages, addresses, agree, disagree, undecided, at_least: a row for each of KINDS
    by_route  route, newly_caught, taken, retargeted, appended, released, parted, lost (to other routes), agree,
              disagree, undecided, at_least: in order, the routes that gain or lose messages
    moves     before_route, after_route, messages: which route would take how many from which
    changes   samples, newest first: id, received_at, mailbox, from_address, subject, status, kind, address,
              before_route, after_route, target, status_before, status_after, verdict, became (what people made of it)
    """

    days: int
    since: datetime
    messages: int
    ended_before: int
    changed: int
    agree: int
    disagree: int
    undecided: int
    at_least: float
    summary: pd.DataFrame
    by_route: pd.DataFrame
    moves: pd.DataFrame
    changes: pd.DataFrame

    @property
    def unchanged(self) -> int:
        """How many messages would end as they do now."""
        return self.messages - self.ended_before - self.changed

    def count(self, kind: str) -> int:
        """How many messages this would happen to; `kind` is one of KINDS."""
        return int(self.summary.set_index("kind").messages[kind])

    def messages_of(
        self, kind: str | None = None, route: str | None = None, verdict: str | None = None
    ) -> pd.DataFrame:
        """The samples of a kind, of a route (before or after) and with a verdict: agree, disagree or undecided."""
        found = self.changes
        if kind is not None:
            found = found[found.kind == kind]
        if route is not None:
            found = found[(found.before_route == route) | (found.after_route == route)]
        if verdict is not None:
            found = found[found.verdict == verdict]
        return found.reset_index(drop=True)

    def disagreements(self) -> pd.DataFrame:
        """The samples that people gave another target than the draft would, or deleted."""
        return self.messages_of(verdict="disagree")

    def __str__(self) -> str:
        if not self.changed:
            return n_("Nothing would change for {count} message of the last {days} days.",
                      "Nothing would change for {count} messages of the last {days} days.", self.messages
                      ).format(count=self.messages, days=self.days)  # fmt: skip
        told = ", ".join(_told(kind, count) for kind in KINDS if (count := self.count(kind)))
        return _("{changes}; {unchanged} unchanged, in {days} days.").format(
            changes=told, unchanged=self.unchanged, days=self.days)  # fmt: skip


def _told(kind: str, count: int) -> str:
    words = {
        "newly_caught": n_("{count} newly caught", "{count} newly caught", count),
        "taken": n_("{count} taken from another route", "{count} taken from another route", count),
        "retargeted": n_("{count} given another target", "{count} given another target", count),
        "appended": n_("{count} answer goes with its question", "{count} answers go with their question", count),
        "released": n_("{count} released", "{count} released", count),
        "parted": n_("{count} answer parted from its question", "{count} answers parted from their question", count),
    }
    return words[kind].format(count=count)
