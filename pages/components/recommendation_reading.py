"""What is recommended to a person, kept for a while: learning it takes up to three seconds."""

import streamlit as st

from core.language import _, spoken
from core.one_route import set_mark
from core.recommendations import BOUND, Recommended, recommendations
from core.recommendations.answering import answers
from core.scope import Scope

KEPT = 60  # seconds, for what follows from new mail
NOTICED, LISTED = "recommendations-noticed", "recommendations-listed"
Mark = tuple[object, ...]


def read(scope: Scope, bound: float = BOUND) -> Recommended:
    """What is recommended; what is at least as sure as `bound` (0 to 1) as routes."""
    _forget_after_an_action()
    mark = str(scope.store), scope.mailboxes, spoken(), set_mark(scope), tuple(answers(scope)["id"])
    with st.spinner(_("Looking through what people decided by hand …"), show_time=True):
        found = _read(scope, mark, bound)
    if bound == BOUND:
        _counts()[_whose(scope)] = len(found.offered)
    return found


def count(scope: Scope) -> int | None:
    """How many were offered when somebody with these mailboxes last looked; None where nobody has. It costs nothing."""
    st.session_state[LISTED] = known = _counts().get(_whose(scope))
    return known


def tell(scope: Scope) -> None:
    """Draw the page anew where the navigation, which comes first, told another number than there is now."""
    if LISTED in st.session_state and st.session_state[LISTED] != _counts().get(_whose(scope)):
        st.rerun()


def _forget_after_an_action() -> None:
    """Mail that was decided meanwhile in this session counts at once, not only after a while."""
    last = st.session_state.get("notice")
    if last is not None and last is not st.session_state.get(NOTICED):
        st.session_state[NOTICED] = last
        _read.clear()


def _whose(scope: Scope) -> Mark:
    return str(scope.store), scope.mailboxes


# Nobody changes what is recommended, so that all may share it; copying its frames at each click would take its time.
@st.cache_resource(ttl=KEPT, max_entries=16, show_spinner=False)
def _read(_scope: Scope, mark: Mark, bound: float) -> Recommended:
    return recommendations(_scope, bound=bound)


@st.cache_resource(show_spinner=False)
def _counts() -> dict[Mark, int]:
    return {}
