"""One open connection to the store, speaking pandas and plain Python values."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

type_of = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "UUID": pa.string(), "TIMESTAMP": pa.timestamp("us"),
           "DOUBLE": pa.float64()}  # fmt: skip


class Connection:
    """What core works with while the store is open; statements take `$named` parameters."""

    def __init__(self, raw: duckdb.DuckDBPyConnection) -> None:
        self._raw = raw
        self._at_one_moment = False

    def see_one_moment(self) -> None:
        """From here on, until a transaction begins, all statements see the store as it is now."""
        self._raw.execute("BEGIN TRANSACTION")
        self._at_one_moment = True

    def begin(self) -> None:
        """Begin a transaction; it sees the store as it is now."""
        if self._at_one_moment:
            self._at_one_moment = False
            self._raw.execute("COMMIT")
        self._raw.execute("BEGIN TRANSACTION")

    def run(self, statement: str, **parameters: Any) -> int:
        """Run one statement and answer how many rows it changed."""
        answer = self._raw.execute(statement, parameters or None).fetchone()
        return int(answer[0]) if answer and isinstance(answer[0], int) else 0

    def script(self, statements: str) -> None:
        """Run several statements that take no parameters."""
        self._raw.execute(statements)

    def rows(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Every row of the answer."""
        return self._raw.execute(statement, parameters or None).fetchall()

    def one(self, statement: str, **parameters: Any) -> tuple[Any, ...] | None:
        """The first row of the answer, or None."""
        return self._raw.execute(statement, parameters or None).fetchone()

    def value(self, statement: str, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.one(statement, **parameters)
        return row[0] if row else None

    def records(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every row of the answer as a dictionary by column name."""
        answer = self._raw.execute(statement, parameters or None)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def frame(self, statement: str, **parameters: Any) -> pd.DataFrame:
        """The answer as a frame."""
        return self._raw.execute(statement, parameters or None).df()

    def accepts(self, pattern: str) -> bool:
        """Whether this is a pattern that routes can use (RE2)."""
        # An error would spoil the caller's transaction, so it is caught inside the statement.
        return bool(self.value("SELECT try(regexp_matches('', p)) IS NOT NULL FROM (SELECT $pattern AS p)",
                               pattern=pattern))  # fmt: skip

    def temporary(self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        """Lay rows out as a temporary table (`columns`: name → SQL type), replacing one of that name."""
        self.lay(name, LaidOut(columns, rows))

    def lay(self, name: str, laid_out: "LaidOut") -> None:
        """The same for rows that were laid out before the store was opened.

        The statement is built from column names and types that core itself writes, never from input.
        """
        casts = ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in laid_out.columns.items())
        self._raw.register("laid_out", laid_out.table)
        self._raw.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT {casts} FROM laid_out')  # noqa: S608
        self._raw.unregister("laid_out")

    def show(self, name: str, table: pa.Table) -> None:
        """The rows under a name that statements can read, without a copy; the types are Arrow's: a UUID is text."""
        self._raw.register(name, table)

    def joined(self, statement: str, **parameters: Any) -> bytes:
        """The first column of the answer, bytes, one row behind the other; far quicker than row by row."""
        found = self._raw.execute(statement, parameters or None).to_arrow_table()
        return b"".join(_bytes_of(chunk) for chunk in found.column(0).chunks)

    def close(self) -> None:
        """Let go of the store."""
        self._raw.close()


class LaidOut:
    """Rows by column, as the store takes them; `columns`: name → SQL type."""

    def __init__(self, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
        self.columns = columns
        self.table = pa.table({column: _array([row[place] for row in rows], kind)
                               for place, (column, kind) in enumerate(columns.items())})  # fmt: skip


class Pieces:
    """Byte strings cut up (columns place, from 0, part, from 1, and content), without another copy of a large one."""

    def __init__(self, whole: Sequence[bytes], size: int) -> None:
        counts = [-(-len(content) // size) or 1 for content in whole]
        offsets = array("q", [0])
        for content in whole:
            start, end = offsets[-1], offsets[-1] + len(content)
            offsets.extend(range(start + size, end, size))
            offsets.append(end)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(whole))]
        contents = pa.Array.from_buffers(pa.large_binary(), sum(counts), buffers)
        places = pa.array(array("q", chain.from_iterable(repeat(place, n) for place, n in enumerate(counts))))
        parts = pa.array(array("q", chain.from_iterable(range(1, n + 1) for n in counts)))
        self.table = pa.table({"place": places, "part": parts, "content": contents})


def _bytes_of(chunk: pa.Array) -> bytes:
    """The values of a chunk of bytes, one behind the other, as they lie in its buffer."""
    if not len(chunk):
        return b""
    chunk = chunk.cast(pa.large_binary())
    offsets = memoryview(chunk.buffers()[1]).cast("q")
    return bytes(memoryview(chunk.buffers()[2] or b"")[offsets[chunk.offset] : offsets[chunk.offset + len(chunk)]])


def _array(values: list[Any], kind: str) -> pa.Array:
    """Values as an Arrow array; the type is named where an empty or all-NULL column would leave it open."""
    if kind.endswith("[]"):
        return pa.array(values, pa.list_(type_of.get(kind[:-2], pa.string())))
    known = {"BOOLEAN": pa.bool_(), "BLOB": pa.binary(), "INTEGER": pa.int64(), "UBIGINT": pa.uint64()}
    return pa.array(values, known.get(kind) or type_of[kind])
