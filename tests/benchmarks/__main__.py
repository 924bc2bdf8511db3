"""`make bench`: measures what DESIGN §9 names in both homes, and prints one table of it.

Each benchmark runs in a process of its own; one that fails or never ends costs only its own rows. A whole run (all
sizes, both homes) is written to docs/: benchmarks.json, benchmarks.md, benchmarks.png and the figures in scale.md.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.lakes import ended, environment, started
from tests.benchmarks.report import Run, printed, written
from tests.benchmarks.results import missed, written_down
from tests.real_mail import REPOSITORY

# In this order: what only reads, then what has the disk and both processors busy.
BENCHMARKS = ("stores", "routing", "recommending", "queue", "memory", "collecting")
HOMES = ("file", "lake")
SIZES = (10_000, 100_000, 1_000_000)
PATIENCE = 900  # seconds for each


def main() -> int:
    """Answers 0 if all was measured, whether bars are met or not; 1 otherwise."""
    given = _arguments()
    run, failed = Run.begun(), []
    with TemporaryDirectory() as folder, _lakes(given.homes) as told:
        results = Path(folder) / "results.jsonl"
        for home in given.homes:
            for name in given.only:
                if not _measured(name, home, given.sizes, results, told):
                    failed.append(f"{name} ({home})")
        run = run.over(written_down(results), failed)
    printed(run)
    whole = (given.homes, given.only) == (HOMES, BENCHMARKS) and set(SIZES) <= set(given.sizes)
    if given.to or (whole and not failed):
        written(run, given.to or REPOSITORY / "docs")
    print(f"{len(missed(run.results))} bars missed, {run.minutes:.0f} minutes"
          + "".join(f"; {each} failed" for each in failed))  # fmt: skip
    return bool(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="messages stored, by comma")
    parser.add_argument("--homes", type=_names(HOMES), default=HOMES, help="file, lake")
    parser.add_argument("--only", type=_names(BENCHMARKS), default=BENCHMARKS, help=", ".join(BENCHMARKS))
    parser.add_argument("--to", type=Path, help="write the documents there, whole or not")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(each) for each in text.split(",")))


def _names(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    def chosen(text: str) -> tuple[str, ...]:
        if unknown := set(text.split(",")) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose of {', '.join(known)}")
        return tuple(each for each in known if each in text.split(","))

    return chosen


@contextmanager
def _lakes(homes: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
    """What tells the benchmarks of the one PostgreSQL of this run, if there is a lake in it."""
    if "lake" not in homes:
        yield {}
        return
    server, folder = started()
    try:
        yield environment(server, folder)
    finally:
        ended(server, folder)


def _measured(name: str, home: str, sizes: tuple[int, ...], results: Path, told: Mapping[str, str]) -> bool:
    print(f"— {name}, {home}", flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.benchmarks.measuring", name, home, ",".join(map(str, sizes)), str(results)]
    # A session of its own, so that what a benchmark has started ends with it.
    process = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | dict(told), start_new_session=True)
    try:
        code: int | None = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code:
        print(f"{name} on the {home} failed", flush=True)
    elif code is None:
        print(f"{name} on the {home} was not over after {PATIENCE} s", flush=True)
    print(f"  {time.monotonic() - began:.0f} s", flush=True)
    return code == 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that PostgreSQL ends too
    sys.exit(main())
