"""The SQL of the desk lives in files; this is where it is read."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "sql"


@cache
def sql(name: str) -> str:
    """The text of `core/sql/<name>.sql`."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def quoted(text: str) -> str:
    """As a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
