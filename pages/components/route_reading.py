"""What the routes page reads, kept until a route changes: the numbers of each route, and what is the matter with it."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.conflicts import Finding, conflicts
from core.examples import examples
from core.language import spoken
from core.one_route import set_mark
from core.route_statistics import route_statistics
from core.scope import Scope

KEPT = 60  # seconds, for what follows from new mail
Mark = tuple[object, ...]


def statistics(scope: Scope, words: str = "") -> pd.DataFrame:
    """The routes with their numbers (see route_statistics)."""
    return _statistics(scope, _mark(scope), words.strip())


def findings(scope: Scope) -> Sequence[Finding]:
    """What is the matter with the routes, the gravest first, those that are intended too."""
    return _findings(scope, _mark(scope))


def pinned(scope: Scope, id: str = "") -> pd.DataFrame:
    """The mails pinned to a route, to any of them if none is named (see core.examples)."""
    rows = _pinned(scope, _mark(scope))
    return rows[rows["route_id"] == id].reset_index(drop=True) if id else rows


def by_route(found: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    """The findings of each route by its name, without those that are said to be intended."""
    told: dict[str, list[Finding]] = {}
    for finding in found:
        if not finding.acknowledged_by:
            told.setdefault(finding.route, []).append(finding)
    return told


def forget() -> None:
    """What routes do has changed though no route has: the queue was decided again."""
    _statistics.clear()
    _findings.clear()
    _pinned.clear()


def sees_all(scope: Scope) -> bool:
    """Whether the person sees every mailbox, so that numbers are whole and routes of the whole desk are theirs too."""
    return {box.name for box in scope.desk.configuration.mailboxes} <= set(scope.mailboxes)


def _mark(scope: Scope) -> Mark:
    return str(scope.store), scope.mailboxes, spoken(), set_mark(scope)


@st.cache_data(ttl=KEPT, max_entries=64, show_spinner=False)
def _statistics(_scope: Scope, mark: Mark, words: str) -> pd.DataFrame:
    return route_statistics(_scope, words)


# Findings never change, so that all may share them; copying thousands of them at each click would take its time.
@st.cache_resource(ttl=KEPT, max_entries=32, show_spinner=False)
def _findings(_scope: Scope, mark: Mark) -> tuple[Finding, ...]:
    return tuple(conflicts(_scope))


@st.cache_data(ttl=KEPT, max_entries=32, show_spinner=False)
def _pinned(_scope: Scope, mark: Mark) -> pd.DataFrame:
    return examples(_scope)
