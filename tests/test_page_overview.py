"""The overview as a lead sees it: its sentences, its filters in the address, and where a click leads."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from playwright.sync_api import Browser, expect
from streamlit.testing.v1 import AppTest

from core import clock
from core.acting import create, delete
from core.claiming import claim
from tests.browser.desk_in_browser import screen
from tests.desk import AP, AR, CONFIGURATION, INVOICES, DeskUnderTest, mail, route
from tests.homes import with_others
from tests.servers.processes import ROOT, dashboard

LEAD = CONFIGURATION.replace('email = "leo@desk.example"', 'email = "leo@desk.example"\nname = "Leo"')
HOSTILE = "**bold**<img src=x onerror=alert(1)>"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    """A desk of this very day that the page opens, empty."""
    made = DeskUnderTest(tmp_path, [route("Invoices", "invoices@desk.example")], LEAD, clock.now())
    monkeypatch.setenv("STRAYDESK_CONFIG", str(tmp_path / "straydesk.toml"))
    made.name_store(monkeypatch)
    st.cache_resource.clear()
    yield made
    st.cache_resource.clear()


def worked(desk: DeskUnderTest) -> None:
    """Three days of mail: routed, decided by hand, waiting in two mailboxes and claimed."""
    ana, now = desk.acting("ana"), desk.clock
    for hours, sender in ((60, "sue"), (50, "sue"), (30, "tom"), (3, "sue")):
        desk.receive(mail(sender=f"{sender}@out.example", to="x@desk.example", sent=now - timedelta(hours=hours)))
    done = desk.receive(
        mail(sender="sue@out.example", to="x@desk.example", sent=now - timedelta(hours=6)),
        mail(sender="tom@out.example", to="x@desk.example", sent=now - timedelta(hours=2)),
    )
    desk.receive(mail(to="invoices@desk.example", sent=now - timedelta(hours=5)))
    desk.receive(mail(sender="zoe@out.example", to="x@desk.example", sent=now - timedelta(hours=1)), mailbox=AR)
    create(ana, done[:1], INVOICES)
    delete(ana, done[1:], HOSTILE)
    claim(ana, desk.receive(mail(sender="zoe@out.example", to="x@desk.example", sent=now)))


def shown(parameters: dict[str, str] | None = None) -> AppTest:
    """The page after one run, with these parameters in its address."""
    page = AppTest.from_file(ROOT / "dashboard.py", default_timeout=60)
    page.switch_page("pages/overview.py")
    for name, value in (parameters or {}).items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def findings(page: AppTest) -> list[str]:
    """The titles of its blocks, in their order."""
    html = [element.proto.body for element in page.get("html")]
    return [re.sub(r"<[^>]+>", "", found) for each in html for found in re.findall(r"<h2[^>]*>(.*?)</h2>", each)]


def test_an_empty_desk_says_so_in_every_block_and_draws_no_chart(desk: DeskUnderTest) -> None:
    page = shown()
    assert findings(page) == [
        "Nothing waits",
        "Nobody has claimed anything",
        "No mail arrived in this period",
        "No mail arrived that could be decided",
        "No mail arrived that could be decided",
        "Nobody decided anything by hand in this period",
        "Nobody decided anything by hand in this period",
        "No sender wrote twice without a route",
    ]
    assert [metric.value for metric in page.metric] == ["0", "–", "–", "–"]
    assert not page.get("vega_lite_chart") and not page.get("arrow_vega_lite_chart")


def test_the_four_numbers_are_those_of_the_desk(desk: DeskUnderTest) -> None:
    worked(desk)
    page = shown()
    assert [(metric.label, metric.value) for metric in page.metric] == [
        ("Waiting", "6"),
        ("Oldest", "2 d"),
        ("Decided automatically", "11%"),
        ("Median time to decide", "4 h"),
    ]
    assert findings(page)[0] == f"3 messages are past their target, all in {AP}"


def test_one_message_makes_a_whole_page(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="x@desk.example", sent=desk.clock - timedelta(hours=1)))
    page = shown()
    assert findings(page)[0] == "1 message waits, within its target"
    assert findings(page)[2] == "1 message arrived"
    assert page.metric[0].value == "1"


def test_period_and_mailbox_come_from_the_address_and_what_is_nonsense_is_left_out(desk: DeskUnderTest) -> None:
    worked(desk)
    page = shown({"days": "7", "mailbox": AR})
    assert page.metric[0].value == "1"
    assert findings(page)[0].startswith("3 messages")  # mailboxes stay beside each other, the chosen one stands out
    nonsense = shown({"days": "8", "mailbox": "People", "day": "yesterday", "by": "moon"})
    assert nonsense.metric[0].value == "6"
    assert dict(nonsense.query_params) == {}


def test_a_day_in_the_address_narrows_the_senders_and_can_be_left_again(desk: DeskUnderTest) -> None:
    worked(desk)
    day = (desk.clock - timedelta(days=20)).date().isoformat()
    page = shown({"day": day})
    assert findings(page)[-1].startswith("No sender wrote twice without a route")
    page.button(key="every-day").click().run()
    assert findings(page)[-1] == "3 senders bring 100% of the mail that no route caught"
    assert "day" not in page.query_params


def test_what_a_mail_or_a_person_wrote_is_never_read_as_markup(desk: DeskUnderTest) -> None:
    for _each in range(2):
        desk.receive(mail(sender=f'"{HOSTILE}" <x@out.example>', to="x@desk.example", sent=desk.clock))
    page = shown()
    assert all("<img" not in element.proto.body for element in page.get("html"))
    assert all(HOSTILE not in each.value for each in (*page.markdown, *page.caption))


def test_people_of_another_team_see_their_own_numbers_only(desk: DeskUnderTest) -> None:
    worked(desk)
    page = AppTest.from_file(ROOT / "dashboard.py", default_timeout=60)
    page.switch_page("pages/overview.py")
    page.session_state["acting_as"] = "hana@desk.example"
    page.run()
    assert page.metric[0].value == "0"
    assert findings(page)[0] == "Nothing waits"


@with_others
def test_a_click_on_a_bar_filters_the_page_and_another_one_takes_it_back(
    desk: DeskUnderTest, chromium: Browser
) -> None:
    worked(desk)
    with dashboard(desk.folder) as url, screen(chromium, url, viewport={"width": 1280, "height": 1000}) as lead:
        lead.open("overview")
        waiting = lead.tab.get_by_test_id("stMetricValue").first
        bar = lead.tab.locator('[class*="st-key-chart-ageing"] path[aria-label*="mailbox: Accounts Payable"]').first
        for text, address in (("5", r"mailbox=Accounts\+Payable"), ("6", r"/overview\??$")):
            bar.click()
            expect(waiting).to_have_text(text)
            expect(lead.tab).to_have_url(re.compile(address))
            lead.settled()


@with_others
def test_a_click_on_a_sender_leads_to_their_mail_in_the_queue(desk: DeskUnderTest, chromium: Browser) -> None:
    worked(desk)
    with dashboard(desk.folder) as url, screen(chromium, url, viewport={"width": 1280, "height": 2400}) as lead:
        lead.open("overview", mailbox=AP)
        lead.tab.locator('[class*="st-key-lines-senders"]').get_by_test_id("stDataFrame").click(
            position={"x": 60, "y": 52}
        )
        expect(lead.tab).to_have_url(re.compile(r"/(queue)?\?.*sender=sue%40out\.example"))
        expect(lead.widget("sender").get_by_role("textbox")).to_have_value("sue@out.example")
        lead.until(lambda: len(lead.column("Subject")), 3)
        assert "mailbox=" not in lead.tab.url
