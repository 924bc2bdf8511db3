"""Learners that are statements: what Straydesk recommends, and the baselines anybody could keep in their head."""

from collections.abc import Callable
from datetime import datetime

from core.recommendations.asking import BOUND
from core.recommendations.learning import learn, suggest
from core.scope import Scope
from core.store import Connection, sql

InStore = Callable[[Connection, Scope, datetime], None]
"""Learns by statements what was known at a moment; leaves the table `offer` (sql/evaluate_ladder.sql)."""


def recommended(db: Connection, scope: Scope, as_of: datetime) -> None:
    """What Straydesk recommended at that moment, applied as a route set by the statement that routes live mail."""
    learn(db, scope, as_of=as_of)
    db.run("SET VARIABLE offered_from = $bound", bound=BOUND)
    for name in ("evaluate_asked", "match", "evaluate_caught"):
        db.script(sql(name))
    suggest(db, scope, as_of=as_of)
    db.script(sql("evaluate_suggested"))


def ladder(*rungs: str) -> InStore:
    """The most frequent target of the first of these rungs (sender, list, domain) that is known."""

    def answer(db: Connection, _scope: Scope, _as_of: datetime) -> None:
        db.run(sql("evaluate_ladder"), rungs=list(rungs))

    return answer
