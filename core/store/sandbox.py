"""Where SQL that people write is run: a DuckDB of its own, in memory, that has the tables of one question and no more.

It can't open files, the network, other databases or extensions, can't see Python's variables, and none of that can be
switched on again. The store is not in it: what a person may not see is not kept from the question, it is not there.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from core.errors import InvalidInput, TooMuch
from core.language import _
from core.store.connection import Connection
from core.store.problems import first_line

CELLS = 20_000_000  # of an answer: beyond, a frame is not what is wanted
CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "1GB",
}
LOCKED = "SET lock_configuration = true"
# Which columns a question reads is asked of empty tables, so nothing may be concluded from there being no rows.
ASKED = "SET explain_output = 'physical_only'; SET disabled_optimizers = 'statistics_propagation,empty_result_pullup'; "
Columns = Mapping[str, Mapping[str, str]]
"""Tables by name: their columns with their SQL types."""


class Sandbox:
    """Answers questions about tables that are known by their `columns`, given what is in them."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._empty = duckdb.connect(":memory:", config=CLOSED)
        for name, types in columns.items():
            told = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
            self._empty.execute(f'CREATE TABLE "{name}" ({told})')
        self._shapes = {name: self._empty.table(name).to_arrow_table().schema for name in columns}
        self._empty.execute(ASKED + LOCKED)

    def reads(self, question: str, parameters: Mapping[str, Any]) -> dict[str, list[str]]:
        """Which columns of which tables a question needs. Raises InvalidInput for all but one statement that reads."""
        asked = _one_that_reads(question)
        try:
            plans = self._empty.execute(f"EXPLAIN (FORMAT json) {asked}", dict(parameters) or None).fetchall()
        except duckdb.Error as error:
            raise _refusal(error) from error
        found: dict[str, set[str]] = {}
        for scan in (each for _kind, plan in plans for node in json.loads(plan) for each in _nodes(node)):
            name = str(scan.get("Table", "")).rpartition(".")[2].strip('"')
            if name in self._columns:
                said = f"{scan.get('Projections')} {scan.get('Filters')}"
                found.setdefault(name, set()).update(each for each in self._columns[name] if each in said)
        return {name: [each for each in self._columns[name] if each in wanted] for name, wanted in found.items()}

    def answer(self, question: str, parameters: Mapping[str, Any], tables: Mapping[str, pa.Table],
               seconds: float) -> pd.DataFrame:  # fmt: skip
        """The answer, given the rows of the columns that it `reads`. Raises InvalidInput, TooMuch."""
        raw = duckdb.connect(":memory:", config=CLOSED)
        try:
            for name, shape in self._shapes.items():
                raw.register(name, _whole(tables.get(name), shape))
            raw.execute(LOCKED)
            with Connection(raw).within(seconds):
                return _frame(raw.execute(_one_that_reads(question), dict(parameters) or None))
        except duckdb.OutOfMemoryException as error:
            raise TooMuch(_("This needs more than {size:,.0f} MB in memory.").format(size=1000)) from error
        except duckdb.Error as error:
            raise _refusal(error) from error
        finally:
            raw.close()


def _whole(table: pa.Table | None, shape: pa.Schema) -> pa.Table:
    """A table with all its columns, so that a question may name them; those that it does not read are empty."""
    if table is None:
        return shape.empty_table()
    given = set(table.column_names)
    return pa.table({each.name: table[each.name] if each.name in given else pa.nulls(len(table), each.type)
                     for each in shape})  # fmt: skip


def _one_that_reads(question: str) -> str:
    try:
        statements = duckdb.extract_statements(question)
    except duckdb.Error as error:
        raise _refusal(error) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InvalidInput(
            _("Only one statement that reads can be asked here."), _("Begin it with SELECT, WITH or FROM.")
        )
    return statements[0].query


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What each step of a plan says about itself."""
    yield node.get("extra_info", {})
    for child in node.get("children", ()):
        yield from _nodes(child)


def _frame(answer: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The answer as a frame, as far as that is no larger than anybody can look at."""
    chunks = [answer.fetch_df_chunk(20)]
    cells = chunks[0].size
    while len(chunks[-1]):
        chunks.append(answer.fetch_df_chunk(20))
        cells += chunks[-1].size
        if cells > CELLS:
            raise TooMuch(_("The answer has more than {count:,} values.").format(count=CELLS),
                          _("Group or filter it, or take a publication."))  # fmt: skip
    return chunks[0] if len(chunks) < 3 else pd.concat(chunks[:-1], ignore_index=True)


def _refusal(error: duckdb.Error) -> InvalidInput:
    return InvalidInput(_("This can't be asked: {why}.").format(why=first_line(error)))
