"""Carrying an action out: with progress where there is much to do, and with a word about it on the next run."""

from collections.abc import Callable, Mapping
from typing import NoReturn

import streamlit as st

from core.changing import new_batch
from core.errors import StraydeskError
from core.language import _
from core.outcome import Outcome
from core.portions import PORTION, Action, in_portions
from pages.components import asked, dialog, notice
from pages.components.reading import number

Chosen = Mapping[str, int]
"""Messages by id, with the version of each that was shown."""


def at_once(action: Callable[[], Outcome], then: Callable[[], None] = lambda: None) -> NoReturn:
    """Do it in one go, `then` what belongs to it, and show the page anew."""
    asked.remember(lambda: _do(action, then))
    _start_over()


def each(chosen: Chosen, action: Action, then: Callable[[], None] = lambda: None) -> None:
    """Do it portion by portion. Any click in between ends it: what is done is done, said, and undone as one."""
    if len(chosen) <= PORTION:
        at_once(lambda: action(chosen, new_batch()), then)
    bar = st.progress(0.0, _("Working. Cancel ends it after the current portion."))
    st.button(_("Cancel"), key="cancel-work")
    try:
        for so_far in in_portions(chosen, new_batch(), action):
            notice.remember(so_far)
            done = len(so_far.ids) + len(so_far.overtaken)
            bar.progress(done / len(chosen), _("{done} of {count} messages").format(
                done=number(done), count=number(len(chosen))))  # fmt: skip
        then()
    except StraydeskError as problem:
        notice.remember_problem(problem)
    _start_over()


def _do(action: Callable[[], Outcome], then: Callable[[], None]) -> None:
    try:
        notice.remember(action())
        then()
    except StraydeskError as problem:
        notice.remember_problem(problem)


def _start_over() -> NoReturn:
    """Nothing selected, no dialog open; a new key gives the list a new, empty selection."""
    st.session_state["round"] = st.session_state.get("round", 0) + 1
    st.session_state["everything"] = False
    dialog.close()
