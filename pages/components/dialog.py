"""Dialogs: one at a time, in the language in use, and the page does not redraw itself under an open one."""

from collections.abc import Callable
from functools import wraps
from typing import Literal, NoReturn

import streamlit as st

from pages.components import frame

OPEN = "dialog"


def show(
    title: str,
    icon: str,
    body: Callable[..., None],
    *arguments: object,
    width: Literal["small", "medium", "large"] = "small",
) -> None:
    """Open a dialog with this body."""
    st.session_state[OPEN] = True

    # A dialog's own reruns come in a context of their own, which has not heard of the language yet.
    @wraps(body)
    def spoken(*given: object) -> None:
        frame.speak_as_chosen()
        body(*given)

    st.dialog(title, width=width, icon=f":material/{icon}:", on_dismiss=_closed)(spoken)(*arguments)


def is_open() -> bool:
    """Whether somebody may be typing into a dialog right now."""
    return bool(st.session_state.get(OPEN))


def close() -> NoReturn:
    """Close the open dialog and show the page anew."""
    _closed()
    st.rerun()


def _closed() -> None:
    st.session_state[OPEN] = False
