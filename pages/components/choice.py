"""Pick lists whose choice is kept in the address of the page; `options` are words by code."""

import streamlit as st

from core.language import _
from pages.components import address


def several(label: str, key: str, options: dict[str, str]) -> list[str]:
    """Any number of options; none means all."""
    address.bind_several(key, list(options))
    return st.multiselect(label, list(options), key=key, placeholder=_("All"), format_func=lambda one: options[one])


def one(label: str, key: str, options: dict[str, str]) -> str:
    """One of the options, the first unless another is chosen."""
    address.bind_one(key, list(options))
    return str(st.selectbox(label, list(options), key=key, format_func=lambda one: options[one]))


def view(label: str, key: str, options: dict[str, str]) -> str:
    """One of a few options side by side, such as the views of a page."""
    address.bind_one(key, list(options))
    chosen = st.segmented_control(label, list(options), key=key, format_func=lambda one: options[one], required=True,
                                  label_visibility="collapsed")  # fmt: skip
    return chosen or next(iter(options))
