"""Signing in with tokens: a real Dovecot that asks a real server whose a token is."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from core import log, tokens
from core.clock import now
from core.configuration_file import CollectConfiguration, MailboxConfiguration
from core.configuration_parts import OAuth2Configuration
from core.errors import NotLetIn, SourceProblem
from core.sources import Fetched, open_source
from core.sources.source import Observed
from core.tokens import token_of
from tests.desk import mail
from tests.servers.dovecot import Dovecot, dovecot, why_not
from tests.servers.processes import free_port
from tests.servers.token_server import CLIENT, REFRESH, SECRET, TokenServer
from tests.servers.trap import running

SETTINGS = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {path}
}}
"""
USER = "ap@desk.example"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Dovecot, TokenServer]]:
    if reason := why_not():
        pytest.skip(reason)
    # Directly below /tmp, where Dovecot, which gives its rights away, can read it.
    with running(TokenServer()) as giver, NamedTemporaryFile("w", dir="/tmp", suffix=".conf") as written:
        written.write(giver.dovecot())
        written.flush()
        Path(written.name).chmod(0o644)
        with dovecot(SETTINGS.format(path=written.name)) as server:
            server.fill(USER, [mail(), mail()])
            yield server, giver


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens._kept.clear()
    monkeypatch.setenv("DESK_SECRET", SECRET)
    monkeypatch.setenv("DESK_REFRESH", REFRESH)


@pytest.fixture
def giver() -> Iterator[TokenServer]:
    with running(TokenServer()) as server:
        yield server


def oauth2(url: str, **more: str) -> dict[str, str]:
    return {"token_url": url, "client_id": CLIENT, "client_secret_env": "DESK_SECRET"} | more


def by_token(server: Dovecot, url: str, **more: str) -> MailboxConfiguration:
    return server.mailbox(USER, password_env="", oauth2=oauth2(url, **more))


def alone(url: str, **more: str) -> MailboxConfiguration:
    """A mailbox of a server that nobody asks."""
    return MailboxConfiguration.model_validate(
        {"name": "Payables", "address": USER, "team": "Desk", "source": "imaps://ap%40desk.example@mail.invalid/INBOX",
         "oauth2": oauth2(url, **more)}
    )  # fmt: skip


def collected(mailbox: MailboxConfiguration) -> tuple[list[Fetched], Observed]:
    with open_source(mailbox, CollectConfiguration(timeout_seconds=5), Path()) as source:
        return [*source.fetch(source.list(), 2**20)], source.observed()


def seconds_left(observed: Observed) -> float:
    assert observed.token_expires_at
    return (observed.token_expires_at - _now()).total_seconds()


def _now() -> datetime:

    return now()


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token"])
def test_mail_is_read_with_a_token_that_is_asked_for_once(servers: tuple[Dovecot, TokenServer], grant: str) -> None:
    server, giver = servers
    giver.asked.clear()
    more = {"refresh_token_env": "DESK_REFRESH"} if grant == "refresh_token" else {"scope": "mail.read"}
    mailbox = by_token(server, giver.url, **more)
    for _run in range(3):
        found, observed = collected(mailbox)
        assert len(found) == 2
    [asked] = giver.asked
    assert asked["grant_type"] == grant
    assert asked.get("scope") == more.get("scope")
    assert 3500 < seconds_left(observed) <= 3600


def test_a_token_that_the_server_refuses_is_replaced_once(servers: tuple[Dovecot, TokenServer]) -> None:
    server, giver = servers
    mailbox = by_token(server, giver.url)
    first = token_of(mailbox)
    giver.good.clear()  # as after a change of password or a restart of theirs
    assert len(collected(mailbox)[0]) == 2
    assert token_of(mailbox) != first


def test_a_server_that_refuses_every_token_is_told_after_two(servers: tuple[Dovecot, TokenServer]) -> None:
    server, giver = servers
    giver.asked.clear()
    giver.refuses = True
    try:
        with pytest.raises(NotLetIn) as caught:
            collected(by_token(server, giver.url))
    finally:
        giver.refuses = False
    assert f"did not accept the token for {USER}" in str(caught.value)
    assert "may read this mailbox by IMAP" in str(caught.value)
    assert len(giver.asked) == 2


def test_a_password_still_works_beside(servers: tuple[Dovecot, TokenServer]) -> None:
    server, _giver = servers
    assert len(collected(server.mailbox(USER))[0]) == 2


def test_a_token_is_asked_for_anew_before_it_runs_out(giver: TokenServer) -> None:
    giver.seconds = int(tokens.EARLY) + 1
    mailbox = alone(giver.url)
    first = token_of(mailbox)
    assert token_of(mailbox) == first
    time.sleep(1.1)
    assert token_of(mailbox) != first


