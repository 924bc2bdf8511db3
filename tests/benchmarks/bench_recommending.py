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

DAYS = 400  # all there is; the page looks at 90
PLAIN = """
SELECT m.from_address, w.customer, w.contract, w.service, count(*)
FROM journal AS j JOIN message AS m ON m.id = j.message_id JOIN work_item AS w ON w.id = j.work_item_id
WHERE j.actor_kind = 'person' GROUP BY ALL
"""


def measure(home: str, sizes: Sequence[int]) -> Iterator[Result]:
    """What the recommendations page reads, of a year."""
    for messages in sizes:
        scope = opened_desk(written_desk(FOLDER), big_place(home, messages)).operator()
        with scope.store.reading() as db:
            plain = typical(lambda: db.rows(PLAIN), rounds=3)
        found, took = recommendations(scope, days=DAYS), typical(partial(recommendations, scope, days=DAYS), rounds=3)
        yield Result("recommend", "recommendations from all that is stored", home, messages, took, "s",
                     "a plain count by sender of what people made of it", plain,
                     at_a_million(messages, Bar("< 3 s", 3.0)),
                     f"{found.by_hand:,} decisions by hand, {len(found.offered)} recommendations")  # fmt: skip
