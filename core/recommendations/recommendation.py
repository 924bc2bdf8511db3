"""A recommended route, or block, and what speaks for it."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from core.language import _, n_
from core.recommendations.sentences import share
from core.routes import Route


@dataclass(frozen=True, slots=True)
class Blocked:
    """Whom to block: `kind` is address, domain or list_id; in one mailbox, or everywhere (None)."""

    kind: str
    value: str
    mailbox: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to a recommendation: `answer` is refused or snoozed; times are UTC."""

    id: str
    answer: str
    reason: str
    by: str
    by_name: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Recommendation:
    """`support` mails that people decided by hand meet its conditions; `agreeing` of these got its target.

    `at_least` is the share of agreement behind that (one-sided 95 % Wilson bound of the weighted counts, 0 to 1). So
    many `weeks` brought such mail, `lately` (28 days) so many; `waiting` wait now. `changed_at` is when people gave up
    doing otherwise, where they once did: only later decisions count. `minutes` is what handling one takes, `saved` the
    minutes a week. `new` is what it adds to those chosen before it. `standing` is shadow below the bound asked for.
    """

    key: str
    deed: str
    standing: str
    route: Route | None
    block: Blocked | None
    name: str
    mailbox: str | None
    subject_like: str
    conditions: str
    becomes: str
    support: int
    agreeing: int
    against: int
    waiting: int
    weeks: int
    lately: int
    at_least: float
    first_at: datetime
    last_at: datetime
    changed_at: datetime | None
    minutes: float
    per_week: float
    saved: float
    new: int
    refused: Answer | None = None

    @property
    def sentence(self) -> str:
        """All of it: conditions, what becomes of the mail, and how sure that is."""
        return _("{conditions} → {becomes}: {evidence}").format(
            conditions=self.conditions, becomes=self.becomes, evidence=self.evidence)  # fmt: skip

    @property
    def evidence(self) -> str:
        """How often people did so, and how sure that makes it."""
        told = n_("{agreeing} of {support} by hand in {weeks} week, at least {share} sure",
                  "{agreeing} of {support} by hand in {weeks} weeks, at least {share} sure", self.weeks)  # fmt: skip
        return told.format(
            agreeing=self.agreeing, support=self.support, weeks=self.weeks, share=share(self.at_least))  # fmt: skip


@dataclass(frozen=True)
class Recommended:
    """What is recommended from the mail of the last `days` in scope that no route wanted; see core.recommendations.

    `unrouted` = `by_hand` + `waiting` mails; `settled` of these are taken care of by today's routes, or by answers.
    `offered` are ordered by minutes saved. Frames:

    curve    place, key, name, new, new_agreeing, handled (so far), share (so far, of what is not settled; 0 to 1): what
             is at least as sure as `bound`, in the order in which it adds most
    weekly   key, week (its Monday, UTC), agreed, against, waiting
    people   key, person, name, decided
    samples  key, message_id, received_at (UTC), mailbox, from_address, subject, verdict (agreed, against, waiting),
             became, decided_by
    """

    days: int
    since: datetime
    bound: float
    unrouted: int
    by_hand: int
    waiting: int
    settled: int
    offered: tuple[Recommendation, ...]
    curve: pd.DataFrame
    weekly: pd.DataFrame
    people: pd.DataFrame
    samples: pd.DataFrame

    def one(self, key: str) -> Recommendation | None:
        """The recommendation of this key, where it is among those offered."""
        return next((each for each in self.offered if each.key == key), None)

    @property
    def sentence(self) -> str:
        """The finding: how much of the unrouted mail these would have handled."""
        if self.unrouted == self.settled:
            return _("No mail of the last {days} days waits for a route.").format(days=self.days)
        if self.curve.empty and self.offered:
            return _("No route is that sure; some could run in shadow.")
        if self.curve.empty:
            return _("Nothing was decided by hand often enough in the last {days} days to recommend a route.").format(
                days=self.days)  # fmt: skip
        told = n_("This {count} route would have handled {share} of the unrouted mail of the last {days} days.",
                  "These {count} routes would have handled {share} of the unrouted mail of the last {days} days.",
                  len(self.curve))  # fmt: skip
        return told.format(count=len(self.curve), share=share(float(self.curve["share"].iloc[-1])), days=self.days)
