"""What verbs print: answers on standard output, all else on standard error, and nothing that drives a terminal."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any, Literal
from unicodedata import category

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

KEPT = "\n\u200c\u200d"  # lines, and the joiners that scripts and emoji are written with
Cell = str | Text
Place = Literal["left", "right", "rest"]


class _Shown(dict[int, str]):
    """What stands for a character on a terminal, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = shown = self._shown(code)
        return shown

    @staticmethod
    def _shown(code: int) -> str:
        character = chr(code)
        if character in KEPT:
            return character
        if character == "\t":
            return "    "
        if code < 0x20:
            return chr(0x2400 + code)  # the picture of the control character
        return "\ufffd" if category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character


_SHOWN = _Shown()


def harmless(text: object) -> str:
    """Text for a terminal: control characters, escape sequences and changes of direction can be seen but do nothing."""
    return str(text).replace("\r\n", "\n").translate(_SHOWN)


def folded(text: object) -> str:
    """The same on one line."""
    return harmless(" ".join(str(text).split()))


def answer(text: object = "") -> None:
    """Print to standard output."""
    sys.stdout.write(harmless(text) + "\n")


def say(text: object) -> None:
    """Tell the person something beside the answer, on standard error."""
    sys.stderr.write(harmless(text) + "\n")
    sys.stderr.flush()


def answer_json(value: object, *, one_line: bool = False) -> None:
    """Print JSON to standard output, in ASCII, so that it does nothing to a terminal either."""
    sys.stdout.write(json.dumps(plain(value), indent=None if one_line else 2, default=_utc) + "\n")
    sys.stdout.flush()


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain values."""
    return [{str(name): plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def plain(value: Any) -> Any:
    """A value without pandas and numpy: lists for arrays, None for whatever is missing."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _utc(moment: datetime) -> str:
    """A naive UTC time as ISO 8601."""
    return f"{moment.isoformat()}Z"


def answer_table(columns: Mapping[str, Place], rows: Iterable[Iterable[Cell]]) -> None:
    """Print a table that fits the terminal: columns that take the `rest` are cut where there is too little room."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title, place in columns.items():
        table.add_column(title, justify="right" if place == "right" else "left", no_wrap=place != "rest")
    for row in rows:
        table.add_row(*map(_unwrapped, row))
    Console(highlight=False).print(table)


def _unwrapped(cell: Cell) -> Text:
    text = cell if isinstance(cell, Text) else Text(folded(cell))
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def two_lines(first: object, second: object) -> Text:
    """A cell of two lines, the second one dimmed."""
    return Text.assemble(folded(first), "\n", (folded(second), "dim"))
