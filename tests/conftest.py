"""What several rooms of tests share."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache

import pytest
from playwright.sync_api import Browser, sync_playwright
from streamlit.components.v2 import manifest_scanner

from tests.homes import kept_at_hand

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--no-first-run"]
# A server looks through all installed packages once; AppTest is a new server for each page, and it takes half as long
# as all else a page does.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


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
