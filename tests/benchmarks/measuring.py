"""One benchmark on one home, in a process of its own: `python -m tests.benchmarks.measuring NAME HOME SIZES RESULTS`.

What it finds out is written down line by line as it is measured.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from tests.benchmarks.results import Result, amount, times, verdict, write_down

Measure = Callable[[str, Sequence[int]], Iterator[Result]]


def measure(name: str, home: str, sizes: Sequence[int], results: Path) -> None:
    """Runs `measure` of a module bench_NAME."""
    work: Measure = import_module(f"tests.benchmarks.bench_{name}").measure
    for result in work(home, sizes):
        write_down(results, result)
        print(f"{result.home}, {result.stored:,} stored: {result.what}: {amount(result.value, result.unit)}; "
              f"{result.against} {amount(result.against_value, result.unit)}: {times(result.ratio)} "
              f"{verdict(result)}", flush=True)  # fmt: skip


if __name__ == "__main__":
    name, home, sizes, results = sys.argv[1:]
    measure(name, home, [int(size) for size in sizes.split(",")], Path(results))
