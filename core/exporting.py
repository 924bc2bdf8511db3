"""Frames as files: CSV that is safe to open in a spreadsheet, and Parquet for notebooks."""

from io import BytesIO
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

# What a spreadsheet may take for the beginning of a formula; the wide forms count in East Asian editions.
FORMULA = r"^\s*[=+\-@\t\r\n＝＋－＠]"


def as_csv(frame: pd.DataFrame) -> bytes:
    """The frame as CSV (RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read it as what it is).

    A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay numbers. Times are
    UTC as `2025-03-03 09:00:00`, lists are joined by `; `.
    """
    told = pd.DataFrame({name: _told(frame[name]) for name in frame.columns})
    return told.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def as_parquet(frame: pd.DataFrame) -> bytes:
    """The frame as Parquet, every value as it is."""
    file = BytesIO()
    frame.to_parquet(file, index=False, engine="pyarrow")
    return file.getvalue()


def _told(column: Any) -> Any:
    if is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d %H:%M:%S")
    if is_numeric_dtype(column) or is_bool_dtype(column):
        return column
    words = column.map(_joined, na_action="ignore").astype("string")
    return words.where(~words.str.contains(FORMULA, regex=True).fillna(False), "'" + words)


def _joined(value: Any) -> str:
    """A cell as text: lists come from DuckDB as arrays, and neither NUL nor half a character may reach the file."""
    several = hasattr(value, "__iter__") and not isinstance(value, str)
    text = "; ".join(map(str, value)) if several else str(value)
    return text.replace("\x00", "").encode("utf-8", errors="replace").decode()
