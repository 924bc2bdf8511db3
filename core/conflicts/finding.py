"""What can be wrong with a route beside others: kinds, sentences, and what to do about each."""

from dataclasses import dataclass
from typing import Literal

from core.conflicts.sentences import advice, sentence

# The first four are those of E. Al-Shaer and H. Hamed, Discovery of policy anomalies in distributed firewalls, 2004.
KINDS = {
    "shadowed": "problem", "redundant": "problem", "never_holds": "problem", "target_missing": "problem",
    "correlated": "warning", "never_first": "warning", "dead": "warning", "generalised": "information",
}  # fmt: skip
GRAVITY = ("problem", "warning", "information")

Key = tuple[str, int]  # a route's id and version


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that settles a finding: `move` the route before another one, `remove` it or `switch_off`."""

    action: Literal["move", "remove", "switch_off"]
    route: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a route that people should know, with what to do about it.

    `others` are the routes it meets, in their order; several do it together. `why` tells never_holds apart.
    `mails` (past mails that met its conditions while others took them) and `dead` are about the last `days` days;
    0 days: no mail was looked at.
    `acknowledged_by` said that it is intended, and none of the routes has changed since.
    """

    kind: str
    route: str
    others: tuple[str, ...] = ()
    fix: Fix | None = None
    why: str = ""
    mails: int = 0
    days: int = 0
    keys: tuple[Key, ...] = ()  # of the route and the others; none for routes that are not stored as they stand here
    acknowledged_by: str | None = None

    @property
    def severity(self) -> str:
        """problem, warning or information: two routes that could meet, but did in no past mail, are only that."""
        never_met = self.kind == "correlated" and self.days > 0 and not self.mails
        return "information" if never_met else KINDS[self.kind]

    @property
    def sentence(self) -> str:
        """What is the matter, in the language in use."""
        return sentence(self.kind, self.why, self.route, self.others, self.mails, self.days)

    @property
    def advice(self) -> str:
        """What to do about it, in the language in use."""
        before = (self.fix and self.fix.before) or (self.others[0] if self.others else "")
        return advice(self.kind, self.why, self.route, before, bool(self.fix and self.fix.action == "move"))
