"""What several rooms of tests share."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.homes import kept_at_hand
from tests.servers.nursery import look_through_packages_once

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--no-first-run"]
look_through_packages_once()  # AppTest is a new server for each page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, once for all tests of a worker; open a context of your own in it."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no Chromium on PATH; .ci/run installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def stores_at_hand(request: pytest.FixtureRequest) -> Iterator[None]:
    """Most tests are about what is in a store, whose file stays open for them."""
    with nullcontext() if request.node.get_closest_marker("with_others") else kept_at_hand():
        yield
