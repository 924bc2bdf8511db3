"""Collecting real mail from Dovecot, everything included, against imap_tools doing its own fetch and parse of it.

`pytest tests/benchmarks/bench_collecting.py -s`, or `python -m tests.benchmarks.bench_collecting`. Then the same mail
into a store that has a million messages already. What is compared takes turns in one run; the median round counts.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import pytest

from core.collecting import collect
from core.routes import Route
from core.scope import Desk
from core.store import Store
from tests.benchmarks.bench_fetching import theirs
from tests.benchmarks.big_store import FOLDER, big_store
from tests.benchmarks.desks import ADDRESSES, addresses_of, opened_desk, realistic_routes, written_desk
from tests.real_mail import real_messages, rewritten
from tests.servers.dovecot import PASSWORD_ENV, Dovecot, dovecot, why_not

MESSAGES = 3_000
ROUNDS = 5
USER = "bench"
MAILBOX = "Accounts Payable"
# Who writes often in the real mail, and which lists: so that the routes have something to catch, and answers to append.
DOMAINS = """
    hotmail.com yahoo.com newsletter.online.com aol.com msn.com insurancemail.net tuatha.org canada.com eircom.net
    linux.ie btamail.net.cn lockergnome.com egwn.net deepeddy.com slack.net mail.com leitl.org excite.com
    perl.org flashmail.com
"""
SENDERS = [f"somebody@{domain}" for domain in DOMAINS.split()]
LISTS = ("fork.xent.com", "ilug.linux.ie", "rpm-zzzlist.freshrpms.net", "razor-users.example.sourceforge.net")


def forty_routes() -> list[Route]:
    """Thirty-six routes as desks have them, and four for mailing lists; together they catch somewhat less than half."""
    made = realistic_routes(36, SENDERS, addresses_of(MAILBOX))
    lists = [made[0].model_copy(update={"name": name, "recipient": "*", "sender": [], "subject_contains": [],
                                        "list_id": name}) for name in LISTS]  # fmt: skip
    return [*made, *lists]


@dataclass(frozen=True)
class Bench:
    """A server full of mail, and the configuration that collects it."""

    server: Dovecot
    folder: Path
    configuration: Path

    def empty_desk(self) -> Desk:
        """A desk that has never collected anything."""
        for file in self.folder.glob("empty.duckdb*"):
            file.unlink()
        return opened_desk(self.configuration, self.folder / "empty.duckdb", forty_routes())

    def full_desk(self) -> Desk:
        """A desk with a million messages."""
        path = shutil.copyfile(big_store(), self.folder / "full.duckdb")
        return opened_desk(self.configuration, path, forty_routes())


@contextmanager
def filled_server() -> Iterator[Bench]:
    """A Dovecot with a mailbox of real messages to the desk's addresses."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with dovecot() as server, TemporaryDirectory(dir=FOLDER) as folder:
        server.fill(USER, to_the_desk(MESSAGES))
        server.mailbox(USER)  # puts the password where the configuration says
        source = {MAILBOX: server.source(USER)}
        yield Bench(server, Path(folder), written_desk(Path(folder), source, password_env=PASSWORD_ENV))


def to_the_desk(count: int) -> list[bytes]:
    """Real messages to one or two addresses of the mailbox, and now and then to another address of the desk."""
    dice, ours = Random(7), addresses_of(MAILBOX)
    return [
        rewritten(raw, to=dice.choice(ours), cc=dice.choice(["", "", "", *ADDRESSES[:1]]), delivered_to=ours[0])
        for raw in real_messages(count, "spamassassin")
    ]


def seconds_to_collect(desk: Desk) -> float:
    """How long a whole run takes."""
    began = time.perf_counter()
    (run,) = collect(desk.operator())
    taken = time.perf_counter() - began
    assert run.problem is None and run.failed == 0 and run.listed == MESSAGES, run
    return taken


def seconds_of_imap_tools(server: Dovecot) -> float:
    """How long imap_tools takes to fetch the mail and to take each message apart."""
    began = time.perf_counter()
    assert theirs(server, tls=False) == MESSAGES
    return time.perf_counter() - began


def became(store: Store) -> str:
    """What became of the messages of this run."""
    with store.reading() as db:
        counts = db.rows("SELECT status, count(*) FROM message GROUP BY status ORDER BY status")
        trace = db.value("SELECT count(*) FROM decision_trace")
    return ", ".join(f"{count:,} {status}" for status, count in counts) + f", {trace:,} rows of trace"


def test_collecting_takes_no_longer_than_imap_tools_twice_over() -> None:
    if reason := why_not():
        pytest.skip(reason)
    with filled_server() as bench:
        seconds_of_imap_tools(bench.server)  # the server reads each file once for its cache
        rounds = []
        for _round in range(ROUNDS):
            desk = bench.empty_desk()
            rounds.append((seconds_to_collect(desk), seconds_of_imap_tools(bench.server)))
        told = became(desk.store)
    ratios = sorted(theirs / ours for ours, theirs in rounds)
    ours, others = (median(column) for column in zip(*rounds, strict=True))
    print(f"\ncollecting {MESSAGES:,} messages: {MESSAGES / ours:,.0f}/s; imap_tools fetch + parse "
          f"{MESSAGES / others:,.0f}/s; {median(ratios):.2f} x ({ratios[0]:.2f} to {ratios[-1]:.2f}); "
          f"{told}")  # fmt: skip


def test_a_million_stored_messages_do_not_slow_collecting_down() -> None:
    if reason := why_not():
        pytest.skip(reason)
    with filled_server() as bench:
        rounds = [
            (seconds_to_collect(bench.empty_desk()), seconds_to_collect(bench.full_desk())) for _round in range(ROUNDS)
        ]
    ratios = sorted(empty / full for empty, full in rounds)
    empty, full = (median(column) for column in zip(*rounds, strict=True))
    print(f"\ncollecting {MESSAGES:,} messages into 1,000,000: {MESSAGES / full:,.0f}/s; into an empty store "
          f"{MESSAGES / empty:,.0f}/s; {median(ratios):.2f} x ({ratios[0]:.2f} to {ratios[-1]:.2f})")  # fmt: skip


if __name__ == "__main__":
    test_collecting_takes_no_longer_than_imap_tools_twice_over()
    test_a_million_stored_messages_do_not_slow_collecting_down()
