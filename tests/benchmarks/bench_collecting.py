"""Collecting real mail from Dovecot, everything included, against imap_tools doing its own fetch and parse of it.

The same mail goes into an empty store and into stores that have much already. What is compared takes turns in one run;
of the rounds the median ratio counts.
"""

import imaplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from core.collecting import collect
from core.routes import Route
from core.scope import Desk
from tests.benchmarks.bench_fetching import theirs
from tests.benchmarks.big_store import FOLDER, copy_of_big_place, empty_place
from tests.benchmarks.desks import ADDRESSES, addresses_of, opened_desk, realistic_routes, written_desk
from tests.benchmarks.results import Bar, Result, at_a_million
from tests.benchmarks.timing import seconds
from tests.homes import Place
from tests.real_mail import real_messages, rewritten
from tests.servers.dovecot import PASSWORD, PASSWORD_ENV, Dovecot, dovecot

MESSAGES = 3_000
ROUNDS = 3
MAILBOX = "Accounts Payable"
# Who writes often in the real mail, and which lists: so that the routes have something to catch, and answers to append.
DOMAINS = """
    hotmail.com yahoo.com newsletter.online.com aol.com msn.com insurancemail.net tuatha.org canada.com eircom.net
    linux.ie btamail.net.cn lockergnome.com egwn.net deepeddy.com slack.net mail.com leitl.org excite.com
    perl.org flashmail.com
"""
SENDERS = [f"somebody@{domain}" for domain in DOMAINS.split()]
LISTS = ("fork.xent.com", "ilug.linux.ie", "rpm-zzzlist.freshrpms.net", "razor-users.example.sourceforge.net")
Rounds = dict[str, list[float]]


def forty_routes() -> list[Route]:
    """Thirty-six routes as desks have them, and four for mailing lists; together they catch somewhat less than half."""
    made = realistic_routes(36, SENDERS, addresses_of(MAILBOX))
    lists = [made[0].model_copy(update={"name": name, "recipient": "*", "sender": [], "subject_contains": [],
                                        "list_id": name}) for name in LISTS]  # fmt: skip
    return [*made, *lists]


def to_the_desk(count: int) -> list[bytes]:
    """Real messages to one or two addresses of the mailbox, and now and then to another address of the desk."""
    dice, ours = Random(7), addresses_of(MAILBOX)
    return [
        rewritten(raw, to=dice.choice(ours), cc=dice.choice(["", "", "", *ADDRESSES[:1]]), delivered_to=ours[0])
        for raw in real_messages(count, "spamassassin")
    ]


@contextmanager
def filled_server(count: int, rounds: int) -> Iterator[tuple[Dovecot, list[str]]]:
    """A Dovecot with a user each round, who have different mail."""
    with dovecot() as server:
        mail, users = to_the_desk(count * rounds), [f"bench{number}" for number in range(rounds)]
        for number, user in enumerate(users):
            server.fill(user, mail[number * count : (number + 1) * count])
            server.mailbox(user)  # puts the password where the configuration says
            theirs(server, tls=False, user=user)  # the server reads each file once for its cache
        yield server, users


def measure(home: str, sizes: Sequence[int]) -> Iterator[Result]:
    """Rounds of: imap_tools, IMAP alone, an empty store, and each of the others."""
    count, rounds = MESSAGES, ROUNDS
    FOLDER.mkdir(parents=True, exist_ok=True)
    taken: Rounds = {name: [] for name in ("imap_tools", "raw", "0", *map(str, sizes))}
    with filled_server(count, rounds) as (server, users), ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir=FOLDER)))
        places = {size: stack.enter_context(copy_of_big_place(home, size)) for size in sizes}
        for user in users:
            configuration = written_desk(folder, {MAILBOX: server.source(user)}, password_env=PASSWORD_ENV)
            taken["imap_tools"].append(seconds(_all(count, lambda user=user: theirs(server, tls=False, user=user))))  # type: ignore[misc]
            taken["raw"].append(seconds(_all(count, lambda user=user: raw(server, user))))  # type: ignore[misc]
            with empty_place(home, "empty") as empty:
                taken["0"].append(_seconds_to_collect(configuration, empty, count))
            for size, place in places.items():
                taken[str(size)].append(_seconds_to_collect(configuration, place, count))
            print({name: round(each[-1], 2) for name, each in taken.items()}, flush=True)
        yield from _told(home, sizes, count, taken)


def _told(home: str, sizes: Sequence[int], count: int, taken: Rounds) -> Iterator[Result]:
    what = "collecting from Dovecot, everything included"
    bar = Bar("≥ 0.5 ×", 0.5, "ratio", at_least=True)
    yield Result("collect", f"{what}, into an empty store", home, 0, *_rates(count, taken, "0", "imap_tools",
                 "imap_tools' fetch and parse alone of the same mail"), bar, _spread(taken))  # fmt: skip
    yield Result("collect-raw", f"{what}, into an empty store", home, 0,
                 *_rates(count, taken, "0", "raw", "a raw IMAP fetch of the same mail, kept nowhere"))  # fmt: skip
    bar = Bar("≥ 0.8 ×", 0.8, "ratio", at_least=True)
    for size in sizes:
        yield Result("collect-full", what, home, size, *_rates(count, taken, str(size), "0", "into an empty store"),
                     at_a_million(size, bar))  # fmt: skip


def _rates(count: int, taken: Rounds, ours: str, other: str, against: str) -> tuple[float, str, str, float]:
    """Our rate of the median round, and that of the other so that their ratio is the median of the rounds' ratios."""
    rate = count / median(taken[ours])
    ratio = median(theirs / mine for mine, theirs in zip(taken[ours], taken[other], strict=True))
    return rate, "messages/s", against, rate / ratio


def _spread(taken: Rounds) -> str:
    ratios = sorted(theirs / ours for ours, theirs in zip(taken["0"], taken["imap_tools"], strict=True))
    return f"rounds from {ratios[0]:.2f} to {ratios[-1]:.2f} ×"


def _seconds_to_collect(configuration: Path, place: Place, count: int) -> float:
    """How long a whole run takes."""
    desk = opened_desk(configuration, place, forty_routes())
    return seconds(lambda: _collected(desk, count))


def _collected(desk: Desk, count: int) -> None:
    (run,) = collect(desk.operator())
    if run.problem is not None or run.failed or run.listed != count:
        raise AssertionError(f"not everything was collected: {run}")


def raw(server: Dovecot, user: str) -> int:
    """The bytes of all messages by one command, as fast as Python's own IMAP client takes them."""
    with imaplib.IMAP4("127.0.0.1", server.plain_port) as connection:
        connection.login(user, PASSWORD)
        connection.select("INBOX", readonly=True)
        _kind, parts = connection.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return sum(isinstance(part, tuple) for part in parts)


def _all(count: int, work: Callable[[], int]) -> Callable[[], None]:
    def done() -> None:
        if (found := work()) != count:
            raise AssertionError(f"{found} messages instead of {count}")

    return done
