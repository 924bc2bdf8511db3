"""What a broken, slow or hostile IMAP server can do: nothing but be a problem, soon, in little memory."""

import os
import random
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.configuration_file import CollectConfiguration
from core.errors import SourceProblem
from core.sources import Cancelled, Fetched, LastingSource, Reader, bounded, imap_listing, open_source
from tests.imap_desk import scripted_mailbox
from tests.servers.scripted import CAPABILITIES, Said, scripted

MB = 2**20
SILENCE = 0.3
COLLECT = CollectConfiguration(timeout_seconds=SILENCE)
FOUND = b"* SEARCH 1\r\n"
MAIL = b"* 1 FETCH (UID 1 RFC822.SIZE 14 BODY[] {14}\r\nSubject: a\r\n\r\n)\r\n"
WORKS: dict[bytes, Said] = {b"UID SEARCH": FOUND, b"UID FETCH": MAIL}
COMMANDS = [b"CAPABILITY", b"LOGIN", b"EXAMINE", b"UID SEARCH", b"UID FETCH"]


def read(port: int, reader: Reader | None = None, scheme: str = "imap") -> list[Fetched]:
    with open_source(scripted_mailbox(port, scheme), COLLECT, Path(), reader or Reader()) as source:
        return [*source.fetch(source.list(), MB)]


def refused(port: int, scheme: str = "imap", silence: float = SILENCE) -> str:
    """The problem that reading ends with, after a few seconds at most."""
    began, collect = time.monotonic(), CollectConfiguration(timeout_seconds=silence)
    with pytest.raises(SourceProblem) as caught, open_source(scripted_mailbox(port, scheme), collect, Path()) as source:
        [*source.fetch(source.list(), MB)]
    assert time.monotonic() - began < 40 * silence
    return str(caught.value)


def drip(text: bytes = b"* OK " + b"x" * 10_000) -> Iterator[bytes]:
    for byte in text:
        yield bytes([byte])
        time.sleep(SILENCE / 4)


