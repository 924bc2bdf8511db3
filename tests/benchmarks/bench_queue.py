"""The reads of the queue page, one in ten of what is stored waiting: quiet, and while a backlog is collected.

A page is what pages/queue.py reads in one run: the count in the title, the first rows with the count under the filter.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from core.queue import QueueFilter, page_of, tally
from core.scope import Desk, Scope
from tests.benchmarks.big_store import FOLDER, big_place, copy_of_big_place
from tests.benchmarks.desks import DOMAIN, MAILBOXES, addresses_of, opened_desk, written_desk
from tests.benchmarks.results import Bar, Result, at_a_million
from tests.benchmarks.timing import calls, p95, told
from tests.homes import Place
from tests.real_mail import REPOSITORY, real_messages, rewritten

ROWS = 50
BACKLOG = 20_000
PATIENCE = 120.0  # seconds, for the collector to begin
FILTERS = [
    QueueFilter(),
    QueueFilter(mailboxes=("Payroll",)),
    QueueFilter(addresses=(f"ap@{DOMAIN}",), order="oldest"),
    QueueFilter(causes=("no_route", "bcc_only"), attached=True),
    QueueFilter(sender="company7.example"),
]
SEARCHES = [QueueFilter(search=text) for text in ("invoice", "person 12", "number 4711", "payslip refund", "nowhere")]

COUNT = """
SELECT count(*), min(received_at), count(*) FILTER (received_at >= now()::TIMESTAMP - INTERVAL 1 DAY) FROM ({rows})
"""
TOP = "SELECT * FROM ({rows}) ORDER BY received_at DESC LIMIT 50"
EACH = """
SELECT id, mailbox, from_address, from_name, subject, preview, received_at, cause, status, message_id, attachments,
       version
FROM message WHERE status = 'unprocessed' AND {condition}
"""
CONDITIONS = ("true", "mailbox = 'Payroll'", "mailbox = 'Accounts Payable'",
              "cause IN ('no_route', 'bcc_only') AND attachments > 0", "from_domain = 'company7.example'")  # fmt: skip
# For each filter: the count of all, the count under the filter, the first rows.
PLAIN = [(COUNT.format(rows=EACH.format(condition="true")), COUNT.format(rows=EACH.format(condition=condition)),
          TOP.format(rows=EACH.format(condition=condition))) for condition in CONDITIONS]  # fmt: skip
PLAIN_SEARCH = """
SELECT count(*) FROM message AS m JOIN message_body AS b ON b.message_id = m.id
WHERE m.status = 'unprocessed'
  AND list_bool_and([contains(lower(concat_ws(' ', m.subject, m.from_name, m.from_address, b.text)), word)
                     FOR word IN $words])
"""


def page(scope: Scope, chosen: QueueFilter) -> int:
    """What the page reads in one run, in one opening of the store."""
    with scope.store.reading():
        tally(scope)
        rows, count = page_of(scope, chosen, limit=ROWS, skip=0)
        assert len(rows) == min(count, ROWS)
    return count


def at(store: Path | Place) -> dict[str, str]:
    """What tells another process of a store."""
    place = store if isinstance(store, Place) else Place(str(store))
    return {"STRAYDESK_STORE": place.location, "STRAYDESK_DATA": place.data}


@contextmanager
def collecting(configuration: Path, store: Path | Place) -> Iterator["subprocess.Popen[str]"]:
    """Another process that collects the backlog into the same store."""
    environment = os.environ | {"STRAYDESK_CONFIG": str(configuration)} | at(store)
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


def measure(home: str, sizes: Sequence[int]) -> Iterator[Result]:
    """The page and the search while all is quiet, and the page while another process collects."""
    with TemporaryDirectory(dir=FOLDER) as folder:
        configuration = backlogged(Path(folder))  # of each store anew: what is read from a Maildir stays there
        for messages in sizes:
            scope = opened_desk(configuration, big_place(home, messages)).acting(f"ana@{DOMAIN}")
            note = f"{tally(scope).waiting:,} unprocessed"
            yield (quiet := _page(scope, home, messages, note))
            yield _search(scope, home, messages, note)
            del scope
            yield _under_load(home, messages, configuration, quiet.value)


def _page(scope: Scope, home: str, messages: int, note: str) -> Result:
    quiet = p95(calls(FILTERS, lambda chosen: page(scope, chosen)))
    with scope.store.reading() as db:
        plain = p95(calls(PLAIN, lambda statements: [db.rows(each) for each in statements]))
    return Result("queue", "the queue page, p95", home, messages, quiet, "ms",
                  "the same rows by plain DuckDB queries, the store open already", plain,
                  at_a_million(messages, Bar("< 200 ms", 200)), note)  # fmt: skip


def _search(scope: Scope, home: str, messages: int, note: str) -> Result:
    found = p95(calls(SEARCHES, lambda chosen: tally(scope, chosen), 50))
    with scope.store.reading() as db:
        plain = p95(calls([chosen.search for chosen in SEARCHES],
                          lambda text: db.rows(PLAIN_SEARCH, words=text.split()), 5))  # fmt: skip
    return Result("search", "a text searched in what is unprocessed, p95", home, messages, found, "ms",
                  "a plain DuckDB query that joins the bodies", plain,
                  at_a_million(messages, Bar("< 300 ms", 300)), note)  # fmt: skip


def _under_load(home: str, messages: int, configuration: Path, quiet: float) -> Result:
    with copy_of_big_place(home, messages) as store:
        desk = opened_desk(configuration, store)
        scope, before = desk.acting(f"ana@{DOMAIN}"), stored(desk)
        with collecting(configuration, store) as process:
            begun(desk, before, process)
            began = time.monotonic()
            taken = calls(FILTERS, lambda chosen: page(scope, chosen), going_on=lambda: process.poll() is None)
            rate = (stored(desk) - before) / (time.monotonic() - began)
    return Result("queue-load", "the queue page while another process collects, p95", home, messages, p95(taken), "ms",
                  "the same while all is quiet", quiet, at_a_million(messages, Bar("< 1 s, no error", 1000)),
                  f"{told(taken)}; {rate:,.0f} messages/s were collected meanwhile")  # fmt: skip


def begun(desk: Desk, before: int, process: "subprocess.Popen[str]") -> None:
    """Comes back when the other process has brought in something."""
    until = time.monotonic() + PATIENCE
    while stored(desk) == before:
        if process.poll() is not None or time.monotonic() > until:
            raise AssertionError("nothing was collected")
        time.sleep(0.5)  # it must get at the file meanwhile
