"""The schema of each release as it was, so that every later version can be tried on the stores it left behind.

`python -m tests.releases 0.2.0` freezes that of a release, once, when it is made.
"""

import re
import sys
from pathlib import Path

from core.store import Connection, Store, sql
from core.store.schema import migrations

FOLDER = Path(__file__).parent / "released"
VIEWS = "views"
_STEP = re.compile(r"^-- ==== (\w+)\n", re.MULTILINE)


def released() -> list[str]:
    """The versions whose schema is kept here."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def steps_of(version: str) -> dict[str, str]:
    """What a release laid out in a new store: the text of each step by its name, in order, and of the views."""
    _head, *parts = _STEP.split((FOLDER / f"{version}.sql").read_text(encoding="utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def lay_out(store: Store, version: str) -> None:
    """A store as this release made it, without anything of today."""

    def work(db: Connection) -> None:
        db.run("CREATE TABLE migration (number INTEGER, name VARCHAR, applied_at TIMESTAMP)")
        for number, (name, text) in enumerate(steps_of(version).items(), 1):
            db.script(text)
            if name != VIEWS:
                db.run("INSERT INTO migration VALUES ($number, $name, now()::TIMESTAMP)", number=number, name=name)

    # As no version of today opens it: that would bring it up to date.
    with store._home.writing(), store._home.connection() as connection:
        connection.begin()
        work(connection)
        connection.run("COMMIT")


def freeze(version: str) -> Path:
    """Keep the schema as it is now as that of a release. Raises FileExistsError: a release is never changed."""
    path = FOLDER / f"{version}.sql"
    parts = [f"-- ==== {name}\n{sql(name)}" for name in (*migrations().values(), VIEWS)]
    with path.open("x", encoding="utf-8") as file:
        file.write(f"-- What {version} lays out in a new store; never changed (tests/releases.py).\n" + "".join(parts))
    return path


if __name__ == "__main__":
    print(freeze(sys.argv[1]))
