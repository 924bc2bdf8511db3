"""How benchmarks take the time: rounds of what is compared take turns, and pages are asked for again and again."""

import time
from collections.abc import Callable, Iterable
from itertools import cycle
from statistics import median
from typing import TypeVar

Chosen = TypeVar("Chosen")

CALLS = 100
LEAST = 20  # calls, of what takes long
PATIENCE = 15.0  # seconds, after which LEAST calls do


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def typical(work: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the median round, after one that warms up."""
    work()
    return median(seconds(work) for _round in range(rounds))


def calls(choices: Iterable[Chosen], read: Callable[[Chosen], object], count: int = 0,
          going_on: Callable[[], bool] = lambda: True) -> list[float]:  # fmt: skip
    """Seconds of each of so many calls, sorted; fewer of what takes long, and only while something goes on."""
    taken: list[float] = []
    count = min(count, CALLS) or CALLS
    began = time.monotonic()
    for chosen in cycle(choices):
        taken.append(seconds(lambda chosen=chosen: read(chosen)))  # type: ignore[misc]
        if (
            not going_on()
            or len(taken) >= count
            or (len(taken) >= min(LEAST, count) and time.monotonic() - began > PATIENCE)
        ):
            break
    if len(taken) < min(LEAST, count):
        raise AssertionError(f"there was only time for {len(taken)} calls")
    return sorted(taken)


def p95(taken: list[float]) -> float:
    """Milliseconds that 95 of 100 calls take at most; `taken` is sorted."""
    return taken[min(int(len(taken) * 0.95), len(taken) - 1)] * 1000


def told(taken: list[float]) -> str:
    """Median, 95th percentile and the longest, in milliseconds."""
    return f"p50 {median(taken) * 1000:,.0f} ms, p95 {p95(taken):,.0f} ms, longest {taken[-1] * 1000:,.0f} ms"
