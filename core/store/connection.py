"""One open connection to the store, speaking pandas and plain Python values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from core.errors import StoreProblem, TooMuch, TooSlow
from core.language import _
from core.store.laid_out import LaidOut
from core.store.problems import first_line
from core.store.statements import quoted

AT_ONCE = 50_000  # rows
_FULL = re.compile(r"no space left|quota exceeded|file too large", re.IGNORECASE)


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

    def lay(self, name: str, laid_out: LaidOut) -> None:
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

    def table(self, statement: str, most: int, **parameters: Any) -> pa.Table:
        """The answer as it comes from the store, without a row of Python; raises TooMuch beyond so many bytes."""
        reader = self._raw.execute(statement, parameters or None).to_arrow_reader(AT_ONCE)
        batches, size = [], 0
        for batch in reader:
            batches.append(batch)
            size += batch.nbytes
            if size > most:
                raise TooMuch(_("This needs more than {size:,.0f} MB in memory.").format(size=most / 2**20))
        return pa.Table.from_batches(batches, reader.schema)

    def columns(self, statement: str, **parameters: Any) -> dict[str, str]:
        """The columns of an answer with their SQL types, in order."""
        answer = self._raw.execute(statement, parameters or None)
        return {str(name): str(kind) for name, kind, *_rest in answer.description or []}

    def write_parquet(self, query: str, path: Path, group: int, **parameters: Any) -> int:
        """Write an answer into a new Parquet file, in groups of so many rows; how many it has. StoreProblem."""
        try:
            how = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group:d})"
            return self.run(f"COPY ({query}) TO {quoted(str(path))} {how}", **parameters)
        except duckdb.IOException as error:
            if str(path) not in str(error) and not _FULL.search(str(error)):
                raise
            raise StoreProblem(_("{path} can't be written: {reason}.").format(path=path, reason=first_line(error)),
                               _("Make room there, or name another place.")) from error  # fmt: skip

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """What is read in here is all as of one moment; nothing can be written."""
        if self._at_one_moment:
            yield
            return
        self.script("BEGIN TRANSACTION READ ONLY")
        try:
            yield
        finally:
            with suppress(duckdb.Error):  # it may have been broken off, and the transaction with it
                self.script("ROLLBACK")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What runs in here is broken off after so many seconds. Raises TooSlow."""
        clock = Timer(seconds, self._raw.interrupt)
        clock.daemon = True
        clock.start()
        try:
            yield
        except duckdb.InterruptException as error:
            raise TooSlow(_("This took longer than {seconds:g} s.").format(seconds=seconds)) from error
        finally:
            clock.cancel()

    def roll_back(self) -> None:
        """Undo the transaction; a failed commit or a lost connection has already done so, which is no news."""
        with suppress(duckdb.Error):
            self._raw.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the store."""
        self.roll_back()  # where a catalog is lost, closing with a transaction left open would end the whole process
        self._raw.close()


def _bytes_of(chunk: pa.Array) -> bytes:
    """The values of a chunk of bytes, one behind the other, as they lie in its buffer."""
    if not len(chunk):
        return b""
    chunk = chunk.cast(pa.large_binary())
    offsets = memoryview(chunk.buffers()[1]).cast("q")
    return bytes(memoryview(chunk.buffers()[2] or b"")[offsets[chunk.offset] : offsets[chunk.offset + len(chunk)]])
