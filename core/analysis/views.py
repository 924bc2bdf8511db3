"""The documented views: what there is, by the comments of core/sql/analysis.sql, and what a person sees of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd

from core.scope import Scope
from core.store import columns_of_macros, sql

VERSION = 1  # of the views: one more when a column goes or means something else; new ones don't count
BODIES = "bodies"  # the view that has what mail says
FILE = "analysis"
MACRO = re.compile(r"^((?:--[^\n]*\n)+)CREATE OR REPLACE TEMP MACRO ([a-z]\w*)\(own, moment\) AS TABLE\n(.*?);$",
                   re.DOTALL | re.MULTILINE)  # fmt: skip
COLUMN = re.compile(r"\b(\w+)\"?,?\s+-- (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its SQL type, and what it says."""

    name: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class View:
    """A view: what a row of it is, and its columns in order."""

    name: str
    about: str
    columns: tuple[Column, ...]


@cache
def all_views() -> tuple[View, ...]:
    """Every documented view, that of bodies too, in the order they stand in the file."""
    found = MACRO.findall(sql(FILE))
    types = columns_of_macros(FILE, *(name for _about, name, _text in found))
    return tuple(_view(name, about, text, types[name]) for about, name, text in found)


def views(scope: Scope) -> tuple[View, ...]:
    """The views that a person may ask: that of bodies only where they may read mail."""
    return tuple(view for view in all_views() if scope.reads_bodies or view.name != BODIES)


def as_frame(chosen: Sequence[View]) -> pd.DataFrame:
    """A row each column: view, column, type, about."""
    rows = [(view.name, each.name, each.kind, each.about) for view in chosen for each in view.columns]
    return pd.DataFrame(rows, columns=["view", "column", "type", "about"])


def select(view: str, columns: Sequence[str] = ()) -> str:
    """The query for a view (only these columns of it), with the parameters of `seen_by`; the names are our own."""
    chosen = ", ".join(f'"{column}"' for column in columns) or "*"
    return f"SELECT {chosen} FROM {view}($own::VARCHAR[], $moment::TIMESTAMP)"  # noqa: S608


def seen_by(scope: Scope, moment: datetime) -> dict[str, Any]:
    """The parameters that have a view hold what a person may see."""
    return {"own": list(scope.mailboxes), "moment": moment}


def _view(name: str, about: str, text: str, types: Mapping[str, str]) -> View:
    told = {column: words.strip() for column, words in COLUMN.findall(text)}
    # What stands before the first empty line of comments belongs to the file.
    words = " ".join(line.removeprefix("--").strip() for line in about.splitlines())
    return View(name, words, tuple(Column(each, kind, told.get(each, "")) for each, kind in types.items()))
