"""What moves by itself: how much waits, told everywhere, and new mail that shows itself when nobody is disturbed."""

import streamlit as st

from core.errors import StraydeskError
from core.language import _, n_
from core.queue import Tally, tally
from core.scope import Scope
from pages.components import dialog, frame
from pages.components.reading import age, number

EVERY = 10  # seconds


@st.fragment(run_every=EVERY)
def show(scope: Scope, shown: Tally) -> None:
    """The line in the sidebar; draws the page anew when the queue has changed and nobody has a dialog open."""
    frame.speak_as_chosen()
    try:
        now = tally(scope)
    except StraydeskError:
        return
    st.html(f'<div class="sd-alert">{"<br>".join(_words(now))}</div>')
    if now != shown and not dialog.is_open() and not st.session_state.get("selecting"):
        st.rerun()


def _words(now: Tally) -> list[str]:
    if not now.waiting:
        return [_("Nothing waits.")]
    waits = n_("{count} unprocessed", "{count} unprocessed", now.waiting).format(count=number(now.waiting))
    return [f"<b>{waits}</b>", _("oldest {age}").format(age=age(now.oldest_at)),
            _("{count} in the last 24 hours").format(count=number(now.fresh))]  # fmt: skip
