"""The Administration page: what it shows, changes, refuses and takes back, on a real store."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.administration import history, persons, services, teams
from core.scope import Person
from tests.desk import AP, INVOICES, PEOPLE, DeskUnderTest, route
from tests.real_mail import REPOSITORY

HOSTILE = "<img src=x onerror=alert(1)> **bold** [a](http://evil.example)"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path, [route("Acme invoices", "invoices@desk.example", INVOICES)])
    monkeypatch.setenv("STRAYDESK_CONFIG", str(tmp_path / "straydesk.toml"))
    made.name_store(monkeypatch)
    st.cache_resource.clear()
    yield made
    st.cache_resource.clear()


def page(section: str = "persons", who: str = "ada") -> AppTest:
    app = AppTest.from_file(str(REPOSITORY / "pages" / "administration.py"), default_timeout=60)
    app.session_state["framed"] = True
    app.session_state["language"] = "en"
    app.session_state["acting_as"] = f"{who}@desk.example"
    app.query_params["section"] = section
    return app.run()


def chosen(section: str, row: int) -> AppTest:
    """The section with this row of its table chosen."""
    app = page(section)
    app.session_state[f"{section}-0"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return app.run()


class Opened:
    """A dialog. A browser runs it alone; here the whole page runs, so what opens it is pressed anew each time."""

    def __init__(self, app: AppTest, opener: str) -> None:
        self.app = app
        self.key = next(str(button.key) for button in app.button if button.label == opener)
        self.again()

    def again(self) -> AppTest:
        return self.app.button(key=self.key).click().run()

    def press(self, key: str) -> AppTest:
        self.app.button(key=key).click()
        return self.again()


def undo(app: AppTest) -> AppTest:
    return app.button(key="undo").click().run()


def told(app: AppTest) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", " ".join(each.proto.body for each in app.get("html"))))


@pytest.mark.parametrize("who", ["ana", "leo", "ida"])
@pytest.mark.parametrize("section", ["persons", "services", "history"])
def test_others_read_that_only_administrators_may(desk: DeskUnderTest, who: str, section: str) -> None:
    app = page(section, who)
    assert [each.value for each in app.error] == ["Only administrators may do this. Ask an administrator of the desk."]
    assert not app.dataframe
    assert not app.button


@pytest.mark.parametrize("section", ["persons", "teams", "mailboxes", "services", "settings", "history"])
def test_every_section_shows_itself_without_a_fault(desk: DeskUnderTest, section: str) -> None:
    app = page(section)
    assert not app.exception
    assert not app.error


def test_a_person_is_added_and_the_notice_offers_the_way_back(desk: DeskUnderTest) -> None:
    opened = Opened(page(), "Add a person")
    opened.app.text_input(key="person-email").input("zoe@desk.example")
    opened.app.text_input(key="person-name").input("Zoe")
    app = opened.press("person-add")
    assert "Person added: Zoe." in told(app)
    assert "zoe@desk.example" in list(app.dataframe[0].value["email"])
    app = undo(app)
    assert "Taken back: Zoe." in told(app)
    assert "zoe@desk.example" not in list(app.dataframe[0].value["email"])


def test_a_slip_is_said_in_the_dialog_and_changes_nothing(desk: DeskUnderTest) -> None:
    opened = Opened(page(), "Add a person")
    opened.app.text_input(key="person-email").input("zoe")
    app = opened.press("person-add")
    assert "no e\\-mail address" in app.error[0].value
    assert app.text_input(key="person-email").value == "zoe"
    assert history.history(desk.acting("ada")).empty


def test_a_persons_role_is_changed(desk: DeskUnderTest) -> None:
    opened = Opened(chosen("persons", 1), "Change")
    opened.app.radio[0].set_value("lead")
    opened.press("person-save")
    assert {person.email: person.role for person in desk.desk.persons()}["ana@desk.example"] == "lead"


def test_giving_up_ones_own_administration_needs_a_second_word(desk: DeskUnderTest) -> None:
    persons.add(desk.acting("ada"), "zoe@desk.example", "Zoe", "administrator")
    opened = Opened(chosen("persons", 0), "Change")
    opened.app.radio[0].set_value("agent")
    assert opened.again().button(key="person-save").disabled
    opened.app.checkbox(key="person-sure").check()
    opened.again()
    app = opened.press("person-save")
    assert "Only administrators may do this" in app.error[0].value


def test_the_last_administrator_is_told_to_make_another_first(desk: DeskUnderTest) -> None:
    opened = Opened(chosen("persons", 0), "Remove")
    opened.app.checkbox(key="person-sure").check()
    opened.again()
    assert "without an administrator" in opened.press("person-remove").error[0].value
    assert "ada@desk.example" in [person.email for person in desk.desk.persons()]


def test_members_come_and_go(desk: DeskUnderTest) -> None:
    opened = Opened(chosen("teams", 1), "Members")
    opened.app.multiselect[0].set_value(["nemo@desk.example"])
    opened.press("team-save")
    shown = teams.teams(desk.acting("ada"))
    assert {row["name"]: list(row["members"]) for row in shown.to_dict("records")}["Staff"] == ["nemo@desk.example"]


def test_a_team_with_mailboxes_offers_no_removal(desk: DeskUnderTest) -> None:
    app = Opened(chosen("teams", 1), "Remove").app
    assert "It still has mailboxes: People." in told(app)
    assert app.button(key="team-remove").disabled


def test_a_mailbox_gets_another_team_and_target(desk: DeskUnderTest) -> None:
    opened = Opened(chosen("mailboxes", 2), "Change")
    opened.app.selectbox[-1].set_value("Finance")
    opened.app.number_input[0].set_value(8.0)
    opened.press("mailbox-save")
    assert desk.rows("SELECT team, target_hours FROM mailbox WHERE name = $name", name=PEOPLE) == [("Finance", 8.0)]
    assert PEOPLE in desk.acting("ana").mailboxes


def test_a_mailbox_without_team_is_pointed_out(desk: DeskUnderTest) -> None:
    desk.change("UPDATE mailbox SET team = 'Gone' WHERE name = $name", name=AP)
    assert f"because their team does not exist: {AP}." in told(page("mailboxes"))


def test_removing_a_service_names_the_routes_and_asks_again(desk: DeskUnderTest) -> None:
    opened = Opened(chosen("services", 0), "Remove")
    assert "Routes still open items for it: Acme invoices." in told(opened.app)
    assert opened.app.button(key="service-remove").disabled
    opened.app.checkbox(key="service-sure").check()
    opened.again()
    assert "Removed: Acme · P2P · Invoices." in told(opened.press("service-remove"))


def test_a_whole_customer_is_renamed_from_any_of_its_services(desk: DeskUnderTest) -> None:
    opened = Opened(chosen("services", 0), "Rename")
    opened.app.radio[0].set_value(1)
    opened.again().text_input[0].input("Acme Group")
    app = opened.press("service-rename")
    assert set(app.dataframe[0].value["customer"]) == {"Acme Group", "Desk"}


def test_history_tells_before_and_after_and_takes_back(desk: DeskUnderTest) -> None:
    persons.change(desk.acting("ada"), Person("ana@desk.example", "ana@desk.example", "agent"), "Ana", "lead")
    opened = Opened(chosen("history", 0), "Take back")
    shown, details = (each.value for each in opened.app.dataframe)
    assert list(shown["what"]) == ["Person changed: Ana."]
    assert list(shown["who"]) == ["ada@desk.example"]
    assert "role: agent" in details["before"][0]
    app = opened.press("take-back")
    assert list(app.dataframe[0].value["what"]) == ["Taken back: Ana.", "Person changed: Ana."]
    assert list(app.dataframe[0].value["state"]) == ["", "taken back"]


def test_hostile_names_stay_words(desk: DeskUnderTest) -> None:
    services.add(desk.acting("ada"), HOSTILE, "One", "Two")
    opened = Opened(page(), "Add a person")
    opened.app.text_input(key="person-email").input(HOSTILE)
    problem = opened.press("person-add").error[0].value
    assert "\\<img" in problem
    assert "](" not in problem
    app = Opened(chosen("services", 0), "Remove").app
    assert not [each for each in app.get("html") if "<img" in each.proto.body]


def test_settings_say_where_they_are_changed(desk: DeskUnderTest) -> None:
    app = page("settings")
    assert str(desk.folder / "straydesk.toml") in told(app)
    assert "configuration file" in app.caption[-1].value
