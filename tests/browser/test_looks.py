"""The queue as it looks: named for screen readers, with contrast, at the width of a small screen, and prompt."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.desk_in_browser import Screen, screen
from tests.desk import CONFIGURATION, DeskUnderTest, mail
from tests.real_mail import real_messages, rewritten
from tests.servers.processes import dashboard

# Rules that Streamlit's own markup breaks, by the place where it does. Its navigation with sections is a list whose
# items stand in boxes of their own; a page can't reach into it, and screen readers read it well all the same.
THEIRS = {"list": '[data-testid="stSidebarNav"]', "listitem": '[data-testid="stSidebarNav"]'}
WIDE = """
() => [document.documentElement, document.body, ...document.querySelectorAll('section')]
    .filter(each => each.scrollWidth > each.clientWidth + 1)
    .filter(each => each.tagName === 'HTML' || /auto|scroll/.test(getComputedStyle(each).overflowX))
    .map(each => each.tagName + ' ' + each.className + ' ' + each.scrollWidth + ' > ' + each.clientWidth)
"""
LONG = "Una factura con un asunto larguísimo " * 20


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("desk")
    desk = DeskUnderTest(folder, configuration=CONFIGURATION.replace("size = 20000", "size = 2000000"))
    real = (rewritten(raw, to="someone@desk.example", cc="") for raw in real_messages(150, "spamassassin/easy-ham-2"))
    desk.receive(
        *real, mail(to="nobody@desk.example", subject=LONG, sender=f'"{LONG}" <x@y.example>', attached="a.pdf")
    )
    with dashboard(folder) as address:
        yield address


def inside(at: Screen, selector: str, place: str) -> bool:
    return bool(at.tab.evaluate("([each, place]) => document.querySelector(each)?.closest(place)", [selector, place]))


def wrongs(at: Screen, within: str = "") -> list[str]:
    """What axe finds serious or critical, apart from THEIRS: rule, place, and what to mend."""
    found = Axe().run(at.tab, within or None, {"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']} {node['target']}: {node['html'][:200]} {node['failureSummary'][:260]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not (rule["id"] in THEIRS and inside(at, node["target"][0], THEIRS[rule["id"]]))
    ]


@pytest.mark.parametrize("language", ["en-GB", "es-ES"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_queue_is_named_and_has_contrast(chromium: Browser, url: str, scheme: str, language: str) -> None:
    with screen(chromium, url, color_scheme=scheme, locale=language) as at:
        at.open()
        title = {"en-GB": "Unprocessed", "es-ES": "Sin procesar"}[language]
        expect(at.tab.get_by_role("heading", level=1)).to_have_text(title)
        found = wrongs(at)
        for place in range(1, 6):
            at.widget("reading").get_by_role("tab").nth(place).click()
            at.settled()
            found += wrongs(at, ".st-key-opened")
        assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize(("scheme", "language"), [("light", "en-GB"), ("dark", "es-ES")])
def test_its_dialogs_are_named_and_have_contrast(chromium: Browser, url: str, scheme: str, language: str) -> None:
    with screen(chromium, url, color_scheme=scheme, locale=language) as at:
        at.open()
        found = []
        for key in ("create", "attach", "delete", "snooze", "hand-over", "note", "block", "help"):
            at.click(key)
            at.dialog.wait_for()
            at.settled()
            found += wrongs(at, '[role="dialog"]')
            at.tab.keyboard.press("Escape")
            at.dialog.wait_for(state="detached")
        assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize("language", ["en-GB", "es-ES"])
def test_the_queue_never_scrolls_sideways(chromium: Browser, url: str, language: str) -> None:
    with screen(chromium, url, locale=language) as at:
        at.open()
        for search in ("", "larguísimo"):
            at.write("search", search)
            at.until(lambda: at.matches == 1, search != "")
            for place in range(6):
                at.widget("reading").get_by_role("tab").nth(place).click()
                at.settled()
                assert at.tab.evaluate(WIDE) == []


def test_how_soon_the_next_message_is_there_after_an_action(
    chromium: Browser, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    took = {"J": [], "delete": []}  # type: dict[str, list[float]]
    with screen(chromium, url) as at:
        at.open()
        for what in ["J", "delete"] * 5:
            before = at.opened
            if what == "delete":
                at.press_in_dialog("d")
                at.settled()
            began = time.monotonic()
            at.tab.keyboard.press("Control+Enter" if what == "delete" else "j")
            at.tab.wait_for_function("before => !location.search.includes(before)", arg=before)
            took[what].append(time.monotonic() - began)
            at.until(lambda: at.dialog.count(), 0)
            at.settled()
    with capsys.disabled():
        said = ", ".join(f"{what} {sorted(times)[len(times) // 2] * 1000:.0f} ms" for what, times in took.items())
        print(f"\nnext message visible after (median of 5): {said}")
