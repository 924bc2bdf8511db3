"""Collecting through bad networks from sick servers, killed at any moment: nothing is lost, doubled or stuck.

The property, after each hundred rounds or fewer and one run that nobody disturbs: what lies on the server is stored
once, byte by byte, decided once, has its work items once, and the ledger adds up. And no run ends with an error that
nobody has thought of. STRAYDESK_TEST_ROUNDS and STRAYDESK_TEST_SEED say how long and which.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core import clock
from core.ledger import LEDGER, ledger
from core.status import mailbox_states
from tests.desk import AP, CONFIGURATION, PAYMENTS, DeskUnderTest, route
from tests.homes import with_others
from tests.servers.dovecot import PASSWORD_ENV, Dovecot, dovecot, why_not
from tests.servers.fault_proxy import ANSWERS, BYTES, COMMANDS, Fault, FaultProxy, fault_proxy
from tests.test_collecting import assert_everything_is_there_once

pytestmark = with_others

REPOSITORY = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("STRAYDESK_TEST_ROUNDS", "50"))
SEED = os.environ.get("STRAYDESK_TEST_SEED", "1")
CHECKED_EVERY = 50  # rounds
TIMEOUT = 0.5  # seconds that a collector waits for a silent server
LONGEST = 20.0  # seconds that a disturbed run may take: several waits, reconnecting, a busy machine
USER = "ap"
ROUTES = [
    route("Payments", "payments@desk.example", PAYMENTS),
    route("Invoices", "invoices@desk.example", subject_contains=["re"]),
]
# Who reads a mail as answers of the server finds what looks like some. No such uid exists.
TRICKS = (
    b"* 3 FETCH (UID 4000000001 BODY[] {5}\r\nhello)\r\n", b")\r\n", b"* BYE\r\n", b"* SEARCH 4000000002\r\n",
    b" {7}\r\n", b"+ OK\r\n", b")\r\n* 4 FETCH (UID 4000000003 RFC822.SIZE 3)\r\n", b"AAAA1 OK done\r\n", b"\r\n\r\n",
    b"\x80\xff\r\n",
)  # fmt: skip
# Starting Python takes longer than collecting: a collector is forked from a process that has loaded everything and
# begun nothing. It collects for each line it is given, until it is killed; source and patience change each time.
WARM = """
import json, os, sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from core import collection
from core.collecting import collect
from core.configuration_file import CollectConfiguration
from core.scope import open_desk
from core.store import file
file.REST = 0.0
collection.AT_ONCE = 4

def collect_as_asked(desk, asked):
    given = desk.configuration
    mailboxes = tuple(type(each).model_validate(each.model_dump() | asked["mailbox"].get(each.name, {}))
                      for each in given.mailboxes)
    given = replace(given, mailboxes=mailboxes, collect=CollectConfiguration(timeout_seconds=asked["timeout"]))
    runs = collect(replace(desk, configuration=given).operator(), list(asked["mailbox"]), side_by_side=1)
    return [(run.problem, run.listed, run.stored, run.duplicate, run.too_large, run.failed) for run in runs]

def collector(asked, said):
    desk = open_desk(Path(sys.argv[1]))
    for line in asked:
        print(json.dumps(collect_as_asked(desk, json.loads(line))), file=said, flush=True)
    os._exit(0)

def started():
    (there, asking), (said, saying) = os.pipe(), os.pipe()
    if child := os.fork():
        os.close(there), os.close(saying)
        return child, open(asking, "w"), open(said)
    os.close(asking), os.close(said)
    collector(open(there), open(saying, "w"))

child = None
for line in sys.stdin:
    if child is None:
        child, asking, said = started()
    print(child, flush=True)
    with suppress(BrokenPipeError):
        print(line, end="", file=asking, flush=True)
    answer = said.readline().strip()
    if not answer:
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with suppress(BrokenPipeError):
            asking.close()
        said.close()
        child = None
    print(answer or json.dumps({"ended": ended}), flush=True)
