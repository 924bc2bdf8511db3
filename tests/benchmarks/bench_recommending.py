"""Recommendations from a million stored messages, beside a plain count of what each sender's mail became.

`pytest tests/benchmarks/bench_recommending.py -s`, or `python -m tests.benchmarks.bench_recommending`. The plain count
only says who got what how often; it finds no words, weighs nothing and knows nothing of routes.
"""

from pathlib import Path

from core.recommendations import recommendations
from core.scope import Scope
from tests.benchmarks.bench_backtest import measured
from tests.benchmarks.big_store import FOLDER, MESSAGES, SENDERS, copy_of_big_store
from tests.benchmarks.desks import opened_desk, realistic_routes, written_desk

ROUTES = 500
PERIODS = (90, 400)  # days: what the page looks at, and all there is
BY_HAND = Path(__file__).with_suffix(".sql")
PLAIN = """
SELECT m.from_address, w.customer, w.contract, w.service, count(*)
FROM journal AS j JOIN message AS m ON m.id = j.message_id JOIN work_item AS w ON w.id = j.work_item_id
WHERE j.actor_kind = 'person' GROUP BY ALL
"""


def test_recommendations_from_a_million_messages() -> None:
    with copy_of_big_store() as path:
        scope = opened_desk(written_desk(FOLDER), path, realistic_routes(ROUTES, SENDERS)).operator()
        scope.store.change(lambda db: db.script(BY_HAND.read_text()))
        with scope.store.reading() as db:
            plain, _processor = measured(lambda: db.rows(PLAIN))
            for days in PERIODS:
                _say(scope, days, plain)


def _say(scope: Scope, days: int, plain: float) -> None:
    found = recommendations(scope, days=days)
    took, processor = measured(lambda: recommendations(scope, days=days))
    assert found.offered
    print(f"{MESSAGES:,} messages stored, {days} days with {found.by_hand:,} decisions by hand and "
          f"{found.waiting:,} waiting: {took:.2f} s ({processor:.2f} s of processor time), {took / plain:.1f} x a "
          f"plain count by sender; {len(found.offered)} recommendations. {found.sentence}")  # fmt: skip


if __name__ == "__main__":
    test_recommendations_from_a_million_messages()
