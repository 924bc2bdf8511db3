"""How much memory the processes need at most: collecting very large mail, and reading a million messages.

`pytest tests/benchmarks/bench_memory.py -s`, or `python -m tests.benchmarks.bench_memory`. Each is a process of
its own, and its peak is what the operating system says at its end.
"""

import base64
import os
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from core.queue import QueueFilter, matching, tally, waiting
from tests.benchmarks.bench_queue import FILTERS, SEARCHES
from tests.benchmarks.big_store import FOLDER, copy_of_big_store
from tests.benchmarks.desks import DOMAIN, addresses_of, opened_desk, written_desk
from tests.real_mail import REPOSITORY
from tests.servers.dovecot import PASSWORD_ENV, dovecot, why_not

LARGE = 50
SIZE = 25 * 2**20 - 1000  # just under the limit
USER = "bench"
MAILBOX = "Accounts Payable"
READS = "from tests.benchmarks.bench_memory import read_everything; read_everything()"


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


def peak_of(arguments: list[str], configuration: Path, store: Path) -> float:
    """Runs Python with these arguments and answers its peak of resident memory in MB."""
    environment = os.environ | {"STRAYDESK_CONFIG": str(configuration), "STRAYDESK_STORE": str(store)}
    child = os.posix_spawn(sys.executable, [sys.executable, *arguments], environment)
    _pid, status, used = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return used.ru_maxrss / 1024


def read_everything() -> None:
    """What a dashboard reads, many times over, in one process."""
    desk = opened_desk(Path(os.environ["STRAYDESK_CONFIG"]), Path(os.environ["STRAYDESK_STORE"]))
    scope = desk.acting(f"ana@{DOMAIN}")
    for chosen in [*FILTERS, *SEARCHES] * 5:
        tally(scope, chosen)
        waiting(scope, chosen, limit=50)
    matching(scope, QueueFilter())


def test_collecting_very_large_mail_needs_little_memory() -> None:
    if reason := why_not():
        pytest.skip(reason)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with dovecot() as server, TemporaryDirectory(dir=FOLDER) as folder:
        server.fill(USER, (large_message(number) for number in range(LARGE)))
        server.mailbox(USER)  # puts the password where the configuration says
        configuration = written_desk(Path(folder), {MAILBOX: server.source(USER)}, password_env=PASSWORD_ENV)
        store = Path(folder, "store.duckdb")
        peak = peak_of(["-m", "core", "collect"], configuration, store)
        with opened_desk(configuration, store).store.reading() as db:
            assert db.value("SELECT count(*) FROM message WHERE verdict = 'parsed'") == LARGE
    print(f"\ncollecting {LARGE} messages of {SIZE / 2**20:.0f} MB: at most {peak:,.0f} MB")


def test_reading_a_million_messages_needs_little_memory() -> None:
    with copy_of_big_store() as store:
        peak = peak_of(["-c", READS], written_desk(store.parent), store)
    print(f"\nthe reads of a dashboard at 1,000,000 messages: at most {peak:,.0f} MB")


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    test_collecting_very_large_mail_needs_little_memory()
    test_reading_a_million_messages_needs_little_memory()