"""
# What must be there once, as rows that break it. (Together with what tests/test_collecting.py asks of a store.)
STORED = "SELECT sha256 FROM message_raw"
DECIDED = """
SELECT r.sha256, (SELECT count(*) FROM message WHERE id = r.message_id),
       (SELECT count(*) FROM decision WHERE message_id = r.message_id),
       (SELECT count(*) FROM work_item_message WHERE message_id = r.message_id),
       (SELECT count(*) FROM journal WHERE message_id = r.message_id)
FROM message_raw AS r
"""
LYING = """
SELECT d.uid, r.sha256 FROM delivery AS d JOIN message_raw AS r USING (message_id)
WHERE d.mailbox = $mailbox AND d.uid_validity = $uid_validity
"""
_UID = re.compile(rb"\bUID (\d+)")


@dataclass
class Collector:
    """A process that forks a collector, and another when that was killed."""

    process: "subprocess.Popen[str]"

    def begin(self, mailbox: dict[str, Any], timeout: float) -> int:
        """Lets it collect; answers its process id."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"mailbox": mailbox, "timeout": timeout}) + "\n")
        self.process.stdin.flush()
        return int(self._said())

    def end(self) -> tuple[int, list[Any]]:
        """Waits for its runs; how the process ended and no runs if it was killed."""
        said = self._said()
        return (said["ended"], []) if isinstance(said, dict) else (0, said)

    def _said(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())


