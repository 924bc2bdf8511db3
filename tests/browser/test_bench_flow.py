"""Broken mail in a real browser: what is in its bytes is only shown, and a repair is one click there and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk_in_browser import session_of
from tests.browser.test_hostile_html import HOSTILE
from tests.browser.test_hostile_mail import Watched, harmed
from tests.desk import DeskUnderTest
from tests.servers.processes import dashboard
from tests.servers.trap import Trap, running
from tests.test_bench import ROUTES, RUSSIAN, WRONG_CHARSET


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with running(Trap()) as server:
        yield server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskUnderTest:
    return DeskUnderTest(tmp_path_factory.mktemp("desk"), ROUTES)


@pytest.fixture(scope="module")
def at(chromium: Browser, desk: DeskUnderTest, trap: Trap) -> Iterator[Watched]:
    headless = b"<script>top.document.title='ran'</script>\n\n" + HOSTILE.replace("TRAP", trap.url).encode()
    desk.receive(headless, WRONG_CHARSET)
    with dashboard(Path(desk.folder)) as url:
        session = session_of(chromium, accept_downloads=True)
        yield Watched(session, url)
        session.close()


def test_the_bytes_of_a_hostile_broken_mail_are_shown_and_do_nothing(at: Watched, trap: Trap) -> None:
    at.open("bench")
    expect(at.tab.get_by_test_id("stCode")).to_contain_text("<script>top.document.title='ran'</script>")
    expect(at.widget("defects")).to_contain_text("There is no header field at all")
    assert harmed(at, trap) == []


def test_a_charset_is_assumed_and_taken_back(at: Watched, desk: DeskUnderTest) -> None:
    def told() -> bool:
        return bool(desk.value("SELECT bool_or(contains(text, $words)) FROM message_body", words=RUSSIAN))

    at.open("bench", broken="defects", standing="all")
    at.widget("repair").get_by_role("button").click()
    at.tab.get_by_role("dialog").get_by_role("combobox").fill("koi8-r")
    at.tab.get_by_role("option", name="koi8-r").first.click()
    at.widget("repair-reason").get_by_role("textbox").fill("The sender writes Russian")
    at.widget("repair-reason").get_by_role("textbox").press("Enter")
    at.widget("repair-do").get_by_role("button").click()
    expect(at.widget("repaired")).to_contain_text("koi8-r")
    assert told()
    at.widget("take-back").get_by_role("button").click()
    expect(at.widget("repaired")).to_have_count(0)
    assert not told()
