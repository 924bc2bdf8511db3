"""Which page of the queue is shown: that of a link, of an undo, or the one turned to."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from core import queue
from core.language import _
from core.scope import Scope
from pages.components import paging

PER_PAGE = 100


def seek(scope: Scope, chosen: queue.QueueFilter) -> None:
    """Turn to the page of the message that a link or an undo asks for, once."""
    _begin_again_under_another_filter(chosen)
    linked = st.query_params.get("id") if "opened" not in st.session_state else None
    asked = st.session_state.pop("sought", linked)
    if asked and (before := queue.place(scope, chosen, asked)) is not None:
        st.session_state["opened"], st.session_state["page"] = asked, before // PER_PAGE + 1
    elif asked and asked == linked:
        st.info(_("The message of this link does not wait here, or no longer."), icon=":material/link_off:")


def read(scope: Scope, chosen: queue.QueueFilter) -> tuple[pd.DataFrame, int, int]:
    """The rows of the page that is asked for, or of the last one; how many there are in all; and which page it is."""
    while True:
        rows, count = queue.page_of(scope, chosen, limit=PER_PAGE, skip=paging.skip("page", PER_PAGE))
        page = page_of(count)
        if len(rows) or not count:
            return rows, count, page
        st.session_state["page"] = page


def _begin_again_under_another_filter(chosen: queue.QueueFilter) -> None:
    """Another filter shows its first page; times that move with the clock make no other filter."""
    still = replace(chosen, received_before=None, received_after=None), st.session_state.get("age")
    if st.session_state.get("filtered", still) != still:
        st.session_state["page"] = 1
    st.session_state["filtered"] = still


def page_of(count: int) -> int:
    """The page of the list that is shown, from 1."""
    return int(min(st.session_state.get("page", 1), max(1, -(-count // PER_PAGE))))
