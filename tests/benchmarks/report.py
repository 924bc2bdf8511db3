"""A run of the benchmarks as a table on the terminal and as documents: JSON, Markdown, a chart."""

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from tests.benchmarks.chart import saved
from tests.benchmarks.growth import growth
from tests.benchmarks.results import A_MILLION, Result, amount, times, verdict
from tests.real_mail import REPOSITORY
from tests.servers.postgres import program

LIBRARIES = ("duckdb", "duckdb-extension-ducklake", "imap-tools", "pandas", "pyarrow")
BEGIN, END = "<!-- measured: begin (make bench writes this) -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Run:
    """What was measured where and when; `failed`: benchmarks that gave nothing, or not all."""

    at: str
    commit: str
    machine: dict[str, Any]
    versions: dict[str, str]
    minutes: float = 0.0
    results: Sequence[Result] = ()
    failed: Sequence[str] = field(default_factory=list)

    @classmethod
    def begun(cls) -> "Run":
        """A run that begins now, on this machine, of what is checked out."""
        memory = round(psutil.virtual_memory().total / 2**30)
        machine = {"processor": _processor(), "cores": os.cpu_count(), "memory_gb": memory,
                   "system": platform.platform(), "load_before": round(os.getloadavg()[0], 2)}  # fmt: skip
        postgres = _said(program("postgres"), "--version").split()
        versions = {"python": platform.python_version(), "postgresql": postgres[2] if postgres else "none"}
        return cls(datetime.now(UTC).isoformat(timespec="seconds"), _commit(), machine,
                   versions | {name: version(name) for name in LIBRARIES})  # fmt: skip

    def over(self, results: Sequence[Result], failed: Sequence[str]) -> "Run":
        """The same at its end."""
        minutes = (datetime.now(UTC) - datetime.fromisoformat(self.at)).total_seconds() / 60
        return replace(self, minutes=minutes, results=results, failed=failed)

    def told(self) -> dict[str, Any]:
        """As it stands in benchmarks.json."""
        return {"at": self.at, "commit": self.commit, "minutes": round(self.minutes, 1), "machine": self.machine,
                "versions": self.versions, "failed": list(self.failed),
                "results": [each.told() for each in self.results]}  # fmt: skip

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Run":
        """Back from benchmarks.json."""
        return cls(**told | {"results": [Result.of(each) for each in told["results"]]})


def printed(run: Run) -> None:
    """The table, on the terminal."""
    table = Table(
        title="Ratio: how many times better than what it is compared with, in the same run", title_justify="left"
    )
    for heading in ("what", "home", "stored", "measured", "compared with", "ratio", "bar", ""):
        table.add_column(heading, justify="right" if heading in ("stored", "measured", "ratio") else "left")
    for each in run.results:
        table.add_row(each.what, each.home, f"{each.stored:,}", amount(each.value, each.unit), _against(each),
                      times(each.ratio), each.bar.words if each.bar else "", verdict(each))  # fmt: skip
    Console(width=None if os.isatty(1) else 200).print(table)


def written(run: Run, folder: Path) -> None:
    """The documents in a folder, and the figures in its scale.md where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.json").write_text(json.dumps(run.told(), indent=1, ensure_ascii=False) + "\n")
    saved(run.results, folder / "benchmarks.png")
    (folder / "benchmarks.md").write_text("\n".join(_page(run)) + "\n")
    if (scale := folder / "scale.md").exists():
        scale.write_text(filled(scale.read_text(), "\n".join(growth(run.results))))


def filled(text: str, figures: str) -> str:
    """A text with the figures between its two marks, whatever stood there."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


PAGE = """\
# Benchmarks

Written by `make bench`; the figures are in [benchmarks.json](benchmarks.json). A ratio says how many times better ours
is than what it is compared with in the same run: 2 × is twice as fast, or half the memory. *file* is a DuckDB file,
*lake* is DuckLake with its catalog in PostgreSQL and its data in a folder.

![How what is measured grows with what is stored](benchmarks.png)

## The bars

{bars}

## By size

{sizes}

## Where

{at}, commit {commit}, {minutes:.0f} minutes: {processor}, {cores} cores, {memory_gb} GB, {system}; load before it began
{load_before}. {versions}."""


def _page(run: Run) -> Iterator[str]:
    """benchmarks.md."""
    rest = (each for each in run.results if each.stored not in (0, A_MILLION) or not each.bar)
    yield PAGE.format(
        bars="\n".join(_table(each for each in run.results if each.bar)), sizes="\n".join(_table(rest)),
        at=run.at, commit=run.commit, minutes=run.minutes,
        versions=", ".join(f"{name} {number}" for name, number in run.versions.items()), **run.machine,
    )  # fmt: skip
    if run.failed:
        yield f"\nNot measured, or not all of it: {', '.join(run.failed)}."


def _table(results: Iterator[Result]) -> Iterator[str]:
    yield "| what | home | stored | measured | compared with | ratio | bar | |"
    yield "|---|---|---:|---:|---|---:|---|---|"
    for each in results:
        bar = each.bar.words.replace("|", "\\|") if each.bar else ""
        word = {"": "", "met": "met", "missed": "**missed**"}[verdict(each)]
        yield (f"| {each.what} | {each.home} | {each.stored:,} | {amount(each.value, each.unit)} | {_against(each)} "
               f"| {times(each.ratio)} | {bar} | {word} |")  # fmt: skip


def _against(result: Result) -> str:
    return f"{result.against}: {amount(result.against_value, result.unit)}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _commit() -> str:
    """The commit, and whether something is changed on top of it."""
    commit, changed = (
        _said("git", "rev-parse", "--short", "HEAD"),
        _said("git", "status", "--porcelain", "--untracked-files=no"),
    )
    return (commit or "unknown") + (" and changes" if changed else "")


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
