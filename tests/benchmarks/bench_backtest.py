"""A backtest over a million stored messages against evaluating a whole set twice by hand, once for each side.

`pytest tests/benchmarks/bench_backtest.py -s`, or `python -m tests.benchmarks.bench_backtest`. The joins by hand say
only which route takes which address; the backtest says what changed, which answers go along, and what people did.
"""

import time
from collections.abc import Callable, Sequence
from random import Random
from statistics import median

from core.backtesting import Backtest, backtest, backtest_route
from core.routes import Route
from core.scope import Scope
from core.store import Connection, sql
from tests.benchmarks.big_store import FOLDER, MESSAGES, SENDERS, copy_of_big_store
from tests.benchmarks.desks import opened_desk, realistic_routes, written_desk

ROUTES = 500
ROUNDS = 3
EVERYTHING = 400  # days
STORED = """
CREATE OR REPLACE TEMP VIEW deciding AS SELECT * FROM message;
CREATE OR REPLACE TEMP VIEW deciding_recipient AS SELECT * FROM recipient;
CREATE OR REPLACE TEMP VIEW deciding_body AS SELECT * FROM message_body;
CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM route_set;
"""
Measured = tuple[float, float]


def test_a_backtest_of_a_million_messages_takes_about_as_long_as_evaluating_both_sets() -> None:
    routes = realistic_routes(ROUTES, SENDERS)
    wider = routes[100].model_copy(update={"sender": []})
    with copy_of_big_store() as path:
        scope = opened_desk(written_desk(FOLDER), path).operator()
        with scope.store.reading() as db:
            by_hand = measured(lambda: _by_hand(db))
            db.run("DROP VIEW deciding")
            _say(scope, "every twentieth route changed", _changed(routes), by_hand)
            _say(scope, "all routes in another order", _shuffled(routes), by_hand)
            for days in (90, EVERYTHING):
                took, processor = measured(lambda days=days: _one(scope, wider, days))  # type: ignore[misc]
                print(f"one route wider, {days} days: {took:.2f} s ({processor:.2f} s of processor time)")


def _one(scope: Scope, route: Route, days: int) -> Backtest:
    return backtest_route(scope, route, replacing=route.name, days=days)


def _say(scope: Scope, name: str, draft: Sequence[Route], by_hand: Measured) -> None:
    tested = backtest(scope, draft, days=EVERYTHING)
    assert tested.messages == MESSAGES and tested.changed > 0
    took, processor = measured(lambda: backtest(scope, draft, days=EVERYTHING))
    print(f"{MESSAGES:,} messages x {ROUTES} routes on both sides, {name}: {took:.2f} s ({processor:.2f} s of "
          f"processor time); two plain joins {by_hand[0]:.2f} s ({by_hand[1]:.2f} s), {by_hand[0] / took:.2f} x "
          f"({by_hand[1] / processor:.2f} x by processor time): {tested}")  # fmt: skip


def _by_hand(db: Connection) -> None:
    """A set of this size evaluated whole, twice."""
    for _side in ("before", "after"):
        db.script(STORED)
        db.script(sql("match"))
        db.run("CREATE OR REPLACE TEMP TABLE side AS SELECT * FROM hit")


def _changed(routes: Sequence[Route]) -> list[Route]:
    return [route.model_copy(update={"subject_contains": []}) if number % 20 == 0 else route
            for number, route in enumerate(routes)]  # fmt: skip


def _shuffled(routes: Sequence[Route]) -> list[Route]:
    mixed = list(routes)
    Random(1).shuffle(mixed)
    return mixed


def measured(work: Callable[[], object]) -> Measured:
    """Seconds on the clock and of processor time, the median of some rounds."""
    rounds = []
    for _round in range(ROUNDS):
        began, busy = time.perf_counter(), time.process_time()
        work()
        rounds.append((time.perf_counter() - began, time.process_time() - busy))
    return median(took for took, _busy in rounds), median(busy for _took, busy in rounds)


if __name__ == "__main__":
    test_a_backtest_of_a_million_messages_takes_about_as_long_as_evaluating_both_sets()
