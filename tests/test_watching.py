"""Watching: each mailbox on its own, told of news by its server, and asked again where something failed."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest

from core import watching
from core.errors import NotLetIn
from core.runs import Run
from core.sources import LastingSource, Reader, imap_connection, imap_idle, imap_session
from core.watching import Watching
from tests.desk import AP, AR, CONFIGURATION, PEOPLE, DeskUnderTest, mail
from tests.imap_desk import folders, imap_desk
from tests.servers.dovecot import PASSWORD_ENV, Dovecot, dovecot, why_not
from tests.servers.scripted import scripted

NEVER = "every_seconds = 3600\nsweep_seconds = 3600\n"
PATIENCE = 20.0
WITHOUT_IDLE = "protocol imap {\n  imap_capability = IMAP4rev1 SASL-IR ID ENABLE LITERAL+\n}\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    if reason := why_not():
        pytest.skip(reason)
    with dovecot() as running:
        yield running


class Seen:
    """The runs, as they are reported."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._lock, self._more = Lock(), Event()

    def __call__(self, run: Run) -> None:
        with self._lock:
            self.runs.append(run)
            self._more.set()

    def until(self, enough: Callable[[list[Run]], bool]) -> list[Run]:
        """All of them, as soon as they are enough."""
        deadline = time.monotonic() + PATIENCE
        while not enough(self.runs):
            assert self._more.wait(deadline - time.monotonic()), [*map(str, self.runs)]
            self._more.clear()
        return self.runs


