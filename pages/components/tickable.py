"""Rows that are ticked or clicked, held by what they are: mail that comes or goes moves them while somebody chooses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st


@dataclass
class Held:
    """What a session has ticked in a table, the rows it was drawn with, and the ticks it began with."""

    name: str
    round: int
    drawn: tuple[str, ...] = ()
    ticked: list[str] = field(default_factory=list)
    turn: int = 0
    default: Any = None

    @property
    def key(self) -> str:
        """The key of the table."""
        return f"{self.name}-{self.round}-{self.turn}"


def show(table: pd.DataFrame, ids: Sequence[str], name: str, open: Callable[[str], None], *, several: bool,
         **looks: Any) -> list[str]:  # fmt: skip
    """The table, a row for each of `ids`; a click on a cell calls `open`. Answers the ids that are ticked.

    An action begins a new round, in which nothing is ticked. Where rows have moved under ticks, the table gets a new
    key and the ticks anew; without ticks it keeps its key, and with it its place.
    """
    return draw(hold(name, ids), table, ids, open, several=several, **looks)


def draw(held: Held, table: pd.DataFrame, ids: Sequence[str], open: Callable[[str], None], *, several: bool,
         **looks: Any) -> list[str]:  # fmt: skip
    """The table of `show`, where what is ticked was wanted before it is drawn."""
    key = held.key
    st.dataframe(
        table, key=key, on_select=lambda: _picked(held, key, tuple(ids), open), hide_index=True,
        selection_mode=["multi-row", "single-cell"] if several else ["single-cell"],
        selection_default=held.default, **looks,
    )  # fmt: skip
    return held.ticked


def hold(name: str, rows: Sequence[str]) -> Held:
    """What is ticked in the table of this name, which is about to be drawn with these rows; once a run."""
    ids = tuple(rows)
    round = st.session_state.get("round", 0)
    held: Held = st.session_state.setdefault(f"{name}-held", Held(name, round))
    if held.round != round:
        held = st.session_state[f"{name}-held"] = Held(name, round)
    elif held.key not in st.session_state:  # it was not on the screen in between: its ticks are gone
        held.ticked, held.default = [], None
    elif held.ticked and held.drawn != ids:
        held.turn, held.ticked = held.turn + 1, [id for id in held.ticked if id in ids]
        held.default = {"selection": {"rows": [ids.index(id) for id in held.ticked], "columns": [], "cells": []}}
    held.drawn = ids
    return held


def _picked(held: Held, key: str, ids: tuple[str, ...], open: Callable[[str], None]) -> None:
    """Places mean the rows that were on the screen when somebody clicked, not those of the run that comes now."""
    picked = st.session_state[key]["selection"]
    held.ticked = [ids[place] for place in picked.get("rows", []) if 0 <= place < len(ids)]
    for place, _column in picked.get("cells", [])[:1]:
        if 0 <= place < len(ids):
            open(ids[place])
