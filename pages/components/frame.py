"""The pages there are, and how the app gets its frame.

Streamlit runs a file of `pages/` without `dashboard.py` when a deep link is the first request after a server start,
because it learns of our navigation only once that has run. Such a page declares the navigation itself and runs again.
"""

import streamlit as st
from streamlit.navigation.page import Page

from core.language import _, speak

FRAMED = "framed"


def begin() -> None:
    """Called by dashboard.py: this session runs inside the frame."""
    st.session_state[FRAMED] = True
    st.set_page_config(page_title="Straydesk", page_icon=":material/inbox:", layout="wide")


def navigation(waiting: str = "") -> Page:
    """The navigation, with the count that waits beside the queue; answers the page that was asked for."""
    return st.navigation({
        _("Desk"): [
            st.Page("pages/queue.py", title=" · ".join(filter(None, (_("Queue"), waiting))), icon=":material/inbox:",
                    url_path="queue", default=True),
        ],
    })  # fmt: skip


def require() -> None:
    """Called by every page before anything else: makes sure that the page stands in its frame."""
    speak_as_chosen()
    if not st.session_state.get(FRAMED):
        st.session_state[FRAMED] = True
        navigation()
        st.rerun()


def speak_as_chosen() -> None:
    """Use the language the person chose, else their browser's; fragments and dialogs call this too."""
    speak(st.session_state.get("language") or st.context.locale or "en")
