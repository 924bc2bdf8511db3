"""The chart of a run: how what is measured grows with what is stored, in both homes, beside its bar."""

from collections.abc import Sequence
from pathlib import Path

import altair as alt
import pandas as pd

from tests.benchmarks.results import Result

# What a panel shows: its key, its title, and the bar as a number where it stands at the value itself.
PANELS = {
    "queue": ("Queue page, p95", "ms"), "queue-load": ("… while another process collects", "ms"),
    "search": ("Text search, p95", "ms"), "routes": ("500 routes over all mail", "s"),
    "recommend": ("Recommendations", "s"), "collect-full": ("Collecting from Dovecot", "messages/s"),
}  # fmt: skip
# Told apart by people who see few colours too, and by shape.
HOMES, COLOURS, SHAPES = ["file", "lake"], ["#0072B2", "#D55E00"], ["circle", "triangle-up"]
INK = "#333333"
PER_ROW = 3


def saved(results: Sequence[Result], path: Path) -> None:
    """The chart as a picture."""
    chart(results).save(path, ppi=144)


def chart(results: Sequence[Result]) -> alt.ConcatChart:
    """A panel for each of PANELS that was measured."""
    shown = [
        _panel(results, key, title, unit)
        for key, (title, unit) in PANELS.items()
        if any(each.key == key for each in results)
    ]
    made: alt.ConcatChart = (
        alt.concat(*shown, columns=PER_ROW, spacing=24)
        .properties(
            title=alt.TitleParams(
                finding(results), subtitle=["By messages stored; the dashed line is the bar at a million of them."],
                anchor="start", fontSize=18, subtitleFontSize=13, offset=16, color=INK, subtitleColor=INK,
            ),
            background="white", padding=16,
        )
        .configure_axis(labelFontSize=11, titleFontSize=12, labelColor=INK, titleColor=INK, gridColor="#e5e5e5")
        .configure_legend(labelFontSize=12, titleFontSize=12, orient="top", symbolSize=90, labelColor=INK,
                          titleColor=INK)
        .configure_view(stroke=None)
    )  # fmt: skip
    return made


def finding(results: Sequence[Result]) -> str:
    """What the chart says, in a sentence."""
    told = []
    for home in HOMES:
        if barred := [each for each in results if each.home == home and each.bar]:
            met = sum(bool(each.met) for each in barred)
            told.append(f"{f'all {met}' if met == len(barred) else f'{met} of {len(barred)}'} bars on the {home}")
    most = max((each.stored for each in results), default=0)
    return f"With {most:,} messages stored: {' and '.join(told)} are met" if told else f"Up to {most:,} messages stored"


def _panel(results: Sequence[Result], key: str, title: str, unit: str) -> alt.LayerChart | alt.FacetChart:
    taken = [each for each in results if each.key == key]
    rows = pd.DataFrame({"stored": [each.stored for each in taken], "value": [each.value for each in taken],
                         "home": [each.home for each in taken]})  # fmt: skip
    x = alt.X("stored:Q", scale=alt.Scale(type="log", nice=False, padding=14), title=None,
              axis=alt.Axis(values=sorted(rows["stored"].unique()), format="~s", grid=False))  # fmt: skip
    y = alt.Y("value:Q", title=unit, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5))
    colour = alt.Color("home:N", scale=alt.Scale(domain=HOMES, range=COLOURS), title="store")
    shape = alt.Shape("home:N", scale=alt.Scale(domain=HOMES, range=SHAPES), title="store")
    base = alt.Chart(rows).encode(x=x, y=y, color=colour)
    layers = [base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=70, opacity=1).encode(shape=shape)]
    limits = {each.bar.limit for each in taken if each.bar and each.bar.of == "value"}
    for limit in limits:
        layers.append(
            alt.Chart(pd.DataFrame({"value": [limit]})).mark_rule(strokeDash=[6, 4], color=INK).encode(y="value:Q")
        )
    return alt.layer(*layers).properties(
        title=alt.TitleParams(title, fontSize=13, color=INK, anchor="start"), width=220, height=150
    )
