"""What just happened and how to take it back: one line, with an Undo."""

import streamlit as st

from core.administration import history
from core.administration.settling import Settled
from core.errors import StraydeskError
from core.language import _
from core.outcome import Outcome
from core.repairing import take_back
from core.scope import Scope
from core.undoing import undo
from pages.components import asked
from pages.components.look import box, text


def remember(outcome: Outcome | Settled) -> None:
    """Say this on the next run, with an Undo where something was changed."""
    st.session_state["notice"] = outcome


def remember_problem(problem: StraydeskError) -> None:
    """Say on the next run what went wrong."""
    st.session_state["notice"] = problem


def show(scope: Scope) -> None:
    """The line about the last action of this session."""
    last = st.session_state.get("notice")
    if last is None:
        return
    with st.container(key="notice", horizontal=True, vertical_alignment="center"):
        if isinstance(last, StraydeskError):
            st.html(box(text(last), warn=True), width="stretch")
        elif isinstance(last, Settled):
            st.html(box(text(last)), width="stretch")
            if last.batch and last.action != "revert":
                st.button(_("Undo"), key="undo", shortcut="Z", on_click=_revert, args=(scope, last.batch))
        else:
            st.html(box(text(last), warn=bool(last.overtaken)), width="stretch")
            acted = last.ids or last.references or last.blocked or last.allowed
            if acted and last.action not in ("undo", "unrepair"):
                st.button(_("Undo"), key="undo", shortcut="Z", on_click=asked.remember,
                          args=(lambda: _undo(scope, last),))  # fmt: skip
        st.button(_("Dismiss"), key="dismiss", type="tertiary", on_click=_forget)


def _undo(scope: Scope, last: Outcome) -> None:
    try:
        outcome = take_back(scope, last.ids[0]) if last.action == "repair" else undo(scope, last.batch)
        remember(outcome)
        if outcome.ids:  # what came back is what the person wants to see
            st.session_state["sought"] = outcome.ids[0]
    except StraydeskError as problem:
        remember_problem(problem)


def _revert(scope: Scope, batch: str) -> None:
    try:
        remember(history.revert(scope, batch))
    except StraydeskError as problem:
        remember_problem(problem)


def _forget() -> None:
    st.session_state.pop("notice", None)
