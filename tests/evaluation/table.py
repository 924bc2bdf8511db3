"""The figures of many desks as one Markdown table, a line each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from core.evaluating import Evaluation

BEGIN, END = "<!-- figures: python -m tests.evaluation --write -->", "<!-- end of figures -->"
READABLE = ("sender", "list", "domain", "ladder")
TITLES = ("desk", "mails", "offered", "right", "false", "top 1", "top 3", "**at 95 %**", "sender", "list", "domain",
          "ladder", "RIPPER", "SVM", "SVM top 1", "top 3", "seconds, ours", "RIPPER", "SVM")  # fmt: skip


def head() -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (TITLES, ["---", *["--:"] * (len(TITLES) - 1)]))


def line(desk: str, measured: Evaluation) -> str:
    """A desk: what ours would have got, and the coverage at 95 % of everybody."""
    at_95 = [_share(measured, learner, "coverage_at_95") for learner in ("recommended", *READABLE, "ripper", "svm")]
    ours = [_share(measured, "recommended", name) for name in ("coverage", "precision")]
    false = _value(measured, "recommended", "false_routes")
    ours += ["" if false is None else f"{false:.0f}"]
    ours += [_share(measured, "recommended", name) for name in ("top_1", "top_3")]
    ceiling = [_share(measured, "svm", name) for name in ("top_1", "top_3")]
    seconds = [_value(measured, learner, "seconds") for learner in ("recommended", "ripper", "svm")]
    cells = [desk, f"{measured.tested:,}", *ours, f"**{at_95[0]}**", *at_95[1:], *ceiling,
             *("" if each is None else f"{each:.0f}" for each in seconds)]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def write(page: Path, lines: Iterable[str]) -> None:
    """Put the table between its marks in a page."""
    before, _begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _old, _end, after = rest.partition(END)
    table = "\n".join([head(), *lines])
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def _share(measured: Evaluation, learner: str, name: str) -> str:
    value = _value(measured, learner, name)
    return "" if value is None else f"{value:.1%}"


def _value(measured: Evaluation, learner: str, name: str) -> Any:
    if learner not in set(measured.summary["learner"]):
        return None
    value = measured.of(learner)[name]
    return None if pd.isna(value) else value
