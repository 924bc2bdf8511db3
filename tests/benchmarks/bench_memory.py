"""How much memory the processes need at most: collecting very large mail, and reading what is stored."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from imap_tools import MailBoxUnencrypted

from core.queue import QueueFilter, matching, tally, waiting
from core.scope import Desk
from tests.benchmarks.bench_queue import FILTERS, PLAIN, SEARCHES, at
from tests.benchmarks.big_store import FOLDER, big_place, empty_place
from tests.benchmarks.desks import DOMAIN, addresses_of, opened_desk, written_desk
from tests.benchmarks.results import Bar, Result, at_a_million
from tests.homes import Place
from tests.servers.dovecot import PASSWORD, PASSWORD_ENV, dovecot

LARGE = 20
TIMES = 3
SIZE = 25 * 2**20 - 1000  # just under the limit
USER = "bench"
MAILBOX = "Accounts Payable"
# Linux counts what the parent had in memory as a peak of its child; so a small process is the parent.
SMALL = """
import os, sys
child = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
_pid, status, used = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss)
"""
CALL = "from tests.benchmarks import bench_memory; bench_memory.{name}()"


def large_message(number: int) -> bytes:
    """A message with an attachment that nearly reaches the limit."""
    header = (f"From: Big Sender <big{number}@company.example>\r\nTo: {addresses_of(MAILBOX)[0]}\r\n"
              f"Subject: The scans, part {number}\r\nMessage-ID: <large-{number}@company.example>\r\n"
              "Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
              'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
              "--b\r\nContent-Type: text/plain\r\n\r\nPlease see.\r\n"
              '--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="scan.pdf"\r\n'
              "Content-Transfer-Encoding: base64\r\n\r\n").encode()  # fmt: skip
    room = SIZE - len(header) - 20
    lines = base64.encodebytes(Random(number).randbytes(room // 78 * 57)).replace(b"\n", b"\r\n")
    return header + lines + b"--b--\r\n"


def peak_of(arguments: list[str], configuration: Path, store: Place) -> float:
    """Runs Python with these arguments and answers its peak of resident memory in MB."""
    environment = os.environ | {"STRAYDESK_CONFIG": str(configuration)} | at(store)
    command = [sys.executable, "-c", SMALL, *arguments]
    ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    code, peak = ended.stdout.splitlines()[-1].split()
    if int(code):
        raise AssertionError(f"{arguments} failed")
    return int(peak) / 1024


def desk_of_environment() -> Desk:
    return opened_desk(
        Path(os.environ["STRAYDESK_CONFIG"]), Place(os.environ["STRAYDESK_STORE"], os.environ["STRAYDESK_DATA"])
    )


def read_everything() -> None:
    """What a dashboard reads, many times over, in one process."""
    scope = desk_of_environment().acting(f"ana@{DOMAIN}")
    for chosen in [*FILTERS, *SEARCHES] * TIMES:
        tally(scope, chosen)
        waiting(scope, chosen, limit=50)
    matching(scope, QueueFilter())


def read_plainly() -> None:
    """The same by plain queries."""
    with desk_of_environment().store.reading() as db:
        for statements in PLAIN * TIMES:
            for each in statements:
                db.rows(each)


def fetch_with_imap_tools() -> None:
    """What a program with imap_tools alone would do, one message at a time."""
    with MailBoxUnencrypted("127.0.0.1", int(os.environ["STRAYDESK_BENCH_IMAP"])) as mailbox:
        mailbox.login(USER, PASSWORD)
        for message in mailbox.fetch(mark_seen=False):
            _contents = [attachment.payload for attachment in message.attachments]


def measure(home: str, sizes: Sequence[int]) -> Iterator[Result]:
    """The peaks of processes of their own, as the operating system says at their end."""
    yield _collecting(home)
    for messages in sizes:
        configuration, place = written_desk(FOLDER), big_place(home, messages)
        yield Result("memory-reads", "the memory of what a dashboard reads", home, messages,
                     peak_of(["-c", CALL.format(name="read_everything")], configuration, place), "MB",
                     "a process that runs plain DuckDB queries of the same rows",
                     peak_of(["-c", CALL.format(name="read_plainly")], configuration, place),
                     at_a_million(messages, Bar("< 700 MB", 700)))  # fmt: skip


def _collecting(home: str) -> Result:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with dovecot() as server, TemporaryDirectory(dir=FOLDER) as folder, empty_place(home, "large") as store:
        server.fill(USER, (large_message(number) for number in range(LARGE)))
        server.mailbox(USER)  # puts the password where the configuration says
        os.environ["STRAYDESK_BENCH_IMAP"] = str(server.plain_port)
        configuration = written_desk(Path(folder), {MAILBOX: server.source(USER)}, password_env=PASSWORD_ENV)
        peak = peak_of(["-m", "core", "collect"], configuration, store)
        plain = peak_of(["-c", CALL.format(name="fetch_with_imap_tools")], configuration, store)
        with opened_desk(configuration, store).store.reading() as db:
            parsed = db.value("SELECT count(*) FROM message WHERE verdict = 'parsed'")
    if parsed != LARGE:
        raise AssertionError(f"{parsed} of {LARGE} were collected")
    what = f"the memory of collecting {LARGE} messages of {SIZE / 2**20:.0f} MB"
    return Result("memory-collect", what, home, 0, peak, "MB",
                  "imap_tools fetching the same, one at a time", plain, Bar("< 500 MB", 500),
                  "the collector's own process; its parsers come beside it")  # fmt: skip
