"""The queue page: its orders in the address, and how often a run of it asks for the store."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.store.connection import Connection
from core.store.file import FileHome
from tests.desk import SENT, DeskUnderTest, mail
from tests.real_mail import REPOSITORY

SENDERS = ["Zoe <z@supplier.example>", "Ana <a@supplier.example>", "Mia <m@supplier.example>"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path)
    made.receive(
        *(mail(sender=sender, to="nobody@desk.example", sent=SENT + timedelta(hours=hour))
          for hour, sender in enumerate(SENDERS))
    )  # fmt: skip
    monkeypatch.setenv("STRAYDESK_CONFIG", str(tmp_path / "straydesk.toml"))
    made.name_store(monkeypatch)
    st.cache_resource.clear()
    yield made
    st.cache_resource.clear()


def app(file: str = "pages/queue.py", **parameters: str) -> AppTest:
    made = AppTest.from_file(str(REPOSITORY / file), default_timeout=60)
    made.session_state["framed"] = True
    made.session_state["language"] = "en"
    made.session_state["acting_as"] = "ana@desk.example"
    for name, value in parameters.items():
        made.query_params[name] = value
    return made


def senders(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["from"])


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("newest", ["Mia", "Ana", "Zoe"]),
        ("oldest", ["Zoe", "Ana", "Mia"]),
        ("sender", ["Ana", "Mia", "Zoe"]),
        ("mailbox", ["Mia", "Ana", "Zoe"]),
        ("no such order", ["Mia", "Ana", "Zoe"]),
    ],
)
def test_the_address_says_in_which_order_the_list_stands(desk: DeskUnderTest, order: str, wanted: list[str]) -> None:
    assert senders(app(order=order).run()) == wanted


def test_a_chosen_order_stands_in_the_address(desk: DeskUnderTest) -> None:
    page = app().run()
    page.selectbox(key="order").select("sender").run()
    assert senders(page) == ["Ana", "Mia", "Zoe"]
    assert page.query_params["order"] == "sender"


def test_a_page_of_the_list_that_is_no_more_becomes_the_last(desk: DeskUnderTest) -> None:
    page = app()
    page.session_state["page"] = 7
    assert len(senders(page.run())) == 3


def test_a_run_opens_the_store_once_and_counts_what_waits_once(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    opening, one = FileHome._open, Connection.one

    def opened(home: FileHome, *given: Any) -> object:
        asked.append("open")
        return opening(home, *given)

    def read(connection: Connection, statement: str, **parameters: object) -> object:
        asked.append("tally" if "AS waiting" in statement else "")
        return one(connection, statement, **parameters)

    page = app("dashboard.py").run()  # the first run reads the configuration into the store
    monkeypatch.setattr(FileHome, "_open", opened)
    monkeypatch.setattr(Connection, "one", read)
    page.run()
    assert len(senders(page)) == 3
    assert (asked.count("open"), asked.count("tally")) == (1, 1)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", None])
def test_without_sign_in_the_network_sees_nothing(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    given = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else given(name))
    page = app().run()
    assert "nobody has to sign in" in page.error[0].value
    assert not page.dataframe and not page.selectbox
