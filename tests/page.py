"""A page of the app by itself, as AppTest runs it, and what it shows."""

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.desk import DeskUnderTest
from tests.real_mail import REPOSITORY


def opens(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    """In a fixture: pages open this desk, and live on the day of its mail."""
    monkeypatch.setattr("pages.components.sign_in.open_desk", lambda: desk.opened())
    st.cache_resource.clear()
    st.cache_data.clear()
    yield desk
    st.cache_resource.clear()


def run(name: str, who: str, state: dict[str, object] | None = None, /, **parameters: str) -> AppTest:
    """The page of this name in English, as somebody sees it with these parameters in its address, and with widgets
    such as tabs in this `state`."""
    app = AppTest.from_file(str(REPOSITORY / "pages" / f"{name}.py"), default_timeout=60)
    app.session_state["framed"] = True
    app.session_state["language"] = "en"
    app.session_state["acting_as"] = f"{who}@desk.example"
    for widget, chosen in (state or {}).items():
        app.session_state[widget] = chosen
    for parameter, value in parameters.items():
        app.query_params[parameter] = value
    app.run()
    assert not app.exception, app.exception
    return app


def markup(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def keys(app: AppTest) -> set[str]:
    return {each.key for each in app.button if each.key}
