"""Running a backtest: the steps of sql/backtest_*.sql, one after the other."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from core.backtesting.result import KINDS, Backtest
from core.backtesting.sets import Entry, entries, known, lay_out, must_work, with_route
from core.errors import InvalidInput
from core.language import _
from core.routes import Route
from core.scope import Scope
from core.store import Connection, sql

HELD = "SELECT message_id, address, delivered, rank AS clause FROM holding"
LOOKED_AT = """
SELECT count(*), count(*) FILTER (id IN (
    SELECT message_id FROM decision
    WHERE message_id IN (SELECT message_id FROM decision WHERE step IN ('limits', 'block', 'own_address', 'flood'))
    GROUP BY message_id HAVING max_by(step, (decided_at, id)) IN ('limits', 'block', 'own_address', 'flood')))
FROM in_window
"""
MOVES = """
SELECT before_route, after_route, count(DISTINCT message_id) AS messages FROM backtest_change WHERE kind = 'taken'
GROUP BY ALL ORDER BY messages DESC, before_route, after_route
"""
UNSETTLED = "SELECT EXISTS (SELECT 1 FROM backtest_edge WHERE child NOT IN (SELECT message_id FROM settled))"


def backtest(scope: Scope, draft: Sequence[Route], *, days: int = 90, samples: int = 100) -> Backtest:
    """The whole ordered draft against the set in force, over the mail of the last `days` in scope; nothing is stored.

    A route of the same name is the same route. Routes that are switched off or in shadow take nothing. `samples` is how
    many messages of each kind, route and verdict are listed. Raises InvalidInput for a bad pattern, a name given twice,
    or days below 1.
    """
    after, since = entries(draft), _since(scope, days)
    with scope.store.reading() as db:
        must_work(db, draft)
        before = [entry for entry in known(db, scope) if entry.in_force]
        return _run(db, scope, (before, after), since, days, samples)


def backtest_route(
    scope: Scope,
    route: Route,
    *,
    replacing: str | None = None,
    before: str | None = None,
    position: int | None = None,
    days: int = 90,
    samples: int = 100,
) -> Backtest:
    """The set in force with one route more, or in place of the one named `replacing` (which may get another name so).

    It stands before the route named `before`, or at `position` (from 0, among all routes that the person sees), else
    where the replaced one stood, else last. A route that is switched off is tested as if it were on. Raises NotFound
    for names that are not in the set, and InvalidInput as `backtest`.
    """
    since = _since(scope, days)
    with scope.store.reading() as db:
        must_work(db, [route])
        present = known(db, scope)
        after = with_route(present, route, replacing, before, position)
        return _run(db, scope, ([entry for entry in present if entry.in_force], after), since, days, samples)


def _since(scope: Scope, days: int) -> datetime:
    if days < 1:
        raise InvalidInput(_("A backtest needs at least one day."))
    return scope.desk.now() - timedelta(days=days)


def _run(db: Connection, scope: Scope, sides: tuple[list[Entry], list[Entry]], since: datetime, days: int,
         samples: int) -> Backtest:  # fmt: skip
    db.run("SET VARIABLE since = $since::TIMESTAMP", since=since)
    db.run("SET VARIABLE mailboxes = $names::VARCHAR[]", names=list(scope.mailboxes))
    lay_out(db, *sides)
    for name in ("wilson", "backtest_window", "match"):
        db.script(sql(name))
    db.run(f"CREATE OR REPLACE TEMP TABLE backtest_held AS {HELD}")
    db.script(sql("backtest_touched"))
    db.script(sql("backtest_rest"))
    db.script(sql("match"))
    _take(db)
    db.script(sql("backtest_thread"))
    if db.value("SELECT EXISTS (SELECT 1 FROM backtest_edge)"):
        db.script(sql("backtest_rest"))
        _take(db)
    db.script(sql("backtest_settle"))
    while db.value(UNSETTLED):
        db.script(sql("backtest_round"))
    db.script(sql("backtest_changes"))
    return _told(db, since, days, samples)


def _take(db: Connection) -> None:
    """What both sets take of the messages in backtest_node, once those are asked about all routes."""
    db.run(f"INSERT INTO backtest_held {HELD}")
    db.script(sql("backtest_taken"))


def _told(db: Connection, since: datetime, days: int, samples: int) -> Backtest:
    messages, ended_before = db.rows(LOOKED_AT)[0]
    told = db.frame(sql("backtest_summary"))
    total = told[told.kind.isna()]
    changed, agree, disagree, undecided = (
        int(total[name].sum()) for name in ("messages", "agree", "disagree", "undecided")
    )
    at_least = float("nan") if total.empty else float(total.at_least.iloc[0])
    frames = {"summary": _every_kind(told), "by_route": db.frame(sql("backtest_by_route")), "moves": db.frame(MOVES),
              "changes": db.frame(sql("backtest_samples"), samples=samples)}  # fmt: skip
    return Backtest(days, since, messages, ended_before, changed, agree, disagree, undecided, at_least, **frames)


def _every_kind(told: pd.DataFrame) -> pd.DataFrame:
    """A row for each kind, in order, with zeros for what does not happen."""
    frame = told.set_index("kind").reindex(list(KINDS))
    counts = ["messages", "addresses", "agree", "disagree", "undecided"]
    frame[counts] = frame[counts].fillna(0).astype(int)
    return frame.reset_index()
