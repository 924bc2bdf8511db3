"""What the flows in Chromium share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.desk_in_browser import Screen, screen
from tests.desk import DeskUnderTest
from tests.servers.processes import dashboard


@pytest.fixture(autouse=True)
def stores_at_hand() -> None:
    """Dashboards open them."""


@pytest.fixture
def at(chromium: Browser, desk: DeskUnderTest) -> Iterator[Screen]:
    """The `desk` of the test as a person sees it: a dashboard of its own, in a browser of its own."""
    with dashboard(desk.folder) as url, screen(chromium, url) as opened:
        yield opened
