"""A store with a million messages, made once and kept in data/benchmarks for as long as the schema stays as it is.

`python -m tests.benchmarks.big_store` makes it and says where it is.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from core.store import Connection, sql
from core.store.schema import migrations
from tests.benchmarks.desks import ADDRESSES, MAILBOXES, WORDS, opened_desk, realistic_routes, written_desk
from tests.real_mail import REPOSITORY

MESSAGES = 1_000_000
FOLDER = REPOSITORY / "data" / "benchmarks"
SENDERS = [f"person{number}@company{number % 3000}.example" for number in range(2000)]
RECIPE = Path(__file__).with_suffix(".sql")


def big_store() -> Path:
    """The store; benchmarks that write take a copy of it."""
    path = FOLDER / f"{_digest()}.duckdb"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for outdated in (*FOLDER.glob("*.duckdb"), *FOLDER.glob("*.unfinished*")):
            outdated.unlink()
        began = time.perf_counter()
        unfinished = path.with_suffix(".unfinished")
        _fill(unfinished)
        unfinished.rename(path)
        print(f"made a store of {MESSAGES:,} messages, {path.stat().st_size / 2**20:,.0f} MB, "
              f"in {time.perf_counter() - began:.0f} s")  # fmt: skip
    return path


@contextmanager
def copy_of_big_store() -> Iterator[Path]:
    """A copy to write to, gone in the end."""
    source = big_store()
    with TemporaryDirectory(dir=FOLDER) as folder:
        yield Path(shutil.copyfile(source, Path(folder) / "copy.duckdb"))


def _fill(path: Path) -> None:
    desk = opened_desk(written_desk(FOLDER), path, realistic_routes(500, SENDERS))
    desk.store.change(_make)


def _make(db: Connection) -> None:
    variables = {"messages": MESSAGES, "until": datetime.now(UTC).replace(tzinfo=None), "words": list(WORDS),
                 "mailboxes": list(MAILBOXES), "addresses": ADDRESSES}  # fmt: skip
    for name, value in variables.items():
        db.run(f"SET VARIABLE {name} = $value", value=value)
    db.script(RECIPE.read_text())
    db.script(sql("keep_waiting_words"))


def _digest() -> str:
    steps = [sql(name) for name in (*migrations().values(), "views", "keep_waiting_words")]
    texts = [*steps, RECIPE.read_text(), Path(__file__).read_text(), Path(__file__).with_name("desks.py").read_text()]
    return sha256("\0".join(texts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    print(big_store())
