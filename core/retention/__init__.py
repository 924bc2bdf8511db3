"""Removing mail whose time is over: the bytes, the text, or all that its sender wrote, by the rules of [[retention]].

`retain(scope)` does it in portions; killed at any moment, the next run goes on. `coming(scope)` says what goes when.
Nothing is ever removed without a rule, nothing that waits, and nothing that is held (holds.py).
"""

from core.retention.holds import HOLDABLE, Holdable, hold, holds, lift_hold
from core.retention.removing import Retained, retain, retain_when_due
from core.retention.rules import Rule
from core.retention.telling import AHEAD, coming, coming_in, rules, runs

__all__ = ["AHEAD", "HOLDABLE", "Holdable", "Retained", "Rule", "coming", "coming_in", "hold", "holds", "lift_hold",
           "retain", "retain_when_due", "rules", "runs"]  # fmt: skip