def test_many_mailboxes_of_one_client_ask_once(giver: TokenServer) -> None:
    mailboxes = [alone(giver.url) for _number in range(20)]
    with ThreadPoolExecutor(20) as threads:
        found = {*threads.map(token_of, mailboxes)}
    assert len(found) == len(giver.asked) == 1
    token_of(alone(giver.url, scope="another"))
    assert len(giver.asked) == 2


def test_a_refresh_token_that_is_replaced_is_used_from_then_on(giver: TokenServer) -> None:
    giver.rotates, giver.seconds = True, 1
    mailbox = alone(giver.url, refresh_token_env="DESK_REFRESH")
    for _time in range(3):
        token_of(mailbox)
    assert [each["refresh_token"] for each in giver.asked] == ["refresh-0", "refresh-1", "refresh-2"]
    expires_at = tokens.token_expires_at(mailbox)
    assert expires_at and (expires_at - _now()).days in (6, 7)


@pytest.mark.parametrize(
    ("error", "description", "sentence"),
    [
        ("invalid_client", "AADSTS7000222: The provided client secret keys for app 'x' are expired.", "has expired"),
        ("invalid_client", "AADSTS7000215: Invalid client secret provided.", "the secret's value, not its id"),
        ("unauthorized_client", "AADSTS700016: Application not found in the directory.", "check client_id and tenant"),
        ("invalid_grant", "Token has been expired or revoked.", "sign in again"),
        ("invalid_client", "", "Check client_id"),
        ("something_new", "", "something_new"),
    ],
)
def test_a_refusal_by_the_giver_of_tokens_says_what_to_renew(
    giver: TokenServer, error: str, description: str, sentence: str
) -> None:
    giver.answer = (401, json.dumps({"error": error, "error_description": description}).encode())
    with pytest.raises(NotLetIn) as caught:
        token_of(alone(giver.url))
    assert "gave no token for “Payables”" in str(caught.value) and sentence in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [(503, b"busy"), (200, b"<html>"), (200, b"{}"), (200, b"[]"), (200, b'{"access_token": "a", "expires_in": "x"}'),
     (400, b'{"error": "temporarily_unavailable"}'), (200, b"\xff\xfe"), (404, b"")],
)  # fmt: skip
def test_a_giver_that_answers_nonsense_is_a_problem_that_may_pass(
    giver: TokenServer, answer: tuple[int, bytes]
) -> None:
    giver.answer = answer
    with pytest.raises(SourceProblem) as caught:
        token_of(alone(giver.url))
    assert not isinstance(caught.value, NotLetIn)
    giver.answer = None
    assert token_of(alone(giver.url)).startswith("access-token")


def test_a_giver_that_is_away_is_told() -> None:
    with pytest.raises(SourceProblem, match="can't be asked"):
        token_of(alone(f"http://127.0.0.1:{free_port()}/token"))


def test_a_secret_that_is_not_set_is_told(giver: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_SECRET")
    with pytest.raises(SourceProblem, match="environment variable DESK_SECRET is not set"):
        token_of(alone(giver.url))


def test_neither_secret_nor_token_reaches_the_log(giver: TokenServer) -> None:
    giver.rotates = True
    token = token_of(alone(giver.url, refresh_token_env="DESK_REFRESH"))
    for secret in (SECRET, REFRESH, token, giver.refresh_token):
        assert secret not in log.harmless(f"it said {secret}!")


def test_where_microsoft_and_google_give_out_tokens_is_known() -> None:
    def asked(**written: str) -> tuple[str, str]:
        given = {"client_id": CLIENT, "client_secret_env": "DESK_SECRET"} | written
        table = OAuth2Configuration.model_validate(given)
        client = tokens._client_of(alone("https://a.example/").model_copy(update={"oauth2": table}))
        return client.url, client.scope

    by_secret = asked(provider="microsoft", tenant="desk.example")
    assert by_secret == ("https://login.microsoftonline.com/desk.example/oauth2/v2.0/token",
                         "https://outlook.office365.com/.default")  # fmt: skip
    assert asked(provider="google", refresh_token_env="DESK_REFRESH") == ("https://oauth2.googleapis.com/token", "")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"client_id": "a", "client_secret_env": "S"}, "needs a provider"),
        ({"client_id": "a", "client_secret_env": "S", "provider": "microsoft"}, "needs the tenant"),
        ({"client_id": "a", "client_secret_env": "S", "provider": "google"}, "needs a refresh token"),
        ({"client_id": "a", "token_url": "https://a.example/"}, "needs a secret"),
        ({"client_id": "a", "client_secret_env": "S", "token_url": "http://a.example/"}, "should match"),
        ({"client_secret_env": "S", "provider": "google", "refresh_token_env": "R"}, "client_id"),
    ],
)
def test_a_table_that_can_not_work_is_told(written: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        OAuth2Configuration.model_validate(written)


def test_a_mailbox_has_a_password_or_tokens() -> None:
    with pytest.raises(ValueError, match="write one of them"):
        MailboxConfiguration.model_validate(alone("https://a.example/").model_dump() | {"password_env": "P"})
