"""What a benchmark found out: a value, beside what it is compared with in the same run, and whether its bar is met.

A ratio always says how many times better ours is than what it is compared with: 2.0 is twice as fast, or half the
memory; 0.5 is half as fast.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

A_MILLION = 1_000_000
MORE_IS_BETTER = ("messages/s",)


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked for (DESIGN §9): of the value itself, or of its ratio."""

    words: str
    limit: float
    of: Literal["value", "ratio"] = "value"
    at_least: bool = False

    def met(self, result: "Result") -> bool:
        measured = result.ratio if self.of == "ratio" else result.value
        return measured >= self.limit if self.at_least else measured < self.limit


@dataclass(frozen=True, slots=True)
class Result:
    """`stored`: messages in the store it was measured on; `against_value` has the unit of `value`."""

    key: str
    what: str
    home: str
    stored: int
    value: float
    unit: str
    against: str
    against_value: float
    bar: Bar | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times better than what it is compared with."""
        ours, theirs = max(self.value, 1e-9), max(self.against_value, 1e-9)
        return ours / theirs if self.unit in MORE_IS_BETTER else theirs / ours

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None where there is none."""
        return self.bar.met(self) if self.bar else None

    def told(self) -> dict[str, Any]:
        """As it stands in the JSON file."""
        return asdict(self) | {"ratio": self.ratio, "met": self.met}

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Result":
        """Back from the JSON file."""
        given = {name: value for name, value in told.items() if name not in ("ratio", "met")}
        return cls(**given | {"bar": Bar(**given["bar"]) if given["bar"] else None})


def at_a_million(stored: int, bar: Bar) -> Bar | None:
    """The bar where it holds: at the size that it names."""
    return bar if stored == A_MILLION else None


def write_down(path: Path, result: Result) -> None:
    """One more line; what was measured before something failed is not lost."""
    with path.open("a") as file:
        file.write(json.dumps(result.told()) + "\n")


def written_down(path: Path) -> list[Result]:
    """All that was measured so far."""
    return [Result.of(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def amount(value: float, unit: str) -> str:
    """A value with its unit, with as many digits as it deserves."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def times(ratio: float) -> str:
    """A ratio, with as many digits as it deserves."""
    return f"{ratio:,.{0 if ratio >= 100 else 1 if ratio >= 10 else 2}f} ×"


def verdict(result: Result) -> str:
    """In a word."""
    return {None: "", True: "met", False: "missed"}[result.met]


def missed(results: Iterable[Result]) -> list[Result]:
    """Those that fall short of their bar."""
    return [result for result in results if result.met is False]
