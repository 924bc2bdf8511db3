"""Making the stores that the others measure on; they stay for the rest of the run."""

from collections.abc import Iterator, Sequence

from tests.benchmarks.big_store import making
from tests.benchmarks.results import Bar, Result, at_a_million

COPY = "a plain copy of the finished tables (COPY FROM DATABASE)"


def measure(home: str, sizes: Sequence[int]) -> Iterator[Result]:
    """A year of mail, made set by set in a file; poured from there into a lake."""
    for messages in sizes:
        took, against, other = making("file", messages)["made"], COPY, making("file", messages)["copied"]
        if home == "lake":
            took, against, other = (
                took + making(home, messages)["made"],
                "the file alone, from which it is filled",
                took,
            )
        yield Result("make", "making a store of so many messages", home, messages, took, "s", against, other,
                     at_a_million(messages, Bar("< 2 min", 120.0)))  # fmt: skip
