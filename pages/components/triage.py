"""What waits and the message opened beside it. Going from one to the next draws these two anew and nothing else."""

import pandas as pd
import streamlit as st

from core.errors import NotFound
from core.language import _, n_
from core.queue import QueueFilter, matching
from core.scope import Scope
from pages.components import actions, frame, message_list, message_view, paging, queue_pages, queue_tools, sign_in
from pages.components.reading import number


@st.fragment
def show(scope: Scope, chosen: QueueFilter, rows: pd.DataFrame, count: int, page: int) -> None:
    """A page of what the filter found, of `count` in all, and the message that is open."""
    if queue_pages.page_of(count) != page:
        st.rerun()
    frame.speak_as_chosen()
    with scope.store.reading():
        scope = sign_in.again(scope)
        left, right = st.columns([11, 9], gap="medium")
        choice = message_list.choice(rows)
        with left:
            everything = _above(rows, count)
            below = st.container()
        with right, st.container(key="opened"):
            _opened(scope, chosen, rows, choice, everything)
        with below:
            message_list.show(rows, choice)
            paging.show("page", count, queue_pages.PER_PAGE)
            queue_tools.export(scope, chosen)


def _above(rows: pd.DataFrame, count: int) -> bool:
    words = n_("{count} message", "{count} messages", count).format(count=number(count))
    with st.container(key="above-list", horizontal=True, vertical_alignment="center"):
        everything = queue_tools.everything(words)
        message_list.steps(list(rows["id"]))
    return everything


def _opened(
    scope: Scope, chosen: QueueFilter, rows: pd.DataFrame, choice: message_list.Choice, everything: bool
) -> None:
    """What can be done, with what, and the message itself."""
    versions = dict(zip(rows["id"], rows["version"].astype(int), strict=True))
    st.session_state["all-of-them"] = everything
    acted_on = matching(scope, chosen) if everything else choice.selected
    queue_tools.selected(len(acted_on))
    actions.show(scope, acted_on or {id: versions[id] for id in [choice.opened] if id}, chosen)
    if choice.opened:
        try:
            message_view.show(scope, choice.opened)
        except NotFound:
            st.info(_("Somebody has just dealt with this message."))
