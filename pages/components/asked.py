"""What a person asked for, done at the beginning of the run that shows what became of it: the store is opened once for
both, which takes longer than most of what is done."""

from collections.abc import Callable

import streamlit as st

ASKED = "asked-for"


def remember(work: Callable[[], None]) -> None:
    """Do this on the next run of the page, which must follow; it says itself what went wrong."""
    st.session_state[ASKED] = work


def carry_out() -> None:
    """Do what was asked for, once."""
    work: Callable[[], None] | None = st.session_state.pop(ASKED, None)
    if work:
        work()
