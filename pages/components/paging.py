"""The pages of a long list: which one is shown, and the buttons to turn them."""

import streamlit as st


def skip(key: str, per_page: int) -> int:
    """How many rows come before the page that is shown."""
    return (int(st.session_state.get(key, 1)) - 1) * per_page


def show(key: str, total: int, per_page: int) -> None:
    """The buttons, where there is more than one page; a page that is no more becomes the last."""
    pages = max(1, -(-total // per_page))
    if int(st.session_state.get(key, 1)) > pages:
        st.session_state[key] = pages
    if pages > 1:
        st.pagination(pages, key=key)
