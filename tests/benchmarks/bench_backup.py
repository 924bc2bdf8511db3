"""How long others wait while a store of a million messages is backed up: quiet, and while a backlog is collected.

`pytest tests/benchmarks/bench_backup.py -s`, or `python -m tests.benchmarks.bench_backup`. A person reads the queue
page again and again; what counts is the longest time that took, beside the same without a backup.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.queue import QueueFilter
from core.scope import Scope
from tests.benchmarks.bench_queue import backlogged, collecting, page
from tests.benchmarks.big_store import FOLDER, copy_of_big_store
from tests.benchmarks.desks import DOMAIN, opened_desk
from tests.benchmarks.timing import told
from tests.real_mail import REPOSITORY

ROUNDS = 3


def backing_up(configuration: Path, store: Path, to: Path) -> "subprocess.Popen[str]":
    environment = os.environ | {"STRAYDESK_CONFIG": str(configuration), "STRAYDESK_STORE": str(store)}
    return subprocess.Popen([sys.executable, "-m", "core", "backup", str(to), "--force", "--json"], cwd=REPOSITORY,
                            env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def reads(scope: Scope, going_on: Any) -> list[float]:
    """Seconds of each reading of the page for as long as something goes on, sorted."""
    taken = []
    while going_on():
        began = time.perf_counter()
        page(scope, QueueFilter())
        taken.append(time.perf_counter() - began)
    return sorted(taken)


def beside_backups(scope: Scope, configuration: Path, store: Path, what: str) -> None:
    with TemporaryDirectory(dir=FOLDER) as folder:
        for _round in range(ROUNDS):
            until = time.monotonic() + 5
            alone = reads(scope, lambda until=until: time.monotonic() < until)
            began = time.perf_counter()
            process = backing_up(configuration, store, Path(folder) / "backup")
            beside = reads(scope, lambda process=process: process.poll() is None)
            took, (printed, said) = time.perf_counter() - began, process.communicate()
            assert printed, said
            made = json.loads(printed)
            print(f"{what}: the page alone {told(alone)}; beside a backup {told(beside)}; the backup of "
                  f"{made['size'] / 2**20:,.0f} MB took {took:.1f} s, checking included, and held the store for "
                  f"{made['held_seconds'] * 1000:,.0f} ms")  # fmt: skip


def test_nobody_waits_long_for_a_backup() -> None:
    with copy_of_big_store() as store:
        configuration = backlogged(store.parent)
        scope = opened_desk(configuration, store).acting(f"ana@{DOMAIN}")
        print()
        beside_backups(scope, configuration, store, "quiet")
        with collecting(configuration, store) as process:
            beside_backups(scope, configuration, store, "while collecting")
            assert process.poll() is None, "the backlog was too short"


if __name__ == "__main__":
    test_nobody_waits_long_for_a_backup()
