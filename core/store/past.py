"""A lake as it was at a moment. DuckLake keeps each change as a snapshot; `maintain` lets the old ones go."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

import duckdb

from core.errors import NotAllowed, StoreProblem
from core.language import _
from core.store.connection import Connection
from core.store.copying import Progress
from core.store.extensions import in_memory
from core.store.lake_address import LakeAddress
from core.store.lake_problems import lake_problem
from core.store.problems import first_line
from core.store.reading_lake import OneEach
from core.store.schema import has_views, migrations
from core.store.statements import sql

PAST = "past"  # the name under which it is attached
BEFORE = "no snapshot found"
OLDEST = "SELECT (min(snapshot_time) AT TIME ZONE 'UTC')::TIMESTAMP FROM ducklake_snapshots('past')"
LAID = "SELECT count(*) FROM duckdb_tables() WHERE database_name = $name AND table_name = 'migration'"


class PastHome:
    """The lake at an address, as it was at a moment (UTC)."""

    def __init__(self, address: LakeAddress, moment: datetime) -> None:
        self._address, self._moment = address, moment
        self._each = OneEach()
        self._root: duckdb.DuckDBPyConnection | None = None
        self._views = ""
        self._opening = threading.Lock()

    def __str__(self) -> str:
        return str(self._address)

    @contextmanager
    def connection(self, background: bool = False) -> Iterator[Connection]:
        """A connection that sees that moment; inside another one of the same thread it is that one."""
        with self._each.connection(self._cursor) as connection:
            yield connection

    def writing(self) -> AbstractContextManager[object]:
        """Nobody does. Raises NotAllowed."""
        raise self._refusal()

    def laid_out(self, connection: Connection) -> None:
        """The past is never laid out anew. Raises NotAllowed."""
        raise self._refusal()

    def rest(self) -> None:
        """Nobody waits for the past."""

    def lingering(self) -> AbstractContextManager[None]:
        """It stays attached."""
        return nullcontext()

    def let_go(self) -> None:
        """Nobody waits for the past."""

    def copy_to(self, target: Path, progress: Progress) -> float:
        """Only today's desk is copied. Raises NotAllowed."""
        raise self._refusal()

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Nobody waits for the past."""
        return self.connection()

    def now(self) -> datetime:
        """The past stands still."""
        return self._moment

    def compact(self) -> tuple[int, int]:
        """The past can't be written anew. Raises NotAllowed."""
        raise self._refusal()

    def attaching(self, name: str, writable: bool) -> Iterator[str]:
        """What attaches it elsewhere under a name; only to be read."""
        return self._address.statements(name, f"SNAPSHOT_TIME '{self._moment:%Y-%m-%d %H:%M:%S.%f}+00', READ_ONLY")

    def at(self, moment: datetime) -> "PastHome":
        """The same lake at another moment."""
        return PastHome(self._address, moment)

    def problem_of(self, error: BaseException) -> StoreProblem | None:
        """The catalog, the data or the memory as what is to blame."""
        return lake_problem(error, self._address)

    def _refusal(self) -> NotAllowed:
        told = _("This is the desk as it was on {moment:%Y-%m-%d %H:%M} UTC; what is past can't be changed.")
        return NotAllowed(told.format(moment=self._moment), _("Go back to the desk of today for that."))

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        try:
            with self._opening:
                self._root = self._root or self._opened()
                made = self._root.cursor()
            made.execute(f"USE {PAST}")
            if self._views:
                made.execute(self._views)
        except duckdb.Error as error:
            if BEFORE in str(error).lower():
                raise self._too_early() from error
            raise lake_problem(error, self._address) or StoreProblem(
                _("The store {path} can't be opened: {why}.").format(path=self, why=first_line(error))
            ) from error
        return made

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """Attached, if it was a desk by then, with the tables that this version reads."""
        root = in_memory()
        for statement in self.attaching(PAST, writable=False):
            root.execute(statement)
        asked = Connection(root.cursor())
        asked.script(f"USE {PAST}")
        if not asked.value(LAID, name=PAST) or not asked.value("SELECT count(*) FROM migration"):
            raise self._too_early()
        if asked.value("SELECT max(number) FROM migration") != max(migrations()):
            raise StoreProblem(
                _("On {moment:%Y-%m-%d %H:%M} UTC an older version of Straydesk wrote this store; this one can't read "
                  "what it was then.").format(moment=self._moment),
                _("Choose a moment after the upgrade."))  # fmt: skip
        if not has_views(asked):
            self._views = sql("views").replace("CREATE OR REPLACE VIEW", "CREATE OR REPLACE TEMP VIEW")
        return root

    def _too_early(self) -> StoreProblem:
        """How far back one can go."""
        with closing(in_memory()) as root:
            for statement in self._address.statements(PAST, "READ_ONLY"):
                root.execute(statement)
            oldest = Connection(root.cursor()).value(OLDEST)
        return StoreProblem(
            _("The store knows nothing of {moment:%Y-%m-%d %H:%M} UTC: what it still knows begins on "
              "{oldest:%Y-%m-%d %H:%M} UTC.").format(moment=self._moment, oldest=oldest),
            _("How many days are kept is set by snapshot_days of [maintain]; what is gone is gone."),
        )  # fmt: skip
