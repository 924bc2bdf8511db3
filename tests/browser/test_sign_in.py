"""Signing in with a real OpenID Connect provider, in Chromium: who is not listed sees nothing, on any link."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.desk import DeskUnderTest, mail
from tests.servers.processes import dashboard, free_port, served

SECRETS = """
[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "a-secret-of-this-test-only-0123456789"
client_id = "straydesk"
client_secret = "also-secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
PEOPLE: dict[str, dict[str, str | bool]] = {
    "ana": {"email": "Ana@desk.example", "email_verified": True},
    "ada": {"email": "ada@desk.example", "email_verified": True},
    "stranger": {"email": "stranger@elsewhere.example", "email_verified": True},
    "unverified": {"email": "ada@desk.example", "email_verified": False},
    "unsaid": {"email": "ada@desk.example"},
    "nameless": {"name": "Nobody", "email_verified": True},
}
SUBJECT = "The subject nobody else may see"
SECRET_WORDS = ("Queue", "queue", "Mailboxes", "Administration", "Accounts Payable", "unprocessed", SUBJECT)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A provider who knows PEOPLE, as a process of its own."""
    port, log = free_port(), tmp_path_factory.mktemp("provider") / "provider.log"
    known = [part for name, claims in PEOPLE.items() for part in ("--user-claims", json.dumps({"sub": name, **claims}))]
    with served(["oidc_provider_mock", "--port", str(port), *known], f"http://127.0.0.1:{port}/jwks", log):
        yield f"http://127.0.0.1:{port}"


def desk_in(folder: Path) -> Path:
    desk = DeskUnderTest(folder)
    desk.receive_one(mail(to="nobody@desk.example", subject=SUBJECT))
    return folder


def options(folder: Path, provider: str, port: int, more: str = "") -> list[str]:
    secrets = folder / "secrets.toml"
    secrets.write_text(SECRETS.format(port=port, provider=provider) + more)
    return ["--secrets.files", str(secrets)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[str]:
    folder, port = desk_in(tmp_path_factory.mktemp("desk")), free_port()
    with dashboard(folder, *options(folder, provider, port), port=port) as address:
        yield address


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB", timezone_id="Europe/Madrid", viewport={"width": 1280, "height": 720})
    context.set_default_timeout(30_000)
    yield context
    context.close()


class Seen:
    """A tab that remembers every word it ever showed, and every page title it was told of."""

    def __init__(self, context: BrowserContext) -> None:
        self.tab: Page = context.new_page()
        self.tab.add_init_script("""window.seen = new Set(); new MutationObserver(() => {
            if (document.body) window.seen.add(document.body.innerText + ' ' + document.title) })
            .observe(document, {subtree: true, childList: true, characterData: true})""")

    def words(self) -> str:
        return " ".join(self.tab.evaluate("[...window.seen]"))

    def saw_nothing_of_the_desk(self, but: str = "") -> None:
        """Now and before; `but` is the link's own last word, which Streamlit takes for the tab's title at its start."""
        self.tab.wait_for_timeout(500)
        words = self.words()
        words = words.replace(but, "") if but else words
        assert [word for word in SECRET_WORDS if word in words] == []
        assert self.tab.get_by_test_id("stSidebarNav").count() == 0
        assert self.tab.get_by_test_id("stSidebar").count() == 0


def sign_in(tab: Page, url: str, who: str) -> None:
    tab.goto(url)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name=who, exact=True).click()
    tab.wait_for_url(f"{url}/**")


def queue_of(tab: Page) -> None:
    expect(tab.get_by_role("heading", name="Unprocessed")).to_be_visible()
    expect(tab.get_by_test_id("stSidebarNav").get_by_role("link", name=re.compile("Queue"))).to_be_visible()


@pytest.mark.parametrize("path", ["", "/queue", "/mailboxes", "/administration", "/queue?search=subject"])
def test_signed_out_there_is_a_button_and_nothing_else(context: BrowserContext, url: str, path: str) -> None:
    seen = Seen(context)
    seen.tab.goto(url + path)
    expect(seen.tab.get_by_role("button", name="Sign in")).to_be_visible()
    expect(seen.tab.get_by_role("button")).to_have_count(1)
    seen.saw_nothing_of_the_desk()


@pytest.mark.parametrize("path", ["/queue", "/administration"])
def test_a_deep_link_that_is_the_first_request_after_a_start_shows_nothing_before_sign_in(
    tmp_path: Path, context: BrowserContext, provider: str, path: str
) -> None:
    port = free_port()
    with dashboard(desk_in(tmp_path), *options(tmp_path, provider, port), port=port) as url:
        seen = Seen(context)
        seen.tab.goto(url + path)
        expect(seen.tab.get_by_role("button", name="Sign in")).to_be_visible()
        seen.saw_nothing_of_the_desk(but=path.strip("/"))
        sign_in(seen.tab, url, "ana")
        queue_of(seen.tab)


def test_a_listed_person_sees_their_queue_and_can_sign_out(context: BrowserContext, url: str) -> None:
    tab = context.new_page()
    sign_in(tab, url, "ana")
    queue_of(tab)
    expect(tab.get_by_text("Signed in as ana@desk.example (agent)")).to_be_visible()
    expect(tab.get_by_text("You act as")).to_have_count(0)
    expect(tab.get_by_role("link", name="Administration")).to_have_count(0)
    tab.get_by_role("button", name="Sign out").click()
    tab.get_by_role("button", name="End session").click()
    expect(tab.get_by_role("button", name="Sign in")).to_be_visible()
    seen = Seen(context)
    seen.tab.goto(f"{url}/queue")
    expect(seen.tab.get_by_role("button", name="Sign in")).to_be_visible()
    seen.saw_nothing_of_the_desk()


def test_a_deep_link_works_for_who_is_signed_in(context: BrowserContext, url: str) -> None:
    tab = context.new_page()
    sign_in(tab, url, "ada")
    queue_of(tab)
    tab.goto(f"{url}/administration")
    expect(tab.get_by_role("heading", name="Administration")).to_be_visible()


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("stranger", "stranger@elsewhere.example does not work at this desk"),
        ("unverified", "has not verified your e-mail address"),
        ("unsaid", "has not verified your e-mail address"),
        ("nameless", "does not work at this desk"),
    ],
)
def test_who_has_no_place_reads_so_and_sees_nothing_else_on_any_link(
    context: BrowserContext, url: str, who: str, told: str
) -> None:
    tab = context.new_page()
    sign_in(tab, url, who)
    seen = Seen(context)
    for path in ("", "/queue", "/mailboxes", "/administration"):
        seen.tab.goto(url + path)
        expect(seen.tab.get_by_text(told)).to_be_visible()
        expect(seen.tab.get_by_role("button")).to_have_count(1)
        seen.saw_nothing_of_the_desk()
    seen.tab.get_by_role("button", name="Sign out").click()
    seen.tab.get_by_role("button", name="End session").click()
    expect(seen.tab.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_provider_that_never_says_verified_can_be_trusted_on_purpose(
    tmp_path: Path, context: BrowserContext, provider: str
) -> None:
    port = free_port()
    given = options(tmp_path, provider, port, "trust_unverified_email = true\n")
    with dashboard(desk_in(tmp_path), *given, port=port) as url:
        tab = context.new_page()
        sign_in(tab, url, "unsaid")
        queue_of(tab)
        context.clear_cookies()
        sign_in(tab, url, "unverified")
        expect(tab.get_by_text("has not verified your e-mail address")).to_be_visible()


def test_secrets_that_cannot_be_read_open_the_desk_to_nobody(tmp_path: Path, context: BrowserContext) -> None:
    (tmp_path / "secrets.toml").write_text("[auth\nclient_id = ")
    with dashboard(desk_in(tmp_path), "--secrets.files", str(tmp_path / "secrets.toml")) as url:
        seen = Seen(context)
        seen.tab.goto(f"{url}/queue")
        expect(seen.tab.get_by_text("nobody can sign in")).to_be_visible()
        seen.saw_nothing_of_the_desk(but="queue")


def test_who_loses_their_place_is_shown_out_without_a_click(
    context: BrowserContext, tmp_path: Path, provider: str
) -> None:
    port = free_port()
    desk = DeskUnderTest(tmp_path)
    desk.receive_one(mail(to="nobody@desk.example", subject=SUBJECT))
    with dashboard(tmp_path, *options(tmp_path, provider, port), port=port) as url:
        tab = context.new_page()
        sign_in(tab, url, "ana")
        queue_of(tab)
        desk.change("DELETE FROM person WHERE email = 'ana@desk.example'")
        expect(tab.get_by_text("does not work at this desk")).to_be_visible(timeout=40_000)
        expect(tab.get_by_test_id("stSidebarNav")).to_have_count(0)
