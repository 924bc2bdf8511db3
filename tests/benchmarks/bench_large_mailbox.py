"""A mailbox with 100,000 messages: taken in, ended midway, gone on with, and looked at while all is quiet.

`pytest tests/benchmarks/bench_large_mailbox.py -s`, or `python -m tests.benchmarks.bench_large_mailbox`.
STRAYDESK_BENCH_MESSAGES says how many.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
import pytest

from core.collecting import collect
from core.intake import uid_validities, unknown
from core.scope import open_desk
from core.sources import LastingSource, Reader
from tests.desk import AP
from tests.imap_desk import imap_desk
from tests.servers.dovecot import Dovecot, dovecot, why_not

MESSAGES = int(os.environ.get("STRAYDESK_BENCH_MESSAGES", "100000"))
ROUNDS = 5
USER = "large"
PROGRAM = [sys.executable, "-m", "core", "collect", "--mailbox", AP]
TEXT = (
    b"From: ana%d@acme.example\r\nTo: ap@desk.example\r\nSubject: Number %d\r\n"
    b"Message-ID: <%d@acme.example>\r\n\r\nText %d.\r\n"
)


def test_a_large_mailbox_is_taken_in_gone_on_with_and_cheap_when_quiet() -> None:
    if reason := why_not():
        pytest.skip(reason)
    with dovecot() as server, TemporaryDirectory() as folder:
        server.fill(USER, (TEXT % (number % 500, number, number, number) for number in range(MESSAGES)))
        desk = imap_desk(Path(folder), server, USER)
        given = {"STRAYDESK_CONFIG": f"{folder}/straydesk.toml", "STRAYDESK_STORE": str(desk.store_path)}
        environment = os.environ | given
        killed, _peak = _run(environment, kill_after=MESSAGES / 7000)
        before = desk.value("SELECT count(*) FROM delivery")
        seconds, peak = _run(environment)
        count = desk.value("SELECT count(*) FROM delivery")
        assert (count, desk.value("SELECT count(*) FROM message")) == (MESSAGES, MESSAGES)
        rest = count - before
        print(f"\n{MESSAGES:,} messages: {before:,} were in when killed after {killed:.0f} s; the other {rest:,} "
              f"at {rest / seconds:,.0f}/s, with {peak / 2**20:,.0f} MB at most")  # fmt: skip
        _quiet(Path(folder), server)


def _quiet(folder: Path, server: Dovecot) -> None:
    """What a round costs that brings nothing: of a run alone, and of a watcher."""
    os.environ["STRAYDESK_STORE"] = str(folder / "store.duckdb")
    desk = open_desk(folder / "straydesk.toml")
    operator, configuration = desk.operator(), desk.configuration
    reader = Reader(uid_validities=lambda: uid_validities(desk.store, AP))
    source = LastingSource(configuration.mailboxes[0], configuration.collect, configuration.base, reader, keep=True)
    alone = [_seconds(lambda: collect(operator, [AP], side_by_side=1)) for _round in range(ROUNDS)]

    def look() -> None:
        collect(operator, [AP], side_by_side=1, opener=source.opened)

    look()
    watched = [_seconds(look) for _round in range(ROUNDS)]
    with source.opened() as opened:
        listing = _seconds(opened.list)
        opened._lister._positions.clear()  # type: ignore[attr-defined]
        full = _seconds(opened.list)
        compared = _seconds(lambda: unknown(desk.store, AP, opened.list()))
    source.close()
    print(f"quiet: alone {median(alone) * 1000:,.0f} ms, watched {median(watched) * 1000:,.0f} "
          f"({median(alone) / median(watched):.0f} x less); the list {full * 1000:,.0f} and {listing * 1000:,.1f} ms "
          f"({full / listing:.0f} x); listing and comparing with the store {compared * 1000:,.0f} ms")  # fmt: skip


def _seconds(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


def _run(environment: dict[str, str], kill_after: float | None = None) -> tuple[float, int]:
    """Seconds and the most memory (with its parsers) of a run, which may be killed on the way."""
    began, peak = time.perf_counter(), 0
    process = subprocess.Popen(PROGRAM, env=environment, start_new_session=True)
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        if kill_after and time.perf_counter() - began > kill_after:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return kill_after, peak
        time.sleep(0.2)
    return time.perf_counter() - began, peak


def _memory(pid: int) -> int:
    try:
        one = psutil.Process(pid)
        return sum(int(each.memory_info().rss) for each in (one, *one.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


if __name__ == "__main__":
    test_a_large_mailbox_is_taken_in_gone_on_with_and_cheap_when_quiet()
