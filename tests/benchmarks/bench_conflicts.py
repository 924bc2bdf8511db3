"""The conflicts of route sets as they grow, against asking of every pair whether it can meet in a mail.

`pytest tests/benchmarks/bench_conflicts.py -s`, or `python -m tests.benchmarks.bench_conflicts`.
"""

import tempfile
from collections.abc import Callable
from functools import partial
from itertools import combinations, product
from pathlib import Path
from statistics import median
from time import process_time

from core.conflicts.extent import Placed, disjoint
from core.conflicts.patterns import Patterns
from core.conflicts.searching import meetings
from core.routes import Route
from core.store import open_store
from tests.benchmarks.desks import MAILBOXES, realistic_routes
from tests.desk import INVOICES, PAYMENTS

ROUTES = (500, 1000, 2000)
ROUNDS = 5
TARGETS = (INVOICES, PAYMENTS)
SENDERS = [f"s{number}@p{number % 90}.example" for number in range(2000)]


def dense(count: int) -> list[Route]:
    """Routes of which one in ten meets another one: two recipients, ninety domains, senders in common."""
    return [
        Route(name=f"r{number}", recipient="a@x" if number % 3 else "*@x", target=TARGETS[number % 2],
              sender=[f"s{number % 200}@p{number % 90}", f"*@q{number}"] if number % 10 else [],
              subject_contains=[f"word {number}"])
        for number in range(count)
    ]  # fmt: skip


def pairs(routes: list[Placed]) -> int:
    """What a plain search begins with: the pairs that can meet."""
    return sum(not disjoint(early, late) for early, late in combinations(routes, 2))


def realistic(count: int) -> list[Route]:
    """Routes as a desk has them."""
    return realistic_routes(count, SENDERS)


def test_conflicts() -> None:
    print(f"\n{'routes':<18}{'findings':>10}{'seconds':>10}{'every pair asked':>18}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "straydesk.duckdb").reading() as db:
        for made, count in product((dense, realistic), ROUTES):
            routes = [Placed(place, route) for place, route in enumerate(made(count))]
            patterns = Patterns(db, [each.pattern for each in routes if each.pattern],
                                [word for each in routes for word in each.route.subject_contains])  # fmt: skip
            search = partial(meetings, routes, patterns, frozenset(MAILBOXES))
            searching, asking = spent(search), spent(partial(pairs, routes))
            print(f"{count:>6,} {made.__name__:<11}{len(search()):>10,}{searching:>10.2f}{asking:>18.2f}"
                  f"{asking / searching:>8.2f}")  # fmt: skip


def spent(work: Callable[[], object]) -> float:
    """Seconds of this process: the median of some rounds."""
    times = []
    for _round in range(ROUNDS):
        began = process_time()
        work()
        times.append(process_time() - began)
    return median(times)


if __name__ == "__main__":
    test_conflicts()
