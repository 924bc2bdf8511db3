"""Every chart of the app: its finding as the title, its data and an export beside it, colours that all people can tell.

The colours keep their distance for colour-blind eyes and stand out (3 : 1) on the light and on the dark background.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from core.exporting import as_csv
from core.language import _
from core.store import sql
from pages.components.look import plain, text

TEAL, BLUE, GOLD, RED, GREY, PLUM = "#2a8c96", "#4a7fc9", "#b98200", "#cf4a2e", "#82888a", "#a0629b"
MEANING = {
    "routed": TEAL, "by_hand": BLUE, "deleted": GREY, "blocked": PLUM, "waiting": GOLD,
    "breached": RED, "due": GOLD, "fine": TEAL, "aside": GREY,
    "median_hours": BLUE, "p90_hours": GREY,
    "agreed": TEAL, "against": RED, "route": TEAL, "shadow": GREY, "usual": GREY, "came": TEAL, "unlike": RED,
}  # fmt: skip
PICKS = "picks"  # counts the clicks that were acted on, so that the chart starts anew without a selection
TITLE = "margin:0;font-size:1rem;line-height:1.35;font-weight:600;padding:.35rem 0"

Drawn = alt.Chart | alt.LayerChart | alt.FacetChart  # one chart, or several on top of one another
Pick = tuple[str, Callable[[Any], None]]
"""A field of the chart, and what to do when a person clicks on a value of it."""


def show(chart: Drawn | None, data: pd.DataFrame, title: str, *, key: str, columns: Mapping[str, str],
         kinds: Mapping[str, str] | None = None, pick: Pick | None = None, note: str = "",
         queries: Sequence[str] = ()) -> None:  # fmt: skip
    """The chart under its finding, with a `note` beside it. Without a chart or without data there is only the sentence.

    `columns` names what the table and the export hold: column → heading. `kinds` says what the colours mean (see
    `colours`), in words that a screen reader reads too. `pick` needs a chart with the parameter of `picking`.
    `queries` are those behind it, by name, for whoever wants to read them.
    """
    table = data[list(columns)].rename(columns=dict(columns))
    with st.container(key=f"finding-{key}", horizontal=True, vertical_alignment="top"):
        aside = f' <span class="sd-soft" style="font-weight:400">{text(note)}</span>' if note else ""
        st.html(f'<h2 style="{TITLE}">{text(title)}{aside}</h2>', width="stretch")
        if len(data):
            _data(table, key, queries)
    if chart is not None and len(data):
        if kinds:
            st.html(_legend(kinds))
        _draw(chart, title, key, pick)


def table(
    data: pd.DataFrame, columns: Mapping[str, Any], *, key: str, about: str, lead_to: Callable[[int], None]
) -> None:
    """The data as lines under their finding; a click on a line leads to what it is about, by its place in the data."""
    name = f"lines-{key}-{st.session_state.get(PICKS, 0)}"
    shown = data[list(columns)]
    picked = st.dataframe(shown, key=name, hide_index=True, on_select="rerun", selection_mode="single-cell",
                          column_config=dict(columns), alt=about)  # fmt: skip
    cells = picked["selection"]["cells"]
    if cells:
        st.session_state[PICKS] = st.session_state.get(PICKS, 0) + 1
        lead_to(cells[0][0])


def colours(names: Mapping[str, str]) -> alt.Color:
    """The colours of what `names` holds (code → label), told by the field `kind`; `show` explains them."""
    scale = alt.Scale(domain=list(names.values()), range=[MEANING[code] for code in names])
    return alt.Color("kind:N", scale=scale, legend=None)


def picking(field: str) -> alt.Parameter:
    """What makes the marks of a chart answer to a click; add it with `add_params`."""
    return alt.selection_point(name="picked", fields=[field], on="click", clear="dblclick")


def opacity(field: str, chosen: list[str]) -> Any:
    """Full colour for the chosen values of a field, the others pale; all in full colour when none is chosen."""
    if not chosen:
        return alt.value(1)
    return alt.condition(alt.FieldOneOfPredicate(field=field, oneOf=chosen), alt.value(1), alt.value(0.3))


def _legend(kinds: Mapping[str, str]) -> str:
    square = "display:inline-block;width:.7em;height:.7em;border-radius:.12em;margin-right:.35em;background:"
    marks = (f'<span style="white-space:nowrap"><span aria-hidden="true" style="{square}{MEANING[code]}"></span>'
             f"{text(label)}</span>" for code, label in kinds.items())  # fmt: skip
    return f'<div style="font-size:.86rem;display:flex;flex-wrap:wrap;gap:.2rem 1rem">{"".join(marks)}</div>'


def _data(table: pd.DataFrame, key: str, queries: Sequence[str]) -> None:
    with st.popover(
        _("Show data"), icon=":material/table:", type="tertiary", key=f"data-{key}", on_change="rerun"
    ) as shown:
        if shown.open:
            st.dataframe(table, hide_index=True, width=640, key=f"table-{key}")
            st.download_button(_("Export as CSV"), lambda: as_csv(table), f"straydesk-{key}.csv", "text/csv",
                               key=f"export-{key}", icon=":material/download:", on_click="ignore")  # fmt: skip
            for name in queries:
                with st.expander(_("Its query: {name}").format(name=plain(name)), icon=":material/code:"):
                    st.code(sql(name), language="sql", height=320)


def _draw(chart: Drawn, title: str, key: str, pick: Pick | None) -> None:
    if pick is None:
        st.altair_chart(chart, key=f"chart-{key}", alt=title)
        return
    field, then = pick
    name = f"chart-{key}-{st.session_state.get(PICKS, 0)}"
    st.altair_chart(chart, key=name, alt=title, selection_mode="picked", on_select=lambda: _answer(name, field, then))


def _answer(name: str, field: str, then: Callable[[Any], None]) -> None:
    points = st.session_state[name]["selection"].get("picked") or []
    if points and field in points[0]:
        st.session_state[PICKS] = st.session_state.get(PICKS, 0) + 1
        then(points[0][field])
