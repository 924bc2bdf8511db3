"""Agents and collectors as processes on one store, some of them killed, its catalog stopped and started in between.

However it goes: each mail is stored and decided once, each action is won by exactly one person, no number of a work
item is given twice, the ledger adds up, and who lives goes on by itself. STRAYDESK_TEST_ROUNDS says for how long.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.errors import StoreBusy, StoreProblem
from core.ledger import LEDGER, ledger
from core.store import Connection, open_store
from core.store.lake import forget
from tests import homes
from tests.desk import AP, AR, CONFIGURATION, PAYMENTS, DeskUnderTest, mail, route
from tests.homes import with_others
from tests.lake_desk import empty_lake
from tests.servers.island import island
from tests.servers.postgres import Postgres, shared_postgres
from tests.test_collecting import assert_everything_is_there_once

pytestmark = with_others

REPOSITORY = Path(__file__).parent.parent
ROUNDS = max(1, int(os.environ.get("STRAYDESK_TEST_ROUNDS", "50")) // 50)
PATIENCE = 240.0  # seconds, for machines on which much else goes on
MAILS = 8  # in a round, in each of two mailboxes
DOWN = 1.5  # seconds without the catalog
QUICK = "\n[collect]\nevery_seconds = 0.3\n"
AGENTS = ("ana", "bea", "leo")
AGENT = """
import json, random, sys, threading
from pathlib import Path
from core.acting import attach, create, delete
from core.errors import StraydeskError
from core.queue import waiting
from core.scope import open_desk
from tests.desk import INVOICES

chance, over = random.Random(sys.argv[2]), threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
scope, opened = open_desk(Path(sys.argv[1])).acting(sys.argv[2] + "@desk.example"), []
while True:
    told = {"asked": []}
    try:
        # All agents want the oldest: now the same, now others beside them.
        ids = list(waiting(scope, limit=6).id)
        if not ids and over.is_set():
            break
        if ids:
            told["asked"] = chosen = chance.sample(ids[:4], min(len(ids[:4]), chance.choice((1, 1, 2))))
            deed = chance.choice(("create", "create", "delete", "attach") if opened else ("create", "delete"))
            done = (create(scope, chosen, INVOICES) if deed == "create" else delete(scope, chosen, "spam")
                    if deed == "delete" else attach(scope, chosen, opened[-1]))
            told |= {"deed": deed, "won": done.ids, "batch": done.batch,
                     "lost": [(each.id, each.actor) for each in done.overtaken]}
            if deed == "create":
                opened += done.references
                told["references"] = done.references
    except StraydeskError as error:
        told["problem"] = str(error)
        over.wait(0.2)
    print(json.dumps(told), flush=True)
    over.wait(chance.uniform(0.05, 0.4))