@contextmanager
def watched(desk: DeskUnderTest, *names: str, ends_within: float = 5.0) -> Iterator[Seen]:
    """The desk, watched; ending it must take no longer than that, however long it would still have waited."""
    seen = Seen()
    watch = Watching(desk.desk.operator(), names, report=seen)
    watch.begin()
    try:
        yield seen
    finally:
        asked = time.monotonic()
        watch.end()
        assert time.monotonic() - asked < ends_within


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The mailboxes that connections were made for, in order."""
    made: list[str] = []
    connect = imap_connection.connect

    def counted(mailbox: Any, *arguments: Any) -> Any:
        made.append(mailbox.name)
        return connect(mailbox, *arguments)

    monkeypatch.setattr(imap_session, "connect", counted)
    return made


def stored(count: int, mailbox: str = AP) -> Callable[[list[Run]], bool]:
    return lambda runs: sum(run.stored for run in runs if run.mailbox == mailbox) >= count


# Told of news


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_server_that_can_tells_of_new_mail_at_once_over_the_same_connection(
    tmp_path: Path, server: Dovecot, connections: list[str], tls: bool
) -> None:
    user = "told-tls" if tls else "told-plain"
    server.fill(user, [mail()])
    desk = imap_desk(tmp_path, server, user, collect=NEVER, tls=tls)
    with watched(desk, AP, ends_within=1.0) as seen, server.signed_in(user) as other:
        for count in (1, 2, 3):
            seen.until(stored(count))
            other.append(mail())
        seen.until(stored(4))
    assert connections == [AP]


def test_mail_that_came_before_the_server_was_asked_to_tell_is_noticed(
    tmp_path: Path, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fill("between", [mail()])
    desk = imap_desk(tmp_path, server, "between", collect=NEVER)
    news = LastingSource.news_within

    def late(self: Any, *arguments: float) -> bool | None:
        if desk.value("SELECT count(*) FROM delivery") == 1:
            with server.signed_in("between") as other:
                other.append(mail())
        return news(self, *arguments)

    monkeypatch.setattr(LastingSource, "news_within", late)
    with watched(desk, AP) as seen:
        seen.until(stored(2))


def test_waiting_for_news_is_asked_for_again_before_the_server_hangs_up(
    tmp_path: Path, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[float] = []
    begin = imap_idle._begin
    monkeypatch.setattr(imap_idle, "REISSUE_SECONDS", 0.1)

    def counted(client: Any) -> bytes:
        began.append(time.monotonic())
        return begin(client)

    monkeypatch.setattr(imap_idle, "_begin", counted)
    server.maildir("again")
    desk = imap_desk(tmp_path, server, "again", collect=NEVER)
    with watched(desk, AP) as seen:
        until = time.monotonic() + PATIENCE
        while len(began) < 4:
            assert time.monotonic() < until
            time.sleep(0.02)
        server.fill("again", [mail()])
        seen.until(stored(1))


def test_waiting_is_asked_for_again_before_29_minutes() -> None:
    assert imap_idle.REISSUE_SECONDS < 29 * 60


def test_a_server_that_can_not_tell_is_asked_every_so_often(tmp_path: Path) -> None:
    with dovecot(WITHOUT_IDLE) as other:
        other.maildir("mute")
        desk = imap_desk(tmp_path, other, "mute", collect="every_seconds = 0.1\nsweep_seconds = 3600\n")
        with watched(desk, AP) as seen:
            seen.until(lambda runs: len(runs) >= 3)
            other.fill("mute", [mail()])
            seen.until(stored(1))


def test_of_several_folders_the_server_tells_of_the_first_and_is_asked_for_the_others(
    tmp_path: Path, server: Dovecot
) -> None:
    server.maildir("both", "Other")
    desk = imap_desk(tmp_path, server, "both", folders("INBOX", "Other"), "every_seconds = 0.2\nsweep_seconds = 3600\n")
    with watched(desk, AP) as seen:
        server.fill("both", [mail()], "Other")
        seen.until(stored(1))


def test_a_sweep_comes_also_without_news(tmp_path: Path, server: Dovecot) -> None:
    server.maildir("sweep")
    desk = imap_desk(tmp_path, server, "sweep", collect="every_seconds = 3600\nsweep_seconds = 0.2\n")
    with watched(desk, AP) as seen:
        seen.until(lambda runs: len(runs) >= 3)


def test_a_server_that_cries_wolf_is_asked_at_the_usual_pace(
    tmp_path: Path, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LastingSource, "news_within", lambda *_: True)
    server.maildir("wolf")
    with watched(imap_desk(tmp_path, server, "wolf", collect=NEVER), AP) as seen:
        seen.until(lambda runs: len(runs) >= 2)
        time.sleep(0.5)  # no event tells that nothing happens
        assert len(seen.runs) == 2


# What fails


def test_a_connection_that_is_cut_while_waiting_is_made_again(
    tmp_path: Path, server: Dovecot, connections: list[str]
) -> None:
    server.fill("cut", [mail()])
    desk = imap_desk(tmp_path, server, "cut", collect="every_seconds = 0.2\nsweep_seconds = 3600\n")
    with watched(desk, AP) as seen:
        seen.until(stored(1))
        for number in (2, 3):
            subprocess.run(["doveadm", "-c", server.root / "dovecot.conf", "kick", "cut"], check=False)
            server.fill("cut", [mail()])
            runs = seen.until(stored(number))
    assert len(connections) >= 2
    assert [run.problem for run in runs if run.problem] == []


def test_a_silent_server_delays_no_other_mailbox_and_no_ending(tmp_path: Path, server: Dovecot) -> None:
    """Three of them, and each is silent at another point: none of the others waits for them."""
    server.fill("awake", [mail()])
    with scripted({b"LOGIN": None}) as first, scripted({b"EXAMINE": None}) as second:
        text = imap_text(server, {AP: server.source("awake"), AR: f"imap://ap@127.0.0.1:{first}/INBOX",
                                  PEOPLE: f"imap://ap@127.0.0.1:{second}/INBOX"}, NEVER)  # fmt: skip
        desk = DeskUnderTest(tmp_path, configuration=text)
        with watched(desk) as seen:
            runs = seen.until(stored(1))
            assert {run.mailbox for run in runs} == {AP}
            server.fill("awake", [mail()])
            seen.until(stored(2))


def test_what_failed_is_tried_again_soon_and_then_works(tmp_path: Path, server: Dovecot) -> None:
    desk = DeskUnderTest(tmp_path, configuration=f"{CONFIGURATION}\n[collect]\n{NEVER}")
    desk.write(mail())
    away = tmp_path / "mail" / "away"
    (tmp_path / "mail" / "ap").rename(away)
    with watched(desk, AP) as seen:
        seen.until(lambda runs: bool(runs and runs[0].problem))
        away.rename(tmp_path / "mail" / "ap")
        seen.until(stored(1))


def test_a_missing_folder_does_not_slow_the_others_down(tmp_path: Path, server: Dovecot) -> None:
    server.maildir("partly")
    collect = "every_seconds = 0.1\nsweep_seconds = 3600\n"
    desk = imap_desk(tmp_path, server, "partly", folders("INBOX", "Gone"), collect)
    with watched(desk, AP) as seen:
        runs = seen.until(lambda runs: len(runs) >= 7)
    assert all(run.problem for run in runs)


def test_waits_grow_with_jitter_up_to_five_minutes_and_for_a_refused_sign_in_to_fifteen() -> None:
    for failures, usual in ((1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (2000, 300)):
        waits = {watching._wait(failures, refused=False) for _try in range(50)}
        assert len(waits) > 40
        assert min(waits) >= 0.8 * usual and max(waits) <= 1.2 * usual
    assert 720 <= watching._wait(60, refused=True) <= 1080


def test_a_refused_password_is_known_from_other_failures(tmp_path: Path, server: Dovecot) -> None:
    desk = imap_desk(tmp_path, server, "refused")
    configuration = desk.desk.configuration
    mailbox = configuration.mailboxes[0]
    source = LastingSource(mailbox, configuration.collect, tmp_path, Reader(), keep=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(PASSWORD_ENV, "wrong")
        with pytest.raises(NotLetIn), source.opened():
            pass
    assert (source.refused, source.well) == (True, False)
    with source.opened():
        pass
    assert (source.refused, source.well) == (False, True)
    source.close()


# Side by side


def imap_text(server: Dovecot, sources: dict[str, str], collect: str) -> str:
    text = CONFIGURATION
    for (name, source), folder in zip(sources.items(), ("ap", "ar", "people"), strict=True):
        assert name
        text = text.replace(f'source = "eml:mail/{folder}"', f'source = "{source}"\npassword_env = "{PASSWORD_ENV}"')
    server.mailbox("any")  # sets the password
    return f"{text}\n[collect]\n{collect}\n"


@pytest.mark.parametrize("limit", [1, 2])
def test_no_more_connections_are_open_at_once_than_may_be_and_every_mailbox_gets_its_turn(
    tmp_path: Path, server: Dovecot, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    names = {name: f"turn-{limit}-{number}" for number, name in enumerate((AP, AR, PEOPLE))}
    for user in names.values():
        server.fill(user, [mail()])
    text = imap_text(server, {name: server.source(user) for name, user in names.items()},
                     f"every_seconds = 0.1\nsweep_seconds = 0.1\nconnections = {limit}")  # fmt: skip
    desk = DeskUnderTest(tmp_path, configuration=text)
    now_open: list[int] = [0]
    most: list[int] = [0]
    lock, connect, close = Lock(), imap_connection.connect, imap_session.Session.close

    def connected(*arguments: Any) -> Any:
        with lock:
            now_open[0] += 1
            most[0] = max(most[0], now_open[0])
        try:
            return connect(*arguments)
        except BaseException:  # ended while it was reached: there is nothing to close
            with lock:
                now_open[0] -= 1
            raise

    def closed(self: Any) -> None:
        close(self)
        with lock:
            now_open[0] -= 1

    monkeypatch.setattr(imap_session, "connect", connected)
    monkeypatch.setattr(imap_session.Session, "close", closed)
    with watched(desk) as seen:
        for name in names:
            seen.until(stored(1, name))
        for user in names.values():
            server.fill(user, [mail()])
        for name in names:
            seen.until(stored(2, name))
    assert most[0] == limit
    assert now_open[0] == 0
