"""Choices kept in the page's address, as codes that mean the same in every language.

Streamlit's own `bind=` writes an option as it is displayed, so a link shared between languages would lose it.
"""

import streamlit as st


def bind_several(key: str, options: list[str]) -> None:
    """Tie the widget `key` (a list of options) to the parameter of that name; call before the widget."""
    if key not in st.session_state:
        st.session_state[key] = [option for option in st.query_params.get_all(key) if option in options]
    chosen = [option for option in st.session_state[key] if option in options]
    st.session_state[key] = chosen
    _write(key, chosen)


def bind_one(key: str, options: list[str]) -> None:
    """Tie the widget `key` (one of the options, the first by default) to the parameter of that name."""
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(key)
        st.session_state[key] = asked if asked in options else options[0]
    _write(key, [st.session_state[key]] if st.session_state[key] != options[0] else [])


def _write(key: str, values: list[str]) -> None:
    if st.query_params.get_all(key) == values:
        return
    if values:
        st.query_params[key] = values
    else:
        del st.query_params[key]