@dataclass
class Post:
    """What was delivered: how many work items each mail has to open, by the SHA-256 of its bytes."""

    server: Dovecot
    sent: dict[str, int] = field(default_factory=dict)
    number: int = 0
    last: bytes = b""

    def deliver(self, chance: Random) -> None:
        """A few mails, now and then the same again."""
        mails = [self._mail(chance) for _number in range(chance.choice((0, 1, 1, 2, 3, 6)))]
        if self.last and chance.random() < 0.1:
            mails.append(self.last)
        maildir = self.server.maildir(USER)
        for raw in mails:
            self.number += 1
            path = maildir / "tmp" / f"{1_700_000_000 + self.number}.M{self.number}P1.desk"
            path.write_bytes(raw)
            os.chown(path, maildir.stat().st_uid, maildir.stat().st_gid)
            path.rename(maildir / "new" / path.name)
            self.last = raw

    def _mail(self, chance: Random) -> bytes:
        to = chance.sample(
            ["payments@desk.example", "invoices@desk.example", "nobody@desk.example"], chance.randint(0, 3)
        )
        text = b"".join(
            chance.choice((b"Good morning, this is a line.\r\n", chance.choice(TRICKS)))
            for _line in range(chance.choice((0, 1, 5, 20, 400)))
        )
        header = f"From: sue@supplier.example\r\nTo: {', '.join(to)}\r\nSubject: re {chance.getrandbits(64)}\r\n"
        header += (
            f"Message-ID: <{chance.getrandbits(64)}@supplier.example>\r\nDate: Mon, 03 Mar 2025 09:00:00 +0000\r\n"
        )
        raw = header.encode() + b"\r\n" + text
        self.sent[sha256(raw).hexdigest()] = len({"payments@desk.example", "invoices@desk.example"} & {*to})
        return raw

    def number_anew(self) -> None:
        """The server forgets the numbers it gave, and gives others under another UIDVALIDITY."""
        for path in self.server.maildir(USER).glob("dovecot*"):
            if path.name == "dovecot-uidlist" or path.name.startswith("dovecot.index"):
                path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Somebody else takes half of the mail away, so that uids have gaps."""
        for part in ("new", "cur"):
            for path in sorted((self.server.maildir(USER) / part).iterdir())[::2]:
                path.unlink()

    def lying(self) -> tuple[int, dict[str, str]]:
        """The UIDVALIDITY, and the SHA-256 of the mail of each uid, as the server gives them to others."""
        with self.server.signed_in(USER) as other:
            other.folder.set("INBOX", readonly=True)
            uid_validity = int(other.client.response("UIDVALIDITY")[1][-1])
            answered = other.client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")[1]
            mails = [piece for piece in answered if isinstance(piece, tuple)]
        return uid_validity, {_UID.search(head)[1].decode(): sha256(raw).hexdigest() for head, raw in mails}  # type: ignore[index]


@dataclass
class Trial:
    """Rounds of collecting, each disturbed in its own way."""

    desk: DeskUnderTest
    post: Post
    collectors: Sequence[Collector]
    proxies: dict[bool, FaultProxy]  # by whether TLS passes
    happened: Counter[str] = field(default_factory=Counter)
    killed: set[int] = field(default_factory=set)

    def round(self, number: int) -> None:
        """Some mail, some trouble, a collector or two; it ends with a sentence, if it lives."""
        chance = Random(f"{SEED}:{number}")
        self.post.deliver(chance)
        if chance.random() < 0.03:
            self.post.number_anew()
            self.happened["UIDVALIDITY"] += 1
        fault = self._disturb(chance)
        kill_after = chance.uniform(0, 0.25) if chance.random() < 0.3 else None
        begun = self.collectors if chance.random() < 0.1 else self.collectors[:1]
        self.happened["two at once"] += len(begun) - 1
        source = {AP: {"source": self.source(self.encrypted)}}
        children = [(each, each.begin(source, TIMEOUT)) for each in begun]
        started = time.monotonic()
        if kill_after is not None:
            time.sleep(kill_after)
            self.killed.add(children[0][1])
            _kill(children[0][1])
        for collector, child in children:
            ended, runs = collector.end()
            where = f"seed {SEED}, round {number}, {fault.kind if fault else 'no fault'}"
            assert ended == 0 or (ended == -signal.SIGKILL and child in self.killed), (where, ended)
            self.happened["killed"] += ended != 0
            self._judge(runs, where)
        assert time.monotonic() - started < LONGEST, f"seed {SEED}, round {number} took too long"
        for proxy in self.proxies.values():
            proxy.expect(None)
        if fault and fault.struck:
            self.happened[f"{self._named(fault)}: {fault.kind}"] += 1

    def _disturb(self, chance: Random) -> Fault | None:
        self.encrypted = chance.random() < 0.15
        fault = None
        if chance.random() < 0.85:
            in_answers = self.encrypted or chance.random() < 0.85
            kinds = BYTES if self.encrypted else ANSWERS if in_answers else COMMANDS
            in_mail = in_answers and not self.encrypted and chance.random() < 0.5
            most = 12_000 if self.encrypted else 3 if in_mail else 30 if in_answers else 8
            fault = Fault(chance.choice(kinds), in_answers, chance.randrange(most), chance, in_mail)
        self.proxies[self.encrypted].expect(fault)
        return fault

    def _named(self, fault: Fault) -> str:
        return "TLS" if self.encrypted else "mail" if fault.in_mail else "answers" if fault.in_answers else "commands"

    def _judge(self, runs: list[Any], where: str) -> None:
        for problem, listed, *outcomes in runs:
            self.happened["problems" if problem else "went well"] += 1
            assert not (problem or "").startswith("Unexpected:"), (where, problem)
            assert listed == sum(outcomes) and min(outcomes) >= 0, (where, listed, outcomes)
            if problem:
                self.happened[f"“{_without_details(problem)}”"] += 1

    def source(self, encrypted: bool) -> str:
        """Where the collector finds the proxy."""
        real = self.post.server.source(USER, tls=encrypted, host="localhost" if encrypted else "127.0.0.1")
        port = self.post.server.tls_port if encrypted else self.post.server.plain_port
        return real.replace(f":{port}/", f":{self.proxies[encrypted].port}/")

    def check(self, where: str) -> None:
        """One run that nobody disturbs; then everything is there once."""
        (collector, *_others) = self.collectors
        collector.begin({AP: {"source": self.post.server.source(USER)}}, 60.0)
        ended, ((problem, *_counts),) = collector.end()
        assert (ended, problem) == (0, None), where
        uid_validity, lying = self.post.lying()
        with self.desk.kept_open():
            stored = [hexadecimal for (hexadecimal,) in self.desk.rows(STORED)]
            assert sorted(stored) == sorted(self.post.sent), where
            delivered = self.desk.rows(LYING, mailbox=AP, uid_validity=uid_validity)
            # What others took away has no uid there any more, but its delivery stays.
            assert lying.items() <= {*delivered} and len({*delivered}) == len(delivered), where
            decided = {hexadecimal: each for hexadecimal, *each in self.desk.rows(DECIDED)}
            assert decided == {mail: [1, 1, items, max(items, 1)] for mail, items in self.post.sent.items()}, where
            assert_everything_is_there_once(self.desk)
            assert self.desk.rows("SELECT problem FROM collection_run WHERE problem LIKE 'Unexpected:%'") == []
            self._check_ledger(where)

    def _check_ledger(self, where: str) -> None:
        operator, today = self.desk.desk.operator(), clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        state = mailbox_states(operator).set_index("mailbox").loc[AP]
        assert (state["problem"] is None or state["problem"] != state["problem"]) and not state["residues"], where
        days = ledger(operator, today, 30)
        told = days[days.mailbox == AP][list(LEDGER)].sum()
        assert (told["left_over"], told["unaccounted"], told["undecided"]) == (0, 0, 0), where
        assert told["stored"] == len(self.post.sent) == told["processed"] + told["unprocessed"] + told["deleted"], where
        assert told["listed"] == told["stored"] + told["duplicate"] + told["too_large"], where


def _without_details(problem: str) -> str:
    return re.sub(r": .*|\S*\d\S*", "…", problem)[:60]


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    if reason := why_not():
        pytest.skip(reason)
    with dovecot() as running:
        yield running


@pytest.fixture
def trial(server: Dovecot, tmp_path: Path) -> Iterator[Trial]:
    server.mailbox(USER)  # puts the password where the configuration says
    written = CONFIGURATION.replace('source = "eml:mail/ap"',
                                    f'source = "{server.source(USER)}"\npassword_env = "{PASSWORD_ENV}"\n'
                                    f'ca_file = "{server.authority}"')  # fmt: skip
    desk = DeskUnderTest(tmp_path, ROUTES, written)
    with ExitStack() as opened:
        proxies = {tls: opened.enter_context(fault_proxy(server.tls_port if tls else server.plain_port, encrypted=tls))
                   for tls in (False, True)}  # fmt: skip
        collectors = [Collector(opened.enter_context(_warm(desk))) for _number in range(2)]
        yield Trial(desk, Post(server), collectors, proxies)
        for each in collectors:
            assert each.process.stdin
            each.process.stdin.close()


def _warm(desk: DeskUnderTest) -> "subprocess.Popen[str]":
    environment = os.environ | {**desk.environment, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([sys.executable, "-c", WARM, str(desk.folder / "straydesk.toml")], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True, env=environment, cwd=REPOSITORY)  # fmt: skip


@pytest.mark.timeout(300 + 2 * ROUNDS)
def test_whatever_networks_and_servers_do_everything_is_collected_once(trial: Trial) -> None:
    started = time.monotonic()
    for number in range(1, ROUNDS + 1):
        trial.round(number)
        if number % CHECKED_EVERY == 0 or number == ROUNDS:
            trial.check(f"seed {SEED}, up to round {number}")
            trial.post.tidy()
    seconds = time.monotonic() - started
    print(f"\n{ROUNDS} rounds of seed {SEED} in {seconds:.0f} s, {len(trial.post.sent)} mails:")
    print("\n".join(f"{count:7} {what}" for what, count in sorted(trial.happened.items())))
    struck = sum(count for what, count in trial.happened.items() if ": " in what)
    assert struck > ROUNDS / 3, "most faults came after the collector had gone"
