"""The pages there are, and how the app gets its frame.

Streamlit runs a file of `pages/` without `dashboard.py` when a deep link is the first request after a server start,
because it learns of our navigation only once that has run. Such a page declares a nameless navigation and runs again.
"""

import gc
import sys
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from core.language import _, speak

FRAMED = "framed"
PAGES = Path(__file__).parents[1]
# Before our own navigation is known Streamlit would list the files of pages/ to people who have not signed in, so
# .streamlit/config.toml begins with this off.
SIDEBAR = "client.showSidebarNavigation"


def begin() -> None:
    """Called by dashboard.py: this session runs inside the frame."""
    st.session_state[FRAMED] = True
    _head()


def _head() -> None:
    # Before any navigation: the browser fetches an icon that is given by name, as those of pages are, from Google.
    st.set_page_config(page_title="Straydesk", page_icon="📥", layout="wide")


def navigation(waiting: str, administrator: bool, offered: str = "", broken: str = "", alarmed: bool = False) -> Page:
    """The navigation, with the counts of what waits, is recommended, and could not be read, where they are known, and
    a red mark where a mailbox is red; answers the page that was asked for.

    What a person may not use is not listed; its address leads to a page that says so.
    """
    st.set_option(SIDEBAR, True)
    return st.navigation({
        _("Desk"): [
            _page("queue", _counted(_("Queue"), waiting), "inbox", at=""),
            _page("queue", _("Queue"), "inbox", listed=False),  # the first page answers at / only
            _page("work_items", _("Work items"), "task"),
            _page("audit", _("Audit"), "history"),
            _page("bench", _counted(_("Broken mail"), broken), "build"),
        ],
        _("Improve"): [
            _page("recommendations", _counted(_("Recommendations"), offered), "lightbulb"),
            _page("routes", _("Routes"), "alt_route"),
            _page("blocks", _("Blocks"), "block"),
            _page("why", _("Ask why"), "help"),
            _page("overview", _("Overview"), "monitoring"),
        ],
        _("Set up"): [
            _page("mailboxes", _("Mailboxes") + (" :red[●]" if alarmed else ""), "move_to_inbox"),
            _page("administration", _("Administration"), "tune", listed=administrator),
        ],
    })  # fmt: skip


def _counted(title: str, count: str) -> str:
    return " · ".join((title, count)) if count else title


def close() -> None:
    """The navigation of those without a place: no menu and no names; the addresses stay, so that links work later."""
    names = sorted(path.stem for path in PAGES.glob("*.py"))
    first = _page("queue", "Straydesk", "inbox", at="")
    st.navigation([first, *(_page(name, "Straydesk", "inbox") for name in names)], position="hidden")


def _page(name: str, title: str, icon: str, *, at: str | None = None, listed: bool = True) -> Page:
    """A file of pages/, at the address of its name; `at=""` is the first page's."""
    return st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", url_path=name if at is None else at,
                   default=at == "", visibility="visible" if listed else "hidden")  # fmt: skip


def require() -> None:
    """Called by every page before anything else: makes sure that the page stands in its frame."""
    speak_as_chosen()
    if not st.session_state.get(FRAMED):
        st.session_state[FRAMED] = True
        _head()
        close()
        st.rerun()


def speak_as_chosen() -> None:
    """Use the language the person chose, else their browser's; fragments and dialogs call this too."""
    speak(st.session_state.get("language") or st.context.locale or "en")


def end() -> None:
    """Called by dashboard.py when a page has run."""
    _keep(len(sys.modules))


@st.cache_resource(max_entries=1, show_spinner=False)
def _keep(modules_loaded: int) -> None:
    # Streamlit collects garbage after each run, and the next one waits for that. What has been loaded stays anyway:
    # looking through all of it takes 60 ms, through the rest 5.
    gc.collect()
    gc.freeze()
