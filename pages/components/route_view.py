"""One route beside the list: what it says, how it does, what is the matter with it, and how it came to be so."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.conflicts import Finding
from core.errors import NotFound
from core.language import _, n_
from core.one_route import OneRoute, one_route
from core.scope import Scope
from pages.components import (
    clickable,
    route_actions,
    route_findings,
    route_list,
    route_past,
    route_pinned,
    route_reading,
    route_shadow,
    route_trend,
)
from pages.components.look import box, row, text
from pages.components.reading import age, moment, number, who

Row = dict[str, Any]


def show(scope: Scope, rows: pd.DataFrame, found: Sequence[Finding], id: str) -> None:
    """The route of this id, a row of `rows`; or a word that there is none, with the way back to a removed one."""
    try:
        route = one_route(scope, id)
    except NotFound as problem:
        st.html(box(text(problem), warn=True))
        route_past.removed(scope, id)
        return
    record = clickable.record(rows, id)
    own = [each for each in found if each.route == record["name"] or record["name"] in each.others]
    _head(record, route, own)
    route_actions.show(scope, rows, route)
    _numbers(record)
    _parts(scope, rows, route, record, own)


def _head(record: Row, route: OneRoute, own: list[Finding]) -> None:
    about = [each for each in own if each.route == record["name"] and not each.acknowledged_by]
    badges = " ".join(f'<span class="sd-mark sd-no">{text(mark)}</span>' for mark in route_list.marks(record, about))
    changed = _("version {version}, {when}, {who}").format(
        version=route.version, when=moment(route.changed_at), who=who(route.by_name))  # fmt: skip
    lines = [f"<h2>{text(record['name'])}</h2>", f"<div>{badges}</div>" if badges else "",
             row(_("Catches"), text(record["conditions"])), row(_("Opens"), text(record["target"])),
             row(_("Owner"), text(who(record["owner_name"]))), row(_("Changed"), text(changed))]  # fmt: skip
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')
    if route.waits:
        st.html(box(text(_("This version is not in force before a lead or administrator has acknowledged it."))))


def _numbers(record: Row) -> None:
    """How it does, each number with its period."""
    last = record["last_fired_at"]
    told = {
        _("Mails caught"): _("{week} in 7 days · {month} in 30 days · {quarter} in 90 days").format(
            week=number(record["hits_7"]), month=number(record["hits_30"]), quarter=number(record["hits_90"])),
        _("Last one"): _("{age} ago").format(age=age(last)) if last else _("never"),
        _("Only it"): _("{count} in 90 days no other route would have caught").format(
            count=number(record["marginal_90"])),
        _("Overridden"): n_("{count} item in 90 days, by people", "{count} items in 90 days, by people",
                            record["overrides_90"]).format(count=number(record["overrides_90"])),
        _("Beside it"): n_("{count} address in 90 days that no route wanted",
                           "{count} addresses in 90 days that no route wanted", record["unrouted_90"]).format(
                               count=number(record["unrouted_90"])),
    }  # fmt: skip
    st.html(f'<div class="sd-head">{"".join(row(key, text(value)) for key, value in told.items())}</div>')


def _parts(scope: Scope, rows: pd.DataFrame, route: OneRoute, record: Row, own: list[Finding]) -> None:
    pinned = route_reading.pinned(scope, route.id)
    open_ones = sum(not each.acknowledged_by for each in own)
    parts: dict[str, Callable[[], None]] = {
        _("In shadow"): lambda: route_shadow.catches(scope, route),
        _("Conflicts ({count})").format(count=number(open_ones)):
            lambda: route_findings.show(scope, rows, record["name"], own, bool(route.refusal)),
        _("Examples ({count})").format(count=number(len(pinned))): lambda: route_pinned.show(scope, route, pinned),
        _("History"): lambda: route_past.show(scope, route),
        _("By week"): lambda: route_trend.show(scope, route),
    }  # fmt: skip
    if not record["shadow"]:
        parts.pop(_("In shadow"))
    for shown, draw in zip(st.tabs(list(parts), key="route-parts", on_change="rerun"), parts.values(), strict=True):
        if shown.open:
            with shown:
                draw()
