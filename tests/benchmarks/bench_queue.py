"""The reads of the queue page on a million messages, 100,000 of them waiting: quiet, and while a backlog is collected.

`pytest tests/benchmarks/bench_queue.py -s`, or `python -m tests.benchmarks.bench_queue`. A page is what pages/queue.py
reads in one run: the count in the title, the count under the filter, and the first rows.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from core.queue import QueueFilter, tally, waiting
from core.scope import Desk, Scope
from tests.benchmarks.big_store import copy_of_big_store
from tests.benchmarks.desks import ADDRESSES, DOMAIN, MAILBOXES, addresses_of, opened_desk, written_desk
from tests.real_mail import REPOSITORY, real_messages, rewritten

CALLS = 100
ROWS = 50
BACKLOG = 20_000
FILTERS = [
    QueueFilter(),
    QueueFilter(mailboxes=("Payroll",)),
    QueueFilter(addresses=(f"ap@{DOMAIN}",), order="oldest"),
    QueueFilter(causes=("no_route", "bcc_only"), attached=True),
    QueueFilter(sender="company7.example"),
]
SEARCHES = [QueueFilter(search=text) for text in ("invoice", "person 12", "number 4711", "payslip refund", "nowhere")]


def page(scope: Scope, chosen: QueueFilter) -> int:
    """What the page reads in one run, in one opening of the store."""
    with scope.store.reading():
        tally(scope)
        count = tally(scope, chosen).waiting
        assert len(waiting(scope, chosen, limit=ROWS)) == min(count, ROWS)
    return count


def measured(scope: Scope, choices: list[QueueFilter], read: Callable[[Scope, QueueFilter], int]) -> list[float]:
    """Seconds of each of the calls, sorted."""
    taken = []
    for chosen in islice(cycle(choices), CALLS):
        began = time.perf_counter()
        read(scope, chosen)
        taken.append(time.perf_counter() - began)
    return sorted(taken)


def told(seconds: list[float]) -> str:
    """Median, 95th percentile and the longest, in milliseconds."""
    return f"p50 {median(seconds) * 1000:,.0f} ms, p95 {seconds[int(len(seconds) * 0.95)] * 1000:,.0f} ms, " \
           f"longest {seconds[-1] * 1000:,.0f} ms"  # fmt: skip


@contextmanager
def collecting(configuration: Path, store: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that collects the backlog into the same store."""
    environment = os.environ | {"STRAYDESK_CONFIG": str(configuration), "STRAYDESK_STORE": str(store)}
    command = [sys.executable, "-m", "core", "collect", "--json"]
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, text=True, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()


def backlogged(folder: Path) -> Path:
    """A configuration whose mailboxes have a backlog of real mail, in Maildirs."""
    parts = dict(zip(MAILBOXES, (folder / local for local in MAILBOXES.values()), strict=True))
    for maildir in parts.values():
        for part in ("cur", "new", "tmp"):
            (maildir / part).mkdir(parents=True)
    for number, (raw, mailbox) in enumerate(
        zip(real_messages(BACKLOG, "spamassassin"), cycle(MAILBOXES), strict=False)
    ):
        content = rewritten(raw, to=addresses_of(mailbox)[number % 10], delivered_to=addresses_of(mailbox)[0])
        (parts[mailbox] / "new" / f"{number}.M{number}.desk").write_bytes(content)
    return written_desk(folder, {name: str(maildir) for name, maildir in parts.items()})


def stored(desk: Desk) -> int:
    """How many messages the store has."""
    with desk.store.reading() as db:
        return int(db.value("SELECT count(*) FROM message"))


def test_the_queue_answers_at_once_quiet_and_under_load() -> None:
    with copy_of_big_store() as store:
        configuration = backlogged(store.parent)
        desk = opened_desk(configuration, store)
        scope, before = desk.acting(f"ana@{DOMAIN}"), stored(desk)
        assert tally(scope).waiting == 100_000 and len(ADDRESSES) == 60
        print(f"\nthe queue page, {before:,} messages, 100,000 waiting: {told(measured(scope, FILTERS, page))}")
        print(f"the same with a search: {told(measured(scope, SEARCHES, page))}")
        print(f"only finding a text: {told(measured(scope, SEARCHES, lambda *one: tally(*one).waiting))}")
        with collecting(configuration, store) as process:
            seconds = measured(scope, FILTERS, page)
            assert process.poll() is None, "the backlog was too short"
        print(f"the queue page while another process collects: {told(seconds)}; "
              f"{stored(desk) - before:,} messages were collected meanwhile")  # fmt: skip


if __name__ == "__main__":
    test_the_queue_answers_at_once_quiet_and_under_load()