def endless(block: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: iter(lambda: block, None)


# Slow


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_drips_is_given_up(command: bytes) -> None:
    with scripted(WORKS | {command: drip}) as port:
        assert "is too slow" in refused(port)


def test_a_greeting_that_drips_is_given_up() -> None:
    with scripted(WORKS, greeting=drip) as port:
        assert "is too slow" in refused(port)


def test_a_literal_that_drips_is_given_up() -> None:
    def literal() -> Iterator[bytes]:
        yield b"* 1 FETCH (UID 1 BODY[] {1000}\r\n"
        yield from drip()

    sized = b"* 1 FETCH (UID 1 RFC822.SIZE 1000)\r\n"
    answers: dict[bytes, Said] = {b"UID FETCH 1 (UID INTERNALDATE RFC822.SIZE": sized, b"UID FETCH": literal}
    with scripted(answers | {b"UID SEARCH": FOUND}) as port:
        began = time.monotonic()
        assert read(port) == []
    assert time.monotonic() - began < 40 * SILENCE


def test_a_message_the_server_is_silent_about_stops_no_other() -> None:
    def one(uid: int) -> bytes:
        return b"* %d FETCH (UID %d RFC822.SIZE 2 BODY[] {2}\r\n\r\n)\r\n" % (uid, uid)

    answers: dict[bytes, Said] = {b"UID SEARCH": b"* SEARCH 1 2 3\r\n",
                                  b"UID FETCH 1,2,3 (UID INTERNALDATE RFC822.SIZE": one(1) + one(2) + one(3),
                                  b"UID FETCH 1,2,3": None, b"UID FETCH 2 ": None,
                                  b"UID FETCH 1 ": one(1), b"UID FETCH 3 ": one(3)}  # fmt: skip
    with scripted(answers) as port:
        assert [each.listed.uid for each in read(port)] == ["1", "3"]


def test_a_tls_handshake_that_drips_is_given_up() -> None:
    def handshake() -> Iterator[bytes]:
        yield b"\x16\x03\x03\x40\x00"
        yield from drip()

    with scripted({}, greeting=handshake) as port:
        assert "did not answer" in refused(port, "imaps")


def test_a_farewell_that_is_not_answered_is_not_waited_for_long() -> None:
    with scripted(WORKS | {b"LOGOUT": None}) as port:
        began = time.monotonic()
        assert len(read(port)) == 1
    assert time.monotonic() - began < 8


def test_more_time_is_given_for_more_bytes() -> None:
    bounds = bounded.Bounds(SILENCE, lambda: False)
    bounds.begin()
    short = bounds.until
    bounds.expected = 8 * MB
    bounds.begin()
    assert bounds.until - short > 8 * MB / bounded.SLOWEST - 1
    bounds.begin()
    assert bounds.until - short < 1


# Endless


@pytest.mark.parametrize("command", [b"EXAMINE", b"UID FETCH"])
@pytest.mark.parametrize("block", [b"x" * 2**16, b"* 1 EXISTS\r\n" * 2**12], ids=["line", "lines"])
def test_an_answer_without_end_is_cut_off_in_little_memory(
    command: bytes, block: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "LINE", MB)
    monkeypatch.setattr(bounded, "TALK", MB)
    monkeypatch.setattr("core.sources.imap.FAILURES", 1)
    with scripted(WORKS | {command: endless(block)}) as port:
        tracemalloc.start()
        assert "broke off" in refused(port, silence=10)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 32 * MB


def test_what_was_slipped_in_before_tls_is_not_the_servers_word() -> None:
    listener, other = socket.socketpair()
    with closing(listener), closing(other):
        client = bounded.Plain.__new__(bounded.Plain)
        client.bounds = bounded.Bounds(SILENCE, lambda: False)
        client._held, client._held_of = bytearray(b"* CAPABILITY evil\r\n"), object()
        client.sock = other
        listener.sendall(b"* CAPABILITY good\r\n")
        client.bounds.begin()
        assert client.readline() == b"* CAPABILITY good\r\n"


# Nonsense


NONSENSE = [
    b"", b"\r\n", b"*\r\n", b"* \r\n", b"* 1\r\n", b"* 1 FETCH\r\n", b"* 1 FETCH (\r\n",
    b"* 1 FETCH (UID {3}\r\nabc\r\n",
    b"* 99999999999999999999 EXISTS\r\n", b"* SEARCH one two\r\n", b"* SEARCH " + b"9" * 6000 + b"\r\n",
    b"* OK [UIDVALIDITY x] y\r\n", b"* OK [UIDVALIDITY " + b"1" * 5000 + b"]\r\n", b"* OK [UIDNEXT]\r\n", b"+ \r\n",
    b"* 1 FETCH (UID 1 RFC822.SIZE " + b"1" * 6000 + b")\r\n", b"* 1 FETCH (UID 1 BODY[] {14}\r\nhalf",
    b"\xff\xfe\x00\r\n",
    b"* LIST (\xff) \"/\" INBOX\r\n", b"* CAPABILITY\r\n", b"* CAPABILITY \xff\r\n", b"A1 OK\r\n",
    b"* BYE\r\n", b"* NO\r\n",
    b"* 1 FETCH (UID 1 BODY[] {-1}\r\n)\r\n", b"* 1 FETCH {99999999999999999999999}\r\n",
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
]  # fmt: skip


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.imap_connection.FAREWELL_SECONDS", 0.05)


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("command", [*COMMANDS, b"greeting"])
def test_nonsense_is_a_problem_or_nothing_but_never_an_accident(command: bytes) -> None:
    """Whole answers, and answers after which the connection ends."""
    for nonsense in NONSENSE:
        for answer in (nonsense, lambda said=nonsense: [said]):
            greeting: Said = answer if command == b"greeting" else b"* OK ready\r\n"
            with scripted(WORKS | {command: answer}, greeting=greeting) as port:
                outcome(port)


def outcome(port: int) -> None:
    collect = CollectConfiguration(timeout_seconds=0.02)
    try:
        with open_source(scripted_mailbox(port), collect, Path()) as source:
            found = [*source.fetch(source.list(), MB)]
    except SourceProblem as error:
        assert error.sentence and "\n" not in error.sentence and len(error.sentence) < 500
    else:
        assert all(each.listed.uid.isdigit() for each in found)


@pytest.mark.usefixtures("brief")
def test_bytes_at_random_in_an_honest_conversation_are_no_accident() -> None:
    chance = random.Random(int(os.environ.get("STRAYDESK_TEST_SEED", "7")))
    for _round in range(60):
        answers: dict[bytes, Said] = {}
        for command, said in {b"CAPABILITY": CAPABILITIES, **WORKS}.items():
            spoilt = bytearray(said if isinstance(said, bytes) else b"")
            for _place in range(chance.randrange(3)):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            answers[command] = bytes(spoilt)
        with scripted(answers) as port:
            outcome(port)


# Ended by its reader


@pytest.mark.parametrize("command", [*COMMANDS, b"greeting"])
def test_reading_ends_at_once_when_nobody_wants_more(command: bytes) -> None:
    ended = threading.Event()
    greeting: Said = None if command == b"greeting" else b"* OK ready\r\n"
    long = CollectConfiguration(timeout_seconds=60)
    with scripted(WORKS | {command: None}, greeting=greeting) as port:
        threading.Timer(0.3, ended.set).start()
        began = time.monotonic()
        with (
            pytest.raises(Cancelled),
            open_source(scripted_mailbox(port), long, Path(), Reader(ended.is_set)) as source,
        ):
            [*source.fetch(source.list(), MB)]
        assert 0.2 < time.monotonic() - began < 5


# Waiting for news

IDLES: dict[bytes, Said] = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n", b"UID SEARCH": b"* SEARCH\r\n"}


@pytest.mark.parametrize(
    ("said", "news"),
    [
        (lambda: [b"+ idling\r\n* 2 EXISTS\r\n"], None),  # and then it is silent where it should end
        (b"+ idling\r\n* 2 EXISTS\r\n", True),
        (b"* 5 FETCH (FLAGS (\\Seen))\r\n+ idling\r\n* OK still here\r\n* 1 EXPUNGE\r\n", False),
        (None, None),
        (b"* BYE too long\r\n", None),
        (b"+ idling\r\n* BYE too long\r\n", None),
        (b"+ idling\r\n\xff\xff\r\n", None),
        (lambda: [b"+ idling\r\n", b"* 2 EXI"], None),
        (b"BAD no\r\n", None),
    ],
)
def test_waiting_for_news_ends_in_news_in_none_or_in_asking_again(said: Said, news: bool | None) -> None:
    with (
        scripted(IDLES | {b"IDLE": said, b"DONE": list}) as port,
        closing(LastingSource(scripted_mailbox(port), COLLECT, Path(), Reader(), keep=True)) as source,
    ):
        with source.opened() as opened:
            assert opened.list() == []
        began = time.monotonic()
        assert source.news_within(0.5, 0.5) is news
        assert time.monotonic() - began < 10


def test_the_listing_of_a_folder_is_swept_each_hour_at_least() -> None:
    assert imap_listing.SWEEP_SECONDS <= 3600
