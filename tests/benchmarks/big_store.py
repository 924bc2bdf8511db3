"""Stores with up to a million messages, made set by set, in both homes.

A file is made once and kept in data/benchmarks for as long as the schema stays as it is; a lake is filled from that
file, once in a run of the benchmarks. `python -m tests.benchmarks.big_store PATH --messages N` makes one of your own.
"""

import argparse
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from core.store import Connection, sql
from core.store.schema import migrations
from tests.benchmarks.desks import ADDRESSES, MAILBOXES, WORDS, opened_desk, realistic_routes, written_desk
from tests.benchmarks.lakes import lakes
from tests.homes import Place
from tests.real_mail import REPOSITORY

MESSAGES = 1_000_000
FOLDER = REPOSITORY / "data" / "benchmarks"
SENDERS = [f"person{number}@company{number % 3000}.example" for number in range(2000)]
RECIPES = [Path(__file__).with_name(f"{name}.sql") for name in ("big_store", "big_store_by_hand")]
ROUTES = 500


def big_store(messages: int = MESSAGES) -> Path:
    """The file; benchmarks that write take a copy of it."""
    path = FOLDER / f"{_digest()}-{messages}.duckdb"
    if not _seconds(path).exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for outdated in (each for each in FOLDER.glob("*.duckdb*") if not each.name.startswith(_digest())):
            shutil.rmtree(outdated) if outdated.is_dir() else outdated.unlink()
        path.unlink(missing_ok=True)
        took = made_store(path, messages)
        _seconds(path).write_text(json.dumps({"made": took, "copied": _copied(path)}))
    return path


def made_store(path: Path, messages: int) -> float:
    """Makes a file of this many messages at a path where there is none; for how many seconds."""
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        desk = opened_desk(written_desk(Path(folder)), path, realistic_routes(ROUTES, SENDERS))
        desk.store.change(lambda db: _make(db, messages))
    took = time.perf_counter() - began
    print(f"made a store of {messages:,} messages, {path.stat().st_size / 2**20:,.0f} MB, in {took:.0f} s", flush=True)
    return took


def big_lake(messages: int = MESSAGES) -> Place:
    """The lake of this run with the same content."""
    source = big_store(messages)
    place, there = lakes().place(f"big{messages}")
    if not there:
        took = lakes().fill(place, source)
        print(f"filled a lake with {messages:,} messages in {took:.0f} s", flush=True)
    return place


def making(home: str, messages: int) -> dict[str, float]:
    """Seconds that making it took (`made`), and those of plainly copying a finished file (`copied`)."""
    if home == "lake":
        return {"made": lakes().seconds(big_lake(messages))}
    return dict(json.loads(_seconds(big_store(messages)).read_text()))


def big_place(home: str, messages: int = MESSAGES) -> Place:
    """A store that is only read."""
    return big_lake(messages) if home == "lake" else Place(str(big_store(messages)))


@contextmanager
def copy_of_big_place(home: str, messages: int = MESSAGES) -> Iterator[Place]:
    """A store to write to, gone in the end. Nobody in this process may have the lake open."""
    if home == "lake":
        with lakes().copy(big_lake(messages)) as place:
            yield place
    else:
        with copy_of_big_store(messages) as path:
            yield Place(str(path))


@contextmanager
def copy_of_big_store(messages: int = MESSAGES) -> Iterator[Path]:
    """A file to write to, gone in the end."""
    source = big_store(messages)
    with TemporaryDirectory(dir=FOLDER) as folder:
        copied = Path(shutil.copyfile(source, Path(folder) / "copy.duckdb"))
        with copied.open("rb") as file, suppress(OSError):
            os.fsync(file.fileno())  # now, not while something is measured
        yield copied


@contextmanager
def empty_place(home: str, name: str) -> Iterator[Place]:
    """Where nothing is stored yet."""
    if home == "lake":
        with lakes().empty() as place:
            yield place
    else:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=FOLDER) as folder:
            yield Place(str(Path(folder) / f"{name}.duckdb"))


def _make(db: Connection, messages: int) -> None:
    variables = {"messages": messages, "until": datetime.now(UTC).replace(tzinfo=None), "words": list(WORDS),
                 "mailboxes": list(MAILBOXES), "addresses": ADDRESSES}  # fmt: skip
    for name, value in variables.items():
        db.run(f"SET VARIABLE {name} = $value", value=value)
    for recipe in RECIPES:
        db.script(recipe.read_text())
    db.script(sql("keep_waiting_words"))


def _seconds(path: Path) -> Path:
    """What making it took; it is written last, so that a file without it is not whole."""
    return path.with_name(path.name + ".seconds")


def _copied(path: Path) -> float:
    """Seconds of copying all tables, as DuckDB does it by itself."""
    target = path.with_name(path.name + ".copied")
    target.unlink(missing_ok=True)
    store = Place(str(path)).opened()
    began = time.perf_counter()
    with store.reading() as db:
        name = db.value("SELECT current_database()")
        db.script(f"ATTACH '{target}' AS copied; COPY FROM DATABASE \"{name}\" TO copied; DETACH copied")
    target.unlink()
    return time.perf_counter() - began


def _digest() -> str:
    steps = [sql(name) for name in (*migrations().values(), "views", "keep_waiting_words")]
    texts = [*steps, *(each.read_text() for each in RECIPES), Path(__file__).with_name("desks.py").read_text()]
    return sha256("\0".join(texts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Makes a store to measure on: a year of mail of a large desk.")
    parser.add_argument("path", type=Path, nargs="?", help="a new file (otherwise that of the benchmarks)")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    given = parser.parse_args()
    if given.path and given.path.exists():
        parser.error(f"{given.path} is there already")
    if given.path:
        made_store(given.path, given.messages)
    else:
        print(big_store(given.messages))
