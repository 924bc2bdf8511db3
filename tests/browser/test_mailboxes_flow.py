"""The page of mailboxes in a browser: a red one is marked, found, and told in full, in both schemes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core import clock
from tests.browser.desk_in_browser import screen
from tests.browser.test_looks import WIDE, wrongs
from tests.desk import AP, AR, DeskUnderTest, mail
from tests.servers.processes import dashboard


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A desk on which Receivable can't be read, and Payable is not handed out 23 messages."""
    folder: Path = tmp_path_factory.mktemp("desk")
    desk = DeskUnderTest(folder, clock=clock.now())
    desk.receive(*(mail(to="nobody@desk.example", sent=desk.clock) for _number in range(5)))
    shutil.rmtree(folder / "mail" / "ar")
    desk.collect()
    for uid in range(23):
        desk.change("INSERT INTO residue VALUES ($mailbox, 'INBOX', 1, $uid, $now, $now, 2, uuidv7())",
                    mailbox=AP, uid=str(1000 + uid), now=desk.clock)  # fmt: skip
    with dashboard(folder) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_red_mailbox_is_marked_found_and_told(chromium: Browser, url: str, scheme: str) -> None:
    with screen(chromium, url, color_scheme=scheme) as at:
        at.open()
        link = at.tab.get_by_test_id("stSidebarNavLink").filter(has_text="Mailboxes")
        expect(link).to_contain_text("Mailboxes ●")
        link.click()
        at.settled()
        board = at.tab.locator("table.sd-board")
        expect(board.locator("tbody tr")).to_have_count(2)
        expect(board).to_contain_text("There is nothing at")
        expect(board).to_contain_text("23 not handed out by the server: UID 1000, 1001")
        assert wrongs(at) == []
        assert at.tab.evaluate(WIDE) == []


def test_a_chosen_mailbox_tells_everything_and_stays_within_a_small_screen(chromium: Browser, url: str) -> None:
    with screen(chromium, url) as at:
        at.tab.goto(f"{url}/mailboxes?mailbox={AP.replace(' ', '%20')}")
        at.settled()
        for told in ("Something is wrong", "Ledger of 14 days", "23 messages the server does not hand out",
                     "Compared with the server's own list"):  # fmt: skip
            expect(at.tab.get_by_text(told, exact=False).first).to_be_visible()
        assert wrongs(at) == []
        assert at.tab.evaluate(WIDE) == []
        at.tab.goto(f"{url}/mailboxes?mailbox={AR.replace(' ', '%20')}")
        at.settled()
        expect(at.tab.get_by_text("Nothing has come in 28 days")).to_be_visible()
