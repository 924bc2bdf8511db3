"""The dashboard in Chromium, as a person at it sees and works it: what stands on the screen, clicks, keys.

Nothing here waits for a time; it waits for what must be there. The list is drawn on a canvas, and read from the table
that stands in it for screen readers.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Locator, Page, TimeoutError, expect

PATIENCE = 60_000  # milliseconds; the machine may be busy
AGAIN = 3_000  # milliseconds after which a person would try again
QUIET = '[data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
UNFINISHED = '[data-stale="true"], [data-testid="stSkeleton"]'  # not drawn anew yet, or its script not loaded yet
HEADER, ROW, BOX = 34, 36, 16  # pixels: height of the list's header and of its rows, and where a row's box is
WIDE = {"width": 1280, "height": 720}
Answer = TypeVar("Answer")
expect.set_options(timeout=PATIENCE)


class Screen:
    """A tab with the dashboard in it."""

    def __init__(self, tab: Page, url: str) -> None:
        self.tab = tab
        self.url = url

    def open(self, path: str = "queue", **parameters: str | list[str]) -> "Screen":
        """Go to a page, as a link would."""
        self.tab.goto(f"{self.url}/{path}?{urlencode(parameters, doseq=True)}".rstrip("?"))
        self.tab.get_by_role("heading", level=1).wait_for()
        return self.settled()

    def settled(self) -> "Screen":
        """Wait until the page has run to its end and all of it is drawn anew. What was clicked a moment ago may not
        have begun: wait for its effect first."""
        self.tab.locator(QUIET).wait_for(state="attached")
        expect(self.tab.locator(UNFINISHED)).to_have_count(0)
        return self

    def until(self, look: Callable[[], Answer], wanted: Answer) -> None:
        """Look again and again until the screen shows what is wanted; fails with what it shows instead."""
        deadline = time.monotonic() + PATIENCE / 1000
        while (seen := look()) != wanted and time.monotonic() < deadline:
            self.tab.evaluate("new Promise(again => setTimeout(again, 50))")  # looking costs, and many look at once
        assert seen == wanted, f"the screen shows {seen!r}, not {wanted!r}"

    # What stands there

    def widget(self, key: str) -> Locator:
        """The widget or container of this key."""
        return self.tab.locator(f".st-key-{key}")

    @property
    def subject(self) -> str:
        """The subject of the message that is open; empty if none is."""
        heads = self.tab.locator(".st-key-opened .sd-head h2").all_inner_texts()
        return heads[0] if heads else ""

    @property
    def opened(self) -> str:
        """The id of the message that is open, as the address names it."""
        found = re.search(r"[?&]id=([0-9a-f-]{36})", self.tab.url)
        return found[1] if found else ""

    def waits(self) -> int:
        """How much waits, as the sidebar says."""
        said = re.search(r"\d+", self.tab.locator(".sd-alert").inner_text())
        return int(said[0]) if said else 0

    @property
    def notice(self) -> str:
        """What is said about the last action; empty if nothing is."""
        return " ".join(self.widget("notice").locator(".sd-box").all_inner_texts())

    @property
    def counts(self) -> tuple[int, int, int]:
        """How much waits, as said by the sidebar, by the navigation, and beside the title."""
        said = (self.tab.locator(".sd-alert"), self.tab.get_by_test_id("stSidebarNav"), self.widget("title"))
        first = [re.search(r"\d[\d.,]*", each.first.inner_text()) for each in said]
        sidebar, navigation, title = (int(re.sub(r"\D", "", found[0])) if found else 0 for found in first)
        return sidebar, navigation, title

    @property
    def matches(self) -> int:
        """How many messages match the filter, by the words above the list."""
        words = self.widget("all").all_inner_texts()
        found = re.search(r"\d[\d.,]*", words[0]) if words else None
        return int(re.sub(r"\D", "", found[0])) if found else 0

    @property
    def dialog(self) -> Locator:
        """The open dialog."""
        return self.tab.get_by_role("dialog")

    @property
    def grid(self) -> Locator:
        """The canvas of the list."""
        return self.tab.locator('[class*="st-key-list-"]').get_by_test_id("data-grid-canvas")

    def column(self, name: str) -> list[str]:
        """The cells of a column, from the row at the top as far down as the list is drawn."""
        cells: list[str] = self.grid.locator("table").evaluate(
            """(table, name) => {
                const heads = [...table.querySelectorAll('th')]
                const at = heads.find(head => head.textContent === name)?.ariaColIndex
                return [...table.querySelectorAll(`td[aria-colindex="${at}"]`)].map(cell => cell.textContent)
            }""",
            name,
        )
        return cells

    # What a person does

    def press(self, key: str) -> None:
        """Press a key on a page that has come to rest."""
        self.settled()
        self.tab.keyboard.press(key)

    def press_in_dialog(self, key: str, *more: str) -> None:
        """Open a dialog by its key, then press others in it; answers when it has closed, if there were any."""
        self.press(key)
        self.dialog.wait_for()
        for each in more:
            self.press(each)
        if more:
            expect(self.dialog).to_have_count(0)

    def click(self, key: str) -> None:
        """Press the button of this key."""
        self.settled()
        self.widget(key).get_by_role("button").first.click()

    def open_row(self, row: int) -> None:
        """Click on a row of the list, counted from 0 at its top."""
        self._click_in(self.grid, 200, row)

    def select_rows(self, *rows: int) -> None:
        """Tick the boxes of these rows."""
        for row in rows:
            self._click_in(self.grid, BOX, row)

    def choose_row(self, table: str, row: int) -> None:
        """Tick the box of a row in the table whose key begins so."""
        self._click_in(self.tab.locator(f'[class*="st-key-{table}-"]').get_by_test_id("data-grid-canvas"), BOX, row)

    def pick(self, key: str, option: str) -> None:
        """Choose an option of a pick list, by typing it as a person would."""
        self.settled()
        field = self.widget(key).get_by_role("combobox")
        field.scroll_into_view_if_needed()
        deadline = time.monotonic() + PATIENCE / 1000
        while not self._picked(field, option):  # a list that is open closes when the page scrolls or grows
            assert time.monotonic() < deadline, f"{option!r} is not offered by {key!r}"
        self.tab.keyboard.press("Escape") if self.widget(key).get_by_test_id("stMultiSelect").count() else None

    def _picked(self, field: Locator, option: str) -> bool:
        """Type the option and take it from the list; answers whether the list was there to take it from."""
        field.fill("")
        field.fill(option)
        try:
            self.tab.get_by_role("option", name=option, exact=True).click(timeout=AGAIN)
        except TimeoutError:
            return False
        return True

    def clear(self, key: str) -> None:
        """Take everything out of a pick list."""
        self.settled()
        self.widget(key).get_by_role("button", name=re.compile("clear", re.IGNORECASE)).click()

    def write(self, key: str, text: str) -> None:
        """Write into a field and leave it."""
        self.settled()
        self.widget(key).get_by_role("textbox").fill(text)
        self.tab.keyboard.press("Enter")

    def tab_of(self, name: str) -> None:
        """Open a tab of the message, such as HTML."""
        self.settled()
        self.widget("reading").get_by_role("tab", name=name).click()
        panel = self.widget("reading").get_by_role("tabpanel", name=name)
        panel.get_by_test_id("stElementContainer").first.wait_for(state="attached")
        self.settled()

    def act_as(self, person: str) -> None:
        """Become somebody else at this machine, by what the list of persons calls them."""
        self.pick("acting_as", person)
        self.settled()

    def _click_in(self, grid: Locator, x: float, row: int) -> None:
        self.settled()
        grid.scroll_into_view_if_needed()
        place = grid.bounding_box()
        assert place
        self.tab.mouse.move(place["x"] + x, place["y"] + HEADER + ROW * (row + 0.5))
        self._drawn()
        self.tab.mouse.down()
        self._drawn()  # the list takes no click whose two halves come in the same frame, as no hand makes one
        self.tab.mouse.up()

    def _drawn(self) -> None:
        """Wait until the browser has drawn twice: what was begun before is on the screen then."""
        self.tab.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


@contextmanager
def screen(chromium: Browser, url: str, kind: str = "", **context: object) -> Iterator[Screen]:
    """A browser session at the dashboard of this address that remembers nothing.

    It is the tab of an earlier one, emptied: what the browser has compiled of the dashboard it knows then, which is
    most of what a page costs. Who changes a tab for good, as by listening to its sockets, gives it a `kind`: it is kept
    for others of that kind.
    """
    idle = _idle.setdefault((chromium, kind, repr(sorted(context.items()))), [])
    tab = idle.pop() if idle else session_of(chromium, **context).new_page()
    try:
        yield Screen(tab, url)
        _empty(tab)
    except BaseException:
        tab.context.close()
        raise
    idle.append(tab)


_idle: dict[tuple[Browser, str, str], list[Page]] = {}


def _empty(tab: Page) -> None:
    """Leave the dashboard, and forget it."""
    for other in tab.context.pages:
        if other != tab:
            other.close()
    tab.evaluate("localStorage.clear(); sessionStorage.clear()")
    tab.goto("about:blank")
    tab.context.clear_cookies()


def session_of(chromium: Browser, **context: object) -> BrowserContext:
    """A browser session with nothing remembered, in English and Madrid unless said otherwise."""
    settings = {"viewport": WIDE, "locale": "en-GB", "timezone_id": "Europe/Madrid", **context}
    session = chromium.new_context(**settings)  # type: ignore[arg-type]
    session.set_default_timeout(PATIENCE)
    return session
