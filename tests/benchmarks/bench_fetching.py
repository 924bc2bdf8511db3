"""How fast raw mail is fetched, against imap_tools doing its own fetch and parse of the same mail, side by side.

`pytest tests/benchmarks/bench_fetching.py -s`, or `python -m tests.benchmarks.bench_fetching`. The two take turns, and
the median round of each counts.
"""

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median

import pytest
from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted, MailMessage

from core.configuration_file import CollectConfiguration
from core.sources import open_source
from tests.real_mail import real_messages
from tests.servers.dovecot import PASSWORD, Dovecot, dovecot, why_not

MESSAGES = 3_780
ROUNDS = 5
SIZE_LIMIT = 25 * 2**20
USER = "bench"


def ours(server: Dovecot, *, tls: bool) -> int:
    mailbox = server.mailbox(USER, tls=tls, verify_tls=False)
    with open_source(mailbox, CollectConfiguration(), Path()) as source:
        return sum(1 for _fetched in source.fetch(source.list(), SIZE_LIMIT))


def theirs(server: Dovecot, *, tls: bool, parse: bool = True, user: str = USER, bulk: int = 100) -> int:
    """What a program with imap_tools alone would do: fetch in bulk, look at every field that a message has."""
    with _connection(server, tls=tls) as mailbox:
        mailbox.login(user, PASSWORD, initial_folder=None)
        mailbox.folder.set("INBOX", readonly=True)
        count = 0
        for message in mailbox.fetch(mark_seen=False, bulk=bulk or False):
            count += 1
            if parse:
                _take_apart(message)
        return count


def _take_apart(message: MailMessage) -> None:
    with suppress(Exception):  # it raises at some of the real messages
        _fields = (message.from_, message.to, message.subject, message.date, message.text, message.html)
        _contents = [attachment.payload for attachment in message.attachments]


def _connection(server: Dovecot, *, tls: bool) -> BaseMailBox:
    if not tls:
        return MailBoxUnencrypted("127.0.0.1", server.plain_port)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return MailBox("127.0.0.1", server.tls_port, ssl_context=context)


def seconds(work: Callable[[], int]) -> float:
    began = time.perf_counter()
    assert work() == MESSAGES
    return time.perf_counter() - began


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_fetching_leaves_time_for_everything_else(tls: bool) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with dovecot() as server:
        server.fill(USER, real_messages(MESSAGES))
        ours(server, tls=tls)  # the server reads each file once for its cache
        rounds = [
            (
                seconds(lambda: ours(server, tls=tls)),
                seconds(lambda: theirs(server, tls=tls)),
                seconds(lambda: theirs(server, tls=tls, parse=False)),
            )
            for _round in range(ROUNDS)
        ]
    raw, parsed, unparsed = (median(column) for column in zip(*rounds, strict=True))
    print(
        f"\nfetching {MESSAGES} messages, {'TLS' if tls else 'plain'}: ours {MESSAGES / raw:,.0f}/s, "
        f"imap_tools fetch + parse {MESSAGES / parsed:,.0f}/s ({parsed / raw:.1f} x), "
        f"imap_tools fetch alone {MESSAGES / unparsed:,.0f}/s ({unparsed / raw:.1f} x)"
    )


if __name__ == "__main__":
    for with_tls in (False, True):
        test_fetching_leaves_time_for_everything_else(with_tls)
