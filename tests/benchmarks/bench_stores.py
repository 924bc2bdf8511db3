"""Making the stores that the others measure on; they stay for the rest of the run."""

from collections.abc import Iterator, Sequence

from tests.benchmarks.big_store import making
from tests.benchmarks.results import Bar, Result, at_a_million


def measure(home: str, sizes: Sequence[int]) -> Iterator[Result]:
    """A year of mail, made set by set in a file; poured from there into a lake."""
    for messages in sizes:
        made = making("file", messages)
        bar = at_a_million(messages, Bar("< 2 min", 120.0))
        if home == "lake":
            yield Result("make", "making a store of so many messages", home, messages, made["made"] + making(home, messages)["made"],
                         "s", "making the file alone, from which it is filled", made["made"], bar)  # fmt: skip
        else:
            yield Result("make", "making a store of so many messages", home, messages, made["made"], "s",
                         "a plain copy of the finished tables (COPY FROM DATABASE)", made["copied"], bar)  # fmt: skip