"""
COLLECTOR = """
import sys, time
from pathlib import Path
from core import collection
from core.commands.logs import begin_log
from core.scope import open_desk
from core.watching import Watching
collection.AT_ONCE = 4
begin_log()
watching = Watching(open_desk(Path(sys.argv[1])).operator(), ["Accounts Payable", "Accounts Receivable"])
watching.begin()
sys.stdin.read()
watching.end()
"""
JOURNAL = "SELECT message_id::VARCHAR, actor, batch::VARCHAR, action FROM journal WHERE actor_kind = 'person'"


@dataclass
class Crowd:
    """Agents and collectors at work on a desk, each a process."""

    desk: DeskUnderTest
    running: ExitStack
    agents: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)
    collectors: list["subprocess.Popen[str]"] = field(default_factory=list)

    def begin(self) -> None:
        self.collectors = [self.start(COLLECTOR) for _number in range(2)]
        self.agents = {name: self.start(AGENT, name) for name in AGENTS}

    def start(self, program: str, *arguments: str) -> "subprocess.Popen[str]":
        """A process that works until its standard input ends; what it says goes into files."""
        environment = os.environ | {"STRAYDESK_STORE": self.desk.place.location, "STRAYDESK_LANGUAGE": "en",
                                    "STRAYDESK_DATA": self.desk.place.data, "PYTHONPATH": str(REPOSITORY)}  # fmt: skip
        number = len([*self.desk.folder.glob("*.said")])
        said = self.running.enter_context((self.desk.folder / f"{number}.said").open("w+"))
        troubles = self.running.enter_context((self.desk.folder / f"{number}.troubles").open("w+"))
        process = subprocess.Popen([sys.executable, "-c", program, str(self.desk.folder / "straydesk.toml"),
                                    *arguments], stdin=subprocess.PIPE, stdout=said, stderr=troubles, text=True,
                                   cwd=REPOSITORY, env=environment)  # fmt: skip
        self.running.callback(process.wait)
        self.running.callback(process.kill)
        return process

    def deliver(self) -> None:
        """Mail of which most waits for people; some of it lies in both mailboxes."""
        mails = [mail(to="payments@desk.example" if number % 4 == 0 else "") for number in range(MAILS)]
        self.desk.write(*mails, mailbox=AP)
        self.desk.write(*mails[:3], *(mail() for _number in range(MAILS - 3)), mailbox=AR)

    def kill_a_collector(self) -> None:
        """The one that has the mailbox; another one is started, as whoever looks after them does."""
        until(lambda: self.holder() in {each.pid for each in self.collectors})
        (killed,) = [each for each in self.collectors if each.pid == self.holder()] or self.collectors[:1]
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        self.collectors = [each for each in self.collectors if each is not killed] + [self.start(COLLECTOR)]

    def holder(self) -> int:
        found = self.desk.rows("SELECT holder FROM lease WHERE mailbox = $mailbox", mailbox=AP)
        return int(found[0][0].rpartition(":")[2]) if found else 0

    def settle(self, mails: int) -> None:
        """Until everything is collected and nothing waits for anybody."""
        until(lambda: self.desk.value("SELECT count(*) FROM delivery") == mails)
        until(lambda: self.desk.value("SELECT count(*) FROM message_raw") == self.desk.value(
            "SELECT count(*) FROM message WHERE status <> 'unprocessed'"))  # fmt: skip

    def end(self) -> dict[str, list[dict[str, Any]]]:
        """End all of them, none of which may have ended by itself; answers what each agent told."""
        told = {}
        for process in [*self.agents.values(), *self.collectors]:
            assert process.poll() is None, self.troubles()
        for process in self.agents.values():
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, self.troubles()
        for process in self.collectors:
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, self.troubles()
        for number, name in enumerate(AGENTS, 2):
            told[name] = [json.loads(line) for line in (self.desk.folder / f"{number}.said").read_text().splitlines()]
        return told

    def troubles(self) -> str:
        """What the processes said of what went wrong."""
        return "\n".join(path.read_text() for path in sorted(self.desk.folder.glob("*.troubles")))


def until(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(StoreBusy):  # so many want a file that this one may have to wait for long
            if holds():
                return
        assert time.monotonic() < deadline
        time.sleep(0.3)


@pytest.fixture
def crowd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    monkeypatch.setattr(homes, "HOME", request.param)
    routes = [route("Payments", "payments@desk.example", PAYMENTS)]
    with ExitStack() as running:
        yield Crowd(DeskUnderTest(tmp_path, routes, CONFIGURATION + QUICK), running)


@contextmanager
def without_catalog(desk: DeskUnderTest) -> Iterator[None]:
    """PostgreSQL is ended, and is there again afterwards; this process attaches the lake anew."""
    shared_postgres().stop()
    try:
        yield
    finally:
        shared_postgres().start()
        forget(desk.place.location, desk.place.data)


def assert_each_action_was_won_once(desk: DeskUnderTest, told: dict[str, list[dict[str, Any]]]) -> None:
    """What agents were told is what is written down; who was told that it failed may have had it done, whole."""
    journal = desk.rows(JOURNAL)
    assert {id: count for id, count in Counter(id for id, *_ in journal).items() if count > 1} == {}
    by_batch = {(id, actor.partition("@")[0], batch, action) for id, actor, batch, action in journal}
    won = {(id, name, each["batch"], each["deed"])
           for name, said in told.items() for each in said if "won" in each for id in each["won"]}  # fmt: skip
    assert won <= by_batch
    winners = {id: name for id, name, _batch, _action in by_batch}
    failed = {(id, name) for name, said in told.items() for each in said if "problem" in each for id in each["asked"]}
    assert {(id, name) for id, name, *_ in by_batch - won} <= failed
    for said in told.values():
        for id, actor in (pair for each in said for pair in each.get("lost", ())):
            assert actor.partition("@")[0] == winners[id]
    references = Counter(one for said in told.values() for each in said for one in each.get("references", ()))
    assert set(references.values()) <= {1}


def assert_it_adds_up(desk: DeskUnderTest, mails: int) -> None:
    assert_everything_is_there_once(desk)
    assert desk.rows("SELECT number FROM work_item GROUP BY number HAVING count(*) > 1") == []
    assert desk.value("SELECT count(*) FROM delivery") == mails
    assert desk.value("SELECT count(*) FROM message") == mails - 3 * ROUNDS
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    told = ledger(desk.desk.operator(), today, 2)[list(LEDGER)].sum()
    assert (told["left_over"], told["unaccounted"], told["undecided"]) == (0, 0, 0)
    assert told["listed"] == told["stored"] + told["duplicate"] == mails


@pytest.mark.timeout(600 + 120 * ROUNDS)
@pytest.mark.parametrize("crowd", ["file", "lake"], indirect=True)
def test_agents_and_collectors_of_which_one_is_killed_lose_and_double_nothing(crowd: Crowd) -> None:
    crowd.begin()
    for number in range(ROUNDS):
        crowd.deliver()
        until(lambda: crowd.desk.value("SELECT count(*) FROM delivery") > number * 2 * MAILS)  # noqa: B023
        crowd.kill_a_collector()
        crowd.settle((number + 1) * 2 * MAILS)
    told = crowd.end()
    problems = [each["problem"] for said in told.values() for each in said if "problem" in each]
    assert [each for each in problems if not each.startswith("The store is held by another program")] == []
    assert_each_action_was_won_once(crowd.desk, told)
    assert_it_adds_up(crowd.desk, ROUNDS * 2 * MAILS)


@pytest.mark.timeout(600 + 120 * ROUNDS)
@pytest.mark.parametrize("crowd", ["lake"], indirect=True)
def test_a_catalog_that_goes_and_comes_back_is_told_in_a_sentence_and_everybody_goes_on(crowd: Crowd) -> None:
    crowd.begin()
    for number in range(ROUNDS):
        crowd.deliver()
        until(lambda: crowd.desk.value("SELECT count(*) FROM delivery") > number * 2 * MAILS)  # noqa: B023
        with without_catalog(crowd.desk):
            time.sleep(DOWN)
        crowd.settle((number + 1) * 2 * MAILS)
    told = crowd.end()
    problems = {each["problem"] for said in told.values() for each in said if "problem" in each}
    assert {problem.partition(":")[0] for problem in problems} == {"The catalog of the shared store can't be reached"}
    assert "Unexpected" not in crowd.troubles() and "Traceback" not in crowd.troubles()
    assert_each_action_was_won_once(crowd.desk, told)
    assert_it_adds_up(crowd.desk, ROUNDS * 2 * MAILS)


LOSING = """
import sys
from core.errors import StoreProblem
from core.store import open_store
from tests.servers.postgres import shared_postgres
server = shared_postgres()
server.create("lost")
store = open_store(server.location("lost"), sys.argv[1])
def lost(db):
    db.run("UPDATE counter SET value = value + 1")
    server.stop()
    db.run("INSERT INTO counter VALUES ('half', 1)")
