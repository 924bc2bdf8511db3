"""From a recommendation to a smaller queue in Chromium: seen, proved, accepted, replayed, taken back; refused."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core import clock
from core.queue import tally
from core.recommendations.answering import answers
from core.route_statistics import route_statistics
from tests.browser.desk_in_browser import Screen, screen
from tests.browser.test_looks import WIDE, wrongs
from tests.desk import DeskUnderTest
from tests.servers.processes import dashboard
from tests.test_page_recommendations import decided_desk

ACME, BANK = "Mail from *@acme.example", "Mail from bank@coin.example"
LEAD, AGENT = "leo@desk.example · lead", "ana@desk.example · agent"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DeskUnderTest:
    return decided_desk(tmp_path_factory.mktemp("decided"), clock.now())


@pytest.fixture
def desk(made: DeskUnderTest, tmp_path: Path) -> DeskUnderTest:
    return made.copied_to(tmp_path / "desk")


def cards(at: Screen) -> list[str]:
    """What the cards are about, from the top."""
    return [each.partition(" to ")[0].partition(",")[0] for each in
            at.tab.locator('[class*="st-key-card-"] button').all_inner_texts()]  # fmt: skip


def open_card(at: Screen, beginning: str) -> None:
    at.settled()
    at.tab.locator('[class*="st-key-card-"]').filter(has_text=beginning).get_by_role("button").click()
    expect(at.widget("opened").get_by_role("heading", name=re.compile(re.escape(beginning)))).to_be_visible()
    at.settled()


def test_from_a_card_to_a_smaller_queue_and_back(at: Screen, desk: DeskUnderTest) -> None:
    at.open("recommendations").act_as(LEAD)
    at.until(lambda: cards(at)[:1], [ACME])
    at.until(at.waits, 3)
    navigation = at.tab.get_by_test_id("stSidebarNav")
    expect(navigation).to_contain_text("Recommendations · 3")
    open_card(at, ACME)
    opened = at.widget("opened")
    expect(opened.get_by_text("16 of 16 by hand in 8 weeks")).to_be_visible()
    opened.get_by_role("tab", name="Backtest and conflicts").click()
    expect(opened.get_by_text("Would newly catch 18 mails of the last 90 days.")).to_be_visible()
    at.press("l")
    at.until(lambda: "2 such mails wait in the queue." in at.notice, True)
    at.until(lambda: ACME in cards(at), False)
    expect(navigation).to_contain_text("Recommendations · 2")
    at.click("replay-after")
    expect(at.dialog.get_by_text("2 messages would leave the queue.")).to_be_visible()
    at.click("replay-now")
    at.until(lambda: at.notice, "Decided again: 2 messages left the queue, 0 wait for another cause.")
    at.until(at.waits, 1)
    at.press("z")
    at.until(at.waits, 3)
    assert tally(desk.acting("leo")).waiting == 3


def test_an_agent_is_offered_no_route_in_force(at: Screen, desk: DeskUnderTest) -> None:
    at.open("recommendations").act_as(AGENT)
    open_card(at, ACME)
    expect(at.widget("accept-shadow")).to_be_visible()
    expect(at.widget("accept-live")).to_have_count(0)
    at.press("l")
    at.press("d")
    at.until(lambda: "switched off, it takes nothing." in at.notice, True)
    assert list(route_statistics(desk.acting("ada"))["active"]) == [False]


def test_what_is_refused_leaves_the_list_and_stands_apart_with_its_reason(at: Screen, desk: DeskUnderTest) -> None:
    at.open("recommendations").act_as(LEAD)
    open_card(at, ACME)
    at.press("x")
    at.dialog.wait_for()
    at.pick("refuse-reason", "It would catch too much")
    at.click("refuse-now")
    expect(at.dialog).to_have_count(0)
    at.until(lambda: ACME in cards(at), False)
    at.tab.get_by_role("radio", name="Refused and put aside (1)").click()
    expect(at.widget("opened").get_by_text("It would catch too much")).to_be_visible()
    at.press("t")
    expect(at.tab.get_by_text("Nothing was refused or put aside.")).to_be_visible()
    assert answers(desk.acting("leo")).empty


def test_the_slider_changes_what_is_sure_enough(at: Screen, desk: DeskUnderTest) -> None:
    at.open("recommendations").act_as(LEAD)
    badges = at.tab.locator('[class*="st-key-card-"] .sd-mark')
    expect(badges).to_have_count(1)
    slider = at.widget("sure").get_by_role("slider")
    slider.focus()
    for _step in range(3):
        at.press("ArrowRight")
    at.until(lambda: badges.count(), 2)
    assert "sure=85" in at.tab.url


def test_a_sender_of_the_heat_map_and_a_bar_of_the_curve_filter_the_list(at: Screen) -> None:
    at.open("recommendations").act_as(LEAD)
    at.until(lambda: len(cards(at)), 3)
    _click_mark(at, "coverage")
    at.until(lambda: cards(at), [ACME])
    assert "only=" in at.tab.url
    at.press("q")
    at.until(lambda: len(cards(at)), 3)
    at.tab.get_by_role("radio", name="Senders without a route").click()
    _click_mark(at, "heat")
    at.until(lambda: len(cards(at)), 1)
    assert "catching=" in at.tab.url


def test_a_message_of_the_evidence_is_seen_in_the_queue_or_in_the_audit(at: Screen) -> None:
    at.open("recommendations").act_as(LEAD)
    open_card(at, ACME)
    at.tab.get_by_role("radio", name="still waiting (2)").click()
    _click_sample(at, "waiting")
    expect(at.tab.get_by_role("heading", level=1)).to_have_text("Unprocessed")
    at.until(lambda: at.subject.startswith("Invoice "), True)
    at.open("recommendations")
    open_card(at, ACME)
    _click_sample(at, "agreed")
    expect(at.tab.get_by_role("heading", level=1)).to_have_text("Audit")
    expect(at.widget("opened").get_by_role("heading", name=re.compile("Invoice (zoe|yan)"))).to_be_visible()


def test_edited_first_it_becomes_the_draft_of_the_editor(at: Screen) -> None:
    at.open("recommendations").act_as(LEAD)
    open_card(at, ACME)
    at.press("e")
    expect(at.tab.get_by_role("heading", name="A new route")).to_be_visible()
    expect(at.widget("route-trial").get_by_text("Would newly catch 18 mails of the last 90 days.")).to_be_visible()


def _click_sample(at: Screen, verdict: str) -> None:
    grid = at.tab.locator(f'[class*="st-key-lines-samples-"][class*="-{verdict}-"]').get_by_test_id("data-grid-canvas")
    grid.wait_for()
    at._click_in(grid, 60, 0)


def test_the_create_dialog_suggests_targets_with_their_reason_and_a_key(at: Screen, desk: DeskUnderTest) -> None:
    id = desk.rows("SELECT id::VARCHAR FROM message WHERE subject = 'Invoice 1'")[0][0]
    at.open("queue", id=id).act_as(AGENT)
    at.click("create")
    suggested = at.dialog.get_by_role("button", name=re.compile("Ticket · Acme · P2P · Invoices"))
    expect(suggested).to_contain_text("mails from zoe@acme.example")
    at.press("1")
    at.until(lambda: at.notice.startswith("Created T-"), True)
    assert tally(desk.acting("ana")).waiting == 2


def _click_mark(at: Screen, chart: str) -> None:
    """Click on the first mark of a chart: near its left axis, at the foot of a bar, in the first row of a map."""
    at.settled()
    canvas = at.tab.locator(f'[class*="st-key-chart-{chart}-"] .marks').first
    canvas.wait_for()
    at.settled()
    place = canvas.bounding_box()
    assert place
    x, y = MARKS[chart]
    at.tab.mouse.click(place["x"] + x * place["width"], place["y"] + y * place["height"])


MARKS = {"coverage": (0.25, 0.7), "heat": (0.7, 0.15)}


@pytest.mark.parametrize(("scheme", "language"), [("light", "en-GB"), ("dark", "es-ES")])
def test_the_page_is_named_has_contrast_and_fits_a_small_screen(
    chromium: Browser, desk: DeskUnderTest, scheme: str, language: str
) -> None:
    with dashboard(desk.folder) as url, screen(chromium, url, color_scheme=scheme, locale=language) as at:
        found = []
        for parameters in ({}, {"section": "senders"}, {"section": "since"}, {"section": "aside"}):
            at.open("recommendations", **parameters)
            counted = re.compile("(Recommendations|Recomendaciones) · 3")  # it draws the navigation a second time
            expect(at.tab.get_by_test_id("stSidebarNav")).to_contain_text(counted)
            at.settled()
            found += [*wrongs(at), *at.tab.evaluate(WIDE)]
        at.open("recommendations")
        open_card(at, "bank@coin.example")
        found += wrongs(at)
        for place in range(1, 4):
            at.widget("evidence").get_by_role("tab").nth(place).click()
            at.settled()
            found += wrongs(at, ".st-key-opened")
        for key in ("refuse", "snooze"):
            at.click(key)
            at.dialog.wait_for()
            at.settled()
            found += wrongs(at, '[role="dialog"]')
            at.tab.keyboard.press("Escape")
            expect(at.dialog).to_have_count(0)
        assert not found, "\n".join(sorted(set(found)))
