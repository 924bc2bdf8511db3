"""Running a load: dashboards and collectors as processes, agents as sessions, mail that arrives meanwhile."""

import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import psutil

from tests.homes import Place
from tests.load.agent import Agent
from tests.load.desk import LoadDesk
from tests.load.session import Session
from tests.servers.postgres import Postgres, shared_postgres
from tests.servers.processes import ROOT, free_port, served

Answer = TypeVar("Answer")

PATIENCE = 300.0  # seconds for collectors to take in what is left
# What a command line says of the kind of a process.
KINDS = {"streamlit run": "dashboard", "core collect": "collector", "postgres: desk load": "postgres"}


@dataclass(frozen=True)
class Load:
    """What is asked of a desk: `home` is file or lake; `think` the seconds an agent lets pass between two things."""

    home: str
    agents: int
    dashboards: int
    collectors: int
    seconds: float
    think: float = 15.0
    waiting: int = 400  # mails at the beginning
    arriving: float = 1.0  # mails a second
    least: int = 0  # messages that each agent deals with at least, however long that takes


def measured(load: Load) -> dict[str, Any]:
    """Do it: times in milliseconds, deeds, errors, what is wrong afterwards, and what it took in memory."""
    folder = Path(tempfile.mkdtemp(prefix="straydesk-load-"))
    try:
        with place(load.home, folder) as found:
            desk = LoadDesk(folder, found, load.agents, load.collectors)
            desk.deliver(load.waiting)
            with ExitStack() as running:
                collectors = [running.enter_context(collector(desk, name)) for name in desk.names]
                _until_stored(desk)
                urls = [running.enter_context(dashboard(desk, number)) for number in range(load.dashboards)]
                _run(_warmed(urls))
                busy, spent = os.getloadavg()[0], _spent()
                agents, memory = _run(_worked(desk, load, urls))
                took = {kind: round(seconds - spent[kind], 1) for kind, seconds in _spent().items()}
                connections = len(_processes().get("postgres", []))
                _until_stored(desk)
                assert all(each.poll() is None for each in collectors)
            return _told(load, desk, agents, memory) | {
                "load_average_before": round(busy, 1), "processor_seconds": took, "connections": connections,
            }  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def place(home: str, folder: Path) -> Iterator[Place]:
    """An empty store of this home."""
    if home == "file":
        yield Place(str(folder / "store.duckdb"))
        return
    server: Postgres = shared_postgres()
    name = f"load{free_port()}"
    server.create(name)
    yield Place(server.location(name), str(folder / "lake"))


@contextmanager
def collector(desk: LoadDesk, mailbox: str) -> Iterator[subprocess.Popen[bytes]]:
    """`collect --watch` on one mailbox, until the block ends."""
    log = (desk.folder / f"{mailbox}.log").open("wb")
    command = [sys.executable, "-m", "core", "collect", "--watch", "--mailbox", mailbox]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | desk.environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)
        log.close()


@contextmanager
def dashboard(desk: LoadDesk, number: int) -> Iterator[str]:
    """A dashboard; yields the address of its websockets."""
    port = free_port()
    given = ["streamlit", "run", "dashboard.py", "--server.port", str(port), "--logger.enableRich", "false"]
    health = f"http://127.0.0.1:{port}/_stcore/health"
    with served(given, health, desk.folder / f"dashboard{number}.log", desk.environment):
        yield f"ws://127.0.0.1:{port}"


async def _warmed(urls: Sequence[str]) -> None:
    """The first page after a start loads the program; nobody waits for that who comes later."""
    for url in urls:
        first = Session(url)
        await first.open()
        await first.close()


async def _worked(desk: LoadDesk, load: Load, urls: Sequence[str]) -> tuple[list[Agent], dict[str, float]]:
    """Agents come one after the other within a quarter of the time, and all leave at its end."""
    chance = random.Random(7)
    agents = [
        Agent(person, Session(urls[number % len(urls)]), random.Random(number), load.think)
        for number, person in enumerate(desk.people)
    ]
    until = monotonic() + load.seconds
    waits = [chance.uniform(0, load.seconds / 4) for _agent in agents]
    seen: dict[str, float] = {}
    beside = asyncio.create_task(_beside(desk, load, until, seen))
    await asyncio.gather(*(agent.work(wait, until, load.least) for agent, wait in zip(agents, waits, strict=True)))
    await beside
    return agents, seen


async def _beside(desk: LoadDesk, load: Load, until: float, seen: dict[str, float]) -> None:
    """Mail arrives; now and then the memory of each kind of process is looked at."""
    while monotonic() < until:
        await asyncio.sleep(1.0)
        desk.deliver(round(load.arriving))
        for kind, processes in _processes().items():
            for each in processes:
                with suppress(psutil.Error):  # it has just ended
                    seen[kind] = max(seen.get(kind, 0), round(each.memory_info().rss / 1e6))


def _processes() -> dict[str, list[psutil.Process]]:
    """What runs for the desk, by kind; of PostgreSQL what serves connections to it."""
    found: dict[str, list[psutil.Process]] = {"dashboard": [], "collector": [], "postgres": []}
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            words = " ".join(child.cmdline())
            kind = next((kind for word, kind in KINDS.items() if word in words), "")
            if kind:
                found[kind].append(child)
    return {kind: each for kind, each in found.items() if each}


def _run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Done in a thread of its own: the caller's may have a loop already, that of a browser."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result()


def _spent() -> Counter[str]:
    """Seconds of processor time so far, by kind."""
    spent: Counter[str] = Counter()
    for kind, processes in _processes().items():
        for each in processes:
            with suppress(psutil.Error):
                times = each.cpu_times()
                spent[kind] += times.user + times.system
    return spent


def _until_stored(desk: LoadDesk) -> None:
    """Until the collectors have taken in all that was delivered."""
    until = monotonic() + PATIENCE
    while desk.stored() < desk.delivered and monotonic() < until:
        time.sleep(0.5)


def _told(load: Load, desk: LoadDesk, agents: Sequence[Agent], memory: dict[str, float]) -> dict[str, Any]:
    times: dict[str, list[float]] = {}
    won: Counter[str] = Counter()
    overtaken: Counter[str] = Counter()
    for agent in agents:
        won, overtaken = won + agent.won, overtaken + agent.overtaken
        for what, each in agent.times.items():
            times.setdefault(what, []).extend(each)
    errors = Counter(error for agent in agents for error in agent.errors)
    return {
        **asdict(load),
        "milliseconds": {what: _quantiles(each) for what, each in times.items()},
        "won": dict(won), "overtaken": dict(overtaken), "errors": dict(errors), "wrong": desk.wrong(dict(won)),
        "delivered": desk.delivered, "largest_process_mb": memory,
        "cores": os.cpu_count(), "load_average_after": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def _quantiles(seconds: Sequence[float]) -> dict[str, int]:
    ordered = sorted(seconds)
    return {"count": len(ordered), "p50": round(1000 * statistics.median(ordered)),
            "p95": round(1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))])}  # fmt: skip
