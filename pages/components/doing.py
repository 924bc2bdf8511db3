"""Carrying an action out: with progress where there is much to do, and with a word about it on the next run."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.changing import new_batch
from core.errors import StraydeskError
from core.language import _
from core.outcome import Outcome
from core.portions import PORTION, Action, in_portions
from pages.components import dialog, notice
from pages.components.reading import number

Chosen = Mapping[str, int]
"""Messages by id, with the version of each that was shown."""


def at_once(action: Callable[[], Outcome], then: Callable[[], None] = lambda: None) -> None:
    """Do it in one go, `then` what belongs to it, and show the page anew."""
    try:
        notice.remember(action())
        then()
    except StraydeskError as problem:
        notice.remember_problem(problem)
    _start_over()


def each(chosen: Chosen, action: Action, then: Callable[[], None] = lambda: None) -> None:
    """Do it portion by portion. Any click in between ends it: what is done is done, said, and undone as one."""
    try:
        if len(chosen) <= PORTION:
            notice.remember(action(chosen, new_batch()))
        else:
            bar = st.progress(0.0, _("Working. Cancel ends it after the current portion."))
            st.button(_("Cancel"), key="cancel-work")
            for so_far in in_portions(chosen, new_batch(), action):
                notice.remember(so_far)
                done = len(so_far.ids) + len(so_far.overtaken)
                bar.progress(done / len(chosen), _("{done} of {count} messages").format(
                    done=number(done), count=number(len(chosen))))  # fmt: skip
        then()
    except StraydeskError as problem:
        notice.remember_problem(problem)
    _start_over()


def _start_over() -> None:
    """Nothing selected, no dialog open; a new key gives the list a new, empty selection."""
    st.session_state["round"] = st.session_state.get("round", 0) + 1
    st.session_state["everything"] = False
    dialog.close()
