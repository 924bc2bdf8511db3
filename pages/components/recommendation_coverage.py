"""The coverage curve: how much of the unrouted mail the recommended routes would have handled, the best ones first."""

import altair as alt
import pandas as pd

from core.language import _, n_
from core.recommendations import Recommended
from core.recommendations.sentences import share as percent
from pages.components import charts, recommendation_list

QUERIES = ("recommend_measure", "recommend_choose", "recommend_told")
COLUMNS = ["key", "name", "new", "code"]


def show(found: Recommended, listed: set[str]) -> None:
    """What each one adds as a bar, and the share of all of them so far as a line; a click on a bar opens its card.

    Those that are not `listed` are pale.
    """
    rows = _rows(found)
    kinds = {"route": _("sure enough"), "shadow": _("not sure enough for a route")}
    there = {code: label for code, label in kinds.items() if (rows["code"] == code).any()}
    told = rows.assign(kind=rows["code"].map(kinds))
    charts.show(_chart(told, there, sorted(listed), int((rows["code"] == "route").sum())) if len(rows) else None, told,
                _finding(rows), key="coverage", kinds=there, pick=("key", recommendation_list.only), queries=QUERIES,
                columns={"place": _("No."), "name": _("Recommendation"), "kind": _("Offered"), "new": _("Adds, mails"),
                         "handled": _("So far, mails"), "share": _("So far, share")})  # fmt: skip


def _rows(found: Recommended) -> pd.DataFrame:
    """Those of the curve in its order, then those in shadow, which would come on top of it."""
    inside = set(found.curve["key"])
    later = sorted((each for each in found.offered if each.key not in inside), key=lambda each: -each.new)
    routes = found.curve[["key", "name", "new"]].assign(code="route")
    shadows = pd.DataFrame([(each.key, each.name, each.new, "shadow") for each in later], columns=COLUMNS)
    rows = pd.concat([routes, shadows], ignore_index=True) if len(later) else routes
    handled = rows["new"].cumsum()
    total = found.unrouted - found.settled
    return rows.assign(place=range(1, len(rows) + 1), handled=handled, share=handled / total if total else 0.0)


def _finding(rows: pd.DataFrame) -> str:
    routes = rows[rows["code"] == "route"]
    if routes.empty:
        return _("Nothing is sure enough for a route") if len(rows) else _("Nothing is recommended")
    whole, last = float(routes["share"].iloc[-1]), routes.iloc[-1]
    half = int((routes["share"] < whole / 2).sum()) + 1
    if len(routes) < 3:
        return _("{share} of the unrouted mail would have been handled").format(share=percent(whole))
    told = n_("{share} with {count} of them; the first one brings half of it, the last one adds {adds} mails",
              "{share} with {count} of them; the first {half} bring half of it, the last one adds {adds} mails",
              half)  # fmt: skip
    return told.format(share=percent(whole), count=len(routes), half=half, adds=int(last["new"]))


def _chart(rows: pd.DataFrame, kinds: dict[str, str], listed: list[str], sure: int) -> charts.Drawn:
    place = alt.X("place:O", title=_("the best ones first"), axis=alt.Axis(labelAngle=0, labelOverlap=True))
    tooltip = [alt.Tooltip("name:N", title=_("Recommendation")), alt.Tooltip("new:Q", title=_("Adds, mails")),
               alt.Tooltip("share:Q", title=_("So far, share"), format=".0%"),
               alt.Tooltip("kind:N", title=_("Offered"))]  # fmt: skip
    bars = alt.Chart(rows).mark_bar(cursor="pointer").encode(
        place, alt.Y("new:Q", title=_("mails that each one adds"), axis=alt.Axis(tickMinStep=1, grid=False)),
        charts.colours(kinds), opacity=charts.opacity("key", listed), tooltip=tooltip,
    ).add_params(charts.picking("key"))  # fmt: skip
    share = alt.Y("share:Q", title=_("handled so far"), scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    line = alt.Chart(rows).mark_line(color=charts.GOLD, strokeWidth=2.5).encode(place, share, tooltip=tooltip)
    ends = alt.Chart(rows[rows["place"] == sure].assign(told=lambda end: [percent(share) for share in end["share"]]))
    mark = ends.mark_point(color=charts.GOLD, size=90, filled=True, opacity=1).encode(place, share, tooltip=tooltip)
    said = ends.mark_text(dy=-14, fontWeight=600, fontSize=13, color=charts.GOLD).encode(
        place, share, text="told:N")  # fmt: skip
    curve = line + mark + said if sure else line  # an empty layer would be an image without a name
    whole: charts.Drawn = alt.layer(bars, curve).resolve_scale(y="independent").properties(height=330)
    return whole
