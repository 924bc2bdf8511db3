"""What the sections of the administration share: a table to choose from, its buttons, and carrying a change out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.administration.settling import Settled
from core.errors import StraydeskError
from core.language import _
from pages.components import dialog, look, notice


@dataclass(frozen=True, slots=True)
class Button:
    """A click opens a dialog with this title, icon and body, which is given `about`."""

    label: str
    icon: str
    title: str
    body: Callable[..., None]
    about: tuple[object, ...]

    def show(self, key: str, kind: Literal["primary", "secondary"]) -> None:
        """The button itself."""
        if st.button(self.label, key=key, icon=f":material/{self.icon}:", type=kind):
            dialog.show(self.title, self.icon, self.body, *self.about)


def choose(rows: pd.DataFrame, columns: Mapping[str, Any], *, key: str, about: str) -> pd.Series | None:
    """The rows as a table; answers the chosen one, None if there is none. `columns` are those shown, with headings."""
    height: int | Literal["content"] = "content" if len(rows) <= 12 else 460
    picked = st.dataframe(rows[list(columns)], key=f"{key}-{st.session_state.get('settled', 0)}", hide_index=True,
                          on_select="rerun", selection_mode="single-row", column_config=dict(columns), alt=about,
                          height=height, row_height=36)  # fmt: skip
    places = [place for place in picked["selection"]["rows"] if place < len(rows)]
    return rows.iloc[places[0]] if places else None


def buttons(key: str, always: Sequence[Button], chosen: Sequence[Button] | None) -> None:
    """The buttons that need nothing chosen, and those for the chosen row (None: nothing is chosen, they say so)."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-buttons"):
        for place, button in enumerate(always):
            button.show(f"{key}-always-{place}", "primary")
        for place, button in enumerate(chosen or ()):
            button.show(f"{key}-chosen-{place}", "secondary")
        if chosen is None:
            st.caption(_("Choose a line to change or remove it."), width="content")


def do(action: Callable[[], Settled]) -> None:
    """Carry it out and show the page anew; what is merely mistyped is said in the dialog, which stays open."""
    try:
        notice.remember(action())
    except StraydeskError as problem:
        st.error(look.plain(problem), icon=":material/error:")
        return
    st.session_state["settled"] = st.session_state.get("settled", 0) + 1
    dialog.close()
