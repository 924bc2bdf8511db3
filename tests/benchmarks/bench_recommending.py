"""Recommendations from all stored messages, beside a plain count of what each sender's mail became.

The plain count only says who got what how often; it finds no words, weighs nothing and knows nothing of routes.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from core.recommendations import recommendations
from tests.benchmarks.big_store import FOLDER, big_place
from tests.benchmarks.desks import opened_desk, written_desk
from tests.benchmarks.results import Bar, Result, at_a_million
from tests.benchmarks.timing import typical

AGAINST = "a plain count by sender of what people made of it, of all times"
PERIODS = (("recommend", 90, "recommendations from 90 days, as the page asks"),
           ("recommend-all", 400, "recommendations from all that is stored"))  # fmt: skip
PLAIN = """
SELECT m.from_address, w.customer, w.contract, w.service, count(*)
FROM journal AS j JOIN message AS m ON m.id = j.message_id JOIN work_item AS w ON w.id = j.work_item_id
WHERE j.actor_kind = 'person' GROUP BY ALL
"""


def measure(home: str, sizes: Sequence[int]) -> Iterator[Result]:
    """What the recommendations page reads, and the same of all there is."""
    for messages in sizes:
        scope = opened_desk(written_desk(FOLDER), big_place(home, messages)).operator()
        with scope.store.reading() as db:
            plain = typical(lambda: db.rows(PLAIN), rounds=3)
        for key, days, what in PERIODS:
            found = recommendations(scope, days=days)
            took = typical(partial(recommendations, scope, days=days), rounds=3)
            yield Result(key, what, home, messages, took, "s", AGAINST, plain,
                         at_a_million(messages, Bar("< 3 s", 3.0)),
                         f"{found.by_hand:,} decisions by hand, {len(found.offered)} recommendations")  # fmt: skip
