"""Beside the editor: what can't work, what it meets among the others, and what it would have done to past mail."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.backtesting import Backtest, backtest_route
from core.conflicts import Finding, conflicts_of
from core.errors import StraydeskError
from core.examples import check_examples
from core.language import _, n_, spoken
from core.one_route import set_mark
from core.route_checks import route_problems
from core.routes import Route
from core.scope import Scope
from pages.components import route_findings, route_tested
from pages.components.look import box, text
from pages.components.reading import number

DAYS = 90
SHOWN = 4  # findings


@dataclass(frozen=True, slots=True)
class Place:
    """Where the route would stand: in place of a route, before another one; both by name, empty: neither."""

    id: str = ""
    replacing: str = ""
    before: str = ""
    complete: bool = True  # it has a name and a target


def show(scope: Scope, route: Route, place: Place) -> list[str]:
    """The panel; answers why the route can't be saved, a sentence each."""
    problems = route_problems(scope, route, id=place.id) if place.complete else []
    for sentence in problems:
        st.html(box(text(sentence), warn=True))
    try:
        told = _tested(scope, str(scope.store), scope.mailboxes, spoken(), set_mark(scope), route.model_dump_json(),
                       place.replacing, place.before)  # fmt: skip
    except StraydeskError as problem:
        if str(problem) not in problems and problem.sentence not in " ".join(problems):
            st.html(box(text(problem), warn=True))
        return problems or [str(problem)]
    _words(told, place)
    for finding in _findings(scope, route, place)[:SHOWN]:
        st.html(route_findings.markup(finding))
    _samples(told, place)
    return problems


def _findings(scope: Scope, route: Route, place: Place) -> list[Finding]:
    """What it meets; without a target only what follows from its conditions."""
    found = conflicts_of(scope, route, place.replacing or None, place.before or None)
    return [each for each in found if place.complete or each.kind in ("shadowed", "never_holds")]


def breaks(scope: Scope, routes: Sequence[Route]) -> pd.DataFrame:
    """The pinned mails that would newly go elsewhere under this set."""
    found = check_examples(scope, routes)
    return found[~found["broke_before"].astype(bool)]


def broken(rows: pd.DataFrame) -> None:
    """A warning for each pinned mail that would go elsewhere."""
    for row in rows.head(SHOWN).to_dict("records"):
        said = _("“{route}” must catch “{subject}”, and would not.") if row["must_catch"] else _(
            "“{route}” must not catch “{subject}”, and would.")  # fmt: skip
        st.html(box(text(said.format(route=row["route"], subject=row["subject"] or _("(no subject)"))), warn=True))


def _words(told: Backtest, place: Place) -> None:
    said = route_tested.changes(told)
    judgement = route_tested.judged(told) if place.complete else ""
    lead = f'<span class="sd-strong" style="font-size:1.1rem;-webkit-line-clamp:4">{text(said[0])}</span>'
    more = "<br>".join(text(each) for each in [*said[1:], *([judgement] if judgement else [])])
    st.html(f'<div class="sd-head" id="sd-trial">{lead}<br>{more}</div>' if more else
            f'<div class="sd-head" id="sd-trial">{lead}</div>')  # fmt: skip


def _samples(told: Backtest, place: Place) -> None:
    if told.changed:
        route_tested.samples(told, "trial", verdicts=place.complete)
    unchanged = n_("{count} mail of the last {days} days would end as it did.",
                   "{count} mails of the last {days} days would end as they did.", told.unchanged)  # fmt: skip
    st.caption(unchanged.format(count=number(told.unchanged), days=told.days))


@st.cache_data(ttl=60, max_entries=64, show_spinner=False)
def _tested(_scope: Scope, store: str, mailboxes: tuple[str, ...], language: str, mark: int, route: str,
            replacing: str, before: str) -> Backtest:  # fmt: skip
    return backtest_route(_scope, Route.model_validate_json(route), replacing=replacing or None,
                          before=before or None, days=DAYS)  # fmt: skip
