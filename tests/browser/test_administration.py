"""Administration and mailboxes in Chromium: dialogs that stay open on a slip, and collecting that can be watched."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core import clock
from tests.browser.desk_in_browser import Screen, screen
from tests.desk import AP, DeskUnderTest, mail
from tests.servers.processes import dashboard


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path, clock=clock.now())


@pytest.fixture
def at(chromium: Browser, desk: DeskUnderTest) -> Iterator[Screen]:
    with dashboard(desk.folder) as url, screen(chromium, url) as opened:
        opened.open("mailboxes").act_as("ada@desk.example · administrator")
        yield opened


def test_a_person_is_added_changed_and_taken_back(at: Screen, desk: DeskUnderTest) -> None:
    at.tab.get_by_role("link", name="Administration").click()
    at.tab.get_by_role("button", name="Add a person").click()
    form = at.tab.get_by_role("dialog")
    form.get_by_label("E-mail").fill("zoe")
    form.get_by_label("Name").fill("Zoe Díaz")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_text("“zoe” is no e-mail address.")).to_be_visible()
    form.get_by_label("E-mail").fill("zoe@desk.example")
    form.get_by_role("button", name="Add").click()
    expect(form).to_have_count(0)
    at.until(lambda: at.notice, "Person added: Zoe Díaz.")
    assert desk.desk.acting("zoe@desk.example").person.name == "Zoe Díaz"
    at.choose_row("persons", 7)
    at.tab.get_by_role("button", name="Change").click()
    form.get_by_text("analyst", exact=True).click()
    form.get_by_role("button", name="Save").click()
    at.until(lambda: at.notice, "Person changed: Zoe Díaz.")
    assert desk.desk.acting("zoe@desk.example").person.role == "analyst"
    at.press("z")
    at.until(lambda: at.notice, "Taken back: Zoe Díaz.")
    assert desk.desk.acting("zoe@desk.example").person.role == "agent"


def test_collecting_now_goes_on_and_the_board_and_the_counts_follow(at: Screen, desk: DeskUnderTest) -> None:
    desk.write(*(mail(to="x@elsewhere.example") for _each in range(30)))
    at.open("mailboxes")
    line = at.tab.locator(".sd-board tr", has_text=AP)
    expect(line.get_by_text("never collected")).to_be_visible()
    at.tab.get_by_role("button", name="Collect all now").click()
    expect(at.widget("going").get_by_text("30 new messages collected")).to_be_visible()
    expect(line.get_by_text(re.compile(r"collected \d+ s ago"))).to_be_visible()
    expect(line.get_by_text("30 listed = 30 stored")).to_be_visible()
    expect(at.tab.get_by_test_id("stSidebarNav").get_by_text("Queue · 30")).to_be_visible()
    at.widget("going").get_by_role("button", name="Dismiss").click()
    expect(at.widget("going")).to_have_count(0)
