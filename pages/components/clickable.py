"""A table whose rows open beside it at a click; what is opened stands in the address, so it can be shared."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import tickable

ROW = 36  # pixels


@dataclass(frozen=True, slots=True)
class Choice:
    """`opened` is what the address names, or the first row; `selected` are the rows ticked at the left."""

    opened: str
    selected: list[str]


def show(table: pd.DataFrame, ids: list[str], name: str, columns: dict[str, object], alt: str, *,
         several: bool = False, height: int = 560) -> Choice:  # fmt: skip
    """The table, a row for each of `ids`, in their order; `name` is the parameter of the address."""
    opened = st.query_params.get(name) or (ids[0] if ids else "")
    marked = table.copy()
    marked.insert(0, "now", ["▸" if id == opened else "" for id in ids])
    configured: dict[str, Any] = {"now": st.column_config.TextColumn("", width=22)}
    ticked = tickable.show(
        marked, ids, f"{name}-list", lambda id: _open(name, id), several=several, row_height=ROW, alt=alt,
        height=min(height, ROW * (len(ids) + 1) + 2), column_config=configured | columns,
    )  # fmt: skip
    return Choice(opened, ticked)


def record(rows: pd.DataFrame, id: str) -> dict[str, Any]:
    """The row of this `id` by column name, with None for what is missing."""
    found = rows[rows["id"] == id]
    return {str(name): value for name, value in found.astype(object).where(found.notna(), None).iloc[0].items()}


def _open(name: str, id: str) -> None:
    st.query_params[name] = id
