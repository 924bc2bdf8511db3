"""What moves by itself: how much waits, told everywhere, and new mail that shows itself when nobody is disturbed."""

from time import monotonic

import streamlit as st

from core.errors import StraydeskError
from core.health import is_red
from core.language import _, n_
from core.presence import look_at
from core.queue import Tally, tally
from core.scope import Scope
from pages.components import dialog, frame, sign_in
from pages.components.reading import age, number

EVERY = 10  # seconds
AGAIN = 30  # seconds, well within what presence counts as fresh


def count(scope: Scope) -> Tally:
    """How much waits, asked once for all that tell it in this run."""
    st.session_state["waiting"], st.session_state["just-counted"] = tally(scope), True
    return counted(scope)


def counted(scope: Scope) -> Tally:
    """What `count` answered in this run."""
    return st.session_state.get("waiting") or tally(scope)


@st.fragment(run_every=EVERY)
def show(scope: Scope, shown: Tally, alarmed: bool = False) -> None:
    """The line in the sidebar; draws the page anew when the queue has changed, or a mailbox has become red or well,
    unless a dialog is open or all that match are meant: their number is not to grow unseen."""
    frame.speak_as_chosen()
    try:
        now, red = shown, alarmed
        if not st.session_state.pop("just-counted", False):
            here = sign_in.again(scope)
            now, red = tally(here), is_red(here)
    except StraydeskError:
        return
    _look_at_what_is_open(scope)
    st.html(f'<div class="sd-alert">{"<br>".join(_words(now))}</div>')
    if (now, red) != (shown, alarmed) and not dialog.is_open() and not st.session_state.get("all-of-them"):
        st.rerun()


def _look_at_what_is_open(scope: Scope) -> None:
    """Tell colleagues which message is open here, once it has been open for a moment, and again while it stays open."""
    opened, now = st.session_state.get("opened"), monotonic()
    known, since, told = st.session_state.get("looking", (None, now, 0.0))
    if opened != known:
        since, told = now, 0.0
    if opened and now - since >= EVERY / 2 and now - told >= AGAIN and scope.person.role != "analyst":
        try:
            look_at(scope, opened)
            told = now
        except StraydeskError:  # it has left the scope or the queue; the page will say so
            pass
    st.session_state["looking"] = (opened, since, told)


def _words(now: Tally) -> list[str]:
    if not now.waiting:
        return [_("Nothing waits.")]
    waits = n_("{count} unprocessed", "{count} unprocessed", now.waiting).format(count=number(now.waiting))
    return [f"<b>{waits}</b>", _("oldest {age}").format(age=age(now.oldest_at)),
            _("{count} in the last 24 hours").format(count=number(now.fresh))]  # fmt: skip
