"""How what is measured grows with what is stored: by which factor, and by how much for each further million."""

from collections.abc import Iterator, Sequence
from math import log10

from tests.benchmarks.results import Result, amount

SKIPPED = ("routes-loop", "make")  # measured under another name already, and nothing that a desk does
SLOPED = ("ms", "s", "MB")
A_YEAR = 3_650_000_000  # messages, at ten million a day
HEADINGS = ("× for ten times as much", "each further million", "a year of it in one piece")


def growth(results: Sequence[Result]) -> Iterator[str]:
    """A table for scale.md: a row for each measurement and home that was taken at several sizes."""
    sizes = sorted({each.stored for each in results} - {0})
    yield "| " + " | ".join(("what", "home", *(f"{size:,}" for size in sizes), *HEADINGS)) + " |"
    yield "|---|---|" + "---:|" * (len(sizes) + len(HEADINGS))
    for key in dict.fromkeys(each.key for each in results if each.key not in SKIPPED):
        for home in dict.fromkeys(each.home for each in results):
            taken = {each.stored: each for each in results if (each.key, each.home) == (key, home) and each.stored}
            if len(taken) > 1:
                yield _row(taken, sizes)


def _row(taken: dict[int, Result], sizes: Sequence[int]) -> str:
    first, last = taken[min(taken)], taken[max(taken)]
    cells = [amount(taken[size].value, taken[size].unit) if size in taken else "" for size in sizes]
    further = ["–", "–"]
    if last.unit in SLOPED:
        more = slope(taken)
        whole = last.value + more * (A_YEAR - last.stored) / 1e6
        further = [
            "+" + amount(more, last.unit),
            amount(whole / 1000, "s") if last.unit == "ms" else amount(whole, last.unit),
        ]
    return "| " + " | ".join((last.what, last.home, *cells, f"{tenfold(first, last):.1f}", *further)) + " |"


def tenfold(first: Result, last: Result) -> float:
    """What the value is multiplied by when ten times as much is stored."""
    decades = log10(last.stored / first.stored)
    return float((max(last.value, 1e-9) / max(first.value, 1e-9)) ** (1 / decades))


def slope(taken: dict[int, Result]) -> float:
    """What each further million costs, by the two largest sizes; what grew less than nothing costs nothing."""
    before, last = (taken[size] for size in sorted(taken)[-2:])
    return max(0.0, (last.value - before.value) / (last.stored - before.stored) * 1e6)
