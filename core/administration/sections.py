"""What can be set up, section by section: the table, what names a row of it, and what of the row people may change."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.store import Connection

Value = str | float
Row = dict[str, Value]
Key = tuple[Value, ...]
CONFIGURATION = "configuration"  # the actor behind what the file changed

CHANGED = """
SELECT before, after FROM setting_change WHERE section = $section AND actor <> $configuration ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A table; `key` names a row of it, `columns` (which the key begins) are what is kept before and after a change."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]

    def key_of(self, row: Row) -> Key:
        """What names this row."""
        return tuple(row[column] for column in self.key)

    def name_of(self, row: Row) -> str:
        """What names this row, in words."""
        return " · ".join(str(part) for part in self.key_of(row))

    @property
    def types(self) -> dict[str, str]:
        """Each column with its SQL type."""
        return {column: "DOUBLE" if column == "target_hours" else "VARCHAR" for column in self.columns}


SECTIONS = {
    each.table: each
    for each in (
        Section("person", ("email",), ("email", "name", "role")),
        Section("team", ("name",), ("name",)),
        Section("team_member", ("team", "email"), ("team", "email")),
        Section("mailbox", ("name",), ("name", "team", "target_hours")),
        Section("catalog", ("customer", "contract", "service"), ("customer", "contract", "service")),
    )
}


def written(row: Row | None) -> str | None:
    """A row as the history keeps it."""
    return None if row is None else json.dumps(row, ensure_ascii=False)


def read(text: str | None) -> Row | None:
    """A row from the history; None where there was none."""
    return None if text is None else dict(json.loads(text))


def settled_by_people(db: Connection, section: Section) -> set[Key]:
    """The keys that somebody changed, removed or added here: for these the configuration file no longer speaks."""
    return {section.key_of(row) for pair in _changed(db, section) for row in pair if row}


def renamed_by_people(db: Connection, section: Section) -> dict[Key, Key]:
    """Old keys with the newest ones."""
    now: dict[Key, Key] = {}
    for before, after in _changed(db, section):
        if before and after and section.key_of(before) != section.key_of(after):
            old, new = section.key_of(before), section.key_of(after)
            now = {first: new if last == old else last for first, last in now.items()} | {old: new}
    return now


def _changed(db: Connection, section: Section) -> Iterator[tuple[Row | None, Row | None]]:
    rows: Iterable[tuple[str | None, str | None]] = db.rows(CHANGED, section=section.table, configuration=CONFIGURATION)
    return ((read(before), read(after)) for before, after in rows)
