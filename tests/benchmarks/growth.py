"""How what is measured grows with what is stored: by which power, and by how much for each further million."""

from collections.abc import Iterator, Sequence
from math import log10

from tests.benchmarks.results import Result, amount

SKIPPED = ("routes-loop",)  # the same measurement, compared with something else
SLOPED = ("ms", "s", "MB")


def growth(results: Sequence[Result]) -> Iterator[str]:
    """A table for scale.md: a row for each measurement and home that was taken at several sizes."""
    sizes = sorted({each.stored for each in results} - {0})
    yield (
        "| what | home | "
        + " | ".join(f"{size:,}" for size in sizes)
        + " | × for ten times as much | for each further million |"
    )
    yield "|---|---|" + "---:|" * (len(sizes) + 2)
    for key in dict.fromkeys(each.key for each in results if each.key not in SKIPPED):
        for home in dict.fromkeys(each.home for each in results):
            taken = {each.stored: each for each in results if (each.key, each.home) == (key, home) and each.stored}
            if len(taken) > 1:
                yield _row(taken, sizes)


def _row(taken: dict[int, Result], sizes: Sequence[int]) -> str:
    first, last = taken[min(taken)], taken[max(taken)]
    cells = [amount(taken[size].value, taken[size].unit) if size in taken else "" for size in sizes]
    return f"| {first.what} | {first.home} | " + " | ".join(cells) + f" | {tenfold(first, last):.1f} | {slope(taken)} |"


def tenfold(first: Result, last: Result) -> float:
    """What the value is multiplied by when ten times as much is stored."""
    decades = log10(last.stored / first.stored)
    return float((max(last.value, 1e-9) / max(first.value, 1e-9)) ** (1 / decades))


def slope(taken: dict[int, Result]) -> str:
    """What each further million costs, by the two largest sizes."""
    before, last = (taken[size] for size in sorted(taken)[-2:])
    if last.unit not in SLOPED:
        return "–"
    return "+" + amount(max(0.0, (last.value - before.value) / (last.stored - before.stored) * 1e6), last.unit)