def read():
    with store.reading() as db:
        db.value("SELECT count(*) FROM counter")
        server.stop()
        db.value("SELECT count(*) FROM team")
for work in (lambda: store.change(lost), read):
    try:
        work()
    except StoreProblem as problem:
        print(problem.sentence.partition(":")[0], flush=True)
    server.start()
print(store.change(lambda db: db.run("DELETE FROM counter WHERE name = 'half'")))
"""


def test_a_catalog_lost_in_a_change_or_while_reading_does_not_end_the_process(tmp_path: Path) -> None:
    said = subprocess.run([sys.executable, "-c", LOSING, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True,
                          timeout=300, check=False)  # fmt: skip
    sentence = "The catalog of the shared store can't be reached"
    assert (said.returncode, said.stdout.splitlines()) == (0, [sentence, sentence, "0"]), said.stderr


BEGINNING = """
import sys
from core.store import open_store
store = open_store(sys.argv[1], sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
with store.reading() as db:
    print(db.value("SELECT count(*) FROM counter"))
"""


def test_of_programs_that_begin_at_once_on_an_empty_database_one_makes_the_desk(tmp_path: Path) -> None:
    place = empty_lake(tmp_path / "data")
    command = [sys.executable, "-c", BEGINNING, place.location, place.data]
    bare = {"PATH": os.environ["PATH"]}  # no HOME, as for a service
    programs = [subprocess.Popen(command, cwd=REPOSITORY, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=bare) for _number in range(4)]  # fmt: skip
    for each in programs:
        assert each.stdout and each.stdout.readline() == "ready\n"
    for each in programs:
        assert each.stdin
        each.stdin.write("now\n")
        each.stdin.flush()
    said = [each.communicate(timeout=120)[0] for each in programs]
    assert len(set(said)) == 1 and int(said[0]) > 0


@pytest.mark.timeout(400)
def test_a_network_that_swallows_everything_is_noticed_and_work_goes_on_when_it_is_back(tmp_path: Path) -> None:
    with island() as on, tempfile.TemporaryDirectory(prefix="straydesk-island-") as folder:
        server = Postgres(Path(folder), on=on)
        server.start()
        server.create("cut")
        store = open_store(server.location("cut"), str(tmp_path / "data"))
        assert store.change(count_one) == 1
        with on.cut_off():
            for use in (lambda: store.change(count_one), store.now):
                with pytest.raises(StoreProblem, match="The catalog of the shared store can't be reached"):
                    use()
        assert store.change(count_one) == 1
        with store.reading() as db:
            assert db.value("SELECT value FROM counter WHERE name = 'lease'") == 2
        server.stop()


def count_one(db: Connection) -> int:
    return db.run("UPDATE counter SET value = value + 1 WHERE name = 'lease'")
