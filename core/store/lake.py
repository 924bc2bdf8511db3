"""The home beyond one machine: DuckLake, its catalog in PostgreSQL, its data as Parquet in a folder or on S3.

Any number of processes on any number of machines work on it at once, each with one DuckDB in memory that has the lake
attached; every connection is a cursor of it. Readers see a snapshot and never wait. Writers take turns across machines
(turns.py): DuckLake finds out that two have changed the same rows, but not that two have inserted the same.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

import duckdb
import tenacity

from core.errors import StoreBusy, StoreProblem
from core.language import _
from core.store.connection import Connection
from core.store.copying import Progress
from core.store.extensions import in_memory
from core.store.file import FileHome
from core.store.home import Home
from core.store.lake_address import LakeAddress
from core.store.lake_catalog import furnish
from core.store.lake_problems import is_being_born, is_lost, lake_problem
from core.store.moving import move
from core.store.past import PastHome
from core.store.problems import first_line
from core.store.reading_lake import OneEach
from core.store.turns import CLOCK, Turns
from core.store.upkeep import extent, mark

LAKE = "desk"  # the name under which the lake is attached
# Of several programs that begin on an empty database at once, one makes the catalog; the others find it a moment later.
_at_birth = tenacity.Retrying(
    retry=tenacity.retry_if_exception(is_being_born), wait=tenacity.wait_random(0.1, 0.5),
    stop=tenacity.stop_after_attempt(20), reraise=True,
)  # fmt: skip
_attached: dict[LakeAddress, "_Attached"] = {}
_attaching = threading.Lock()


class _Attached:
    """The DuckDB of this process in which a lake is attached."""

    def __init__(self, address: LakeAddress) -> None:
        self._root = _at_birth(_opened, address)
        self.turns = Turns(self._root, address)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection with temporary tables and a transaction of its own."""
        made = self._root.cursor()
        made.execute(f"USE {LAKE}")
        return made


def _opened(address: LakeAddress) -> duckdb.DuckDBPyConnection:
    root = in_memory()
    for statement in address.statements(LAKE):
        root.execute(statement)
    return root


class LakeHome:
    """The lake at an address."""

    def __init__(self, location: str, data: str) -> None:
        self._address = LakeAddress.of(location, data)
        self._each = OneEach()

    def __str__(self) -> str:
        return str(self._address)

    @contextmanager
    def connection(self, background: bool = False) -> Iterator[Connection]:
        """A connection to the lake; inside another one of the same thread it is that one. Raises StoreProblem."""
        instance = self._instance()
        try:
            with self._each.connection(instance.cursor) as connection:
                yield connection
        except duckdb.Error as error:
            if is_lost(error):
                self._forget_if_lost(instance, error)
            raise

    @contextmanager
    def writing(self) -> Iterator[None]:
        """In here nobody else on any machine writes. Raises StoreBusy, StoreProblem."""
        with ExitStack() as turn:
            for may_be_stale in (True, False):
                instance = self._instance()
                try:
                    turn.enter_context(instance.turns.taken())
                    break
                except duckdb.Error as error:
                    self._forget_if_lost(instance, error)
                    # Nothing was done yet: where it is only that PostgreSQL was started anew, nobody need notice.
                    if not (may_be_stale and is_lost(error)):
                        raise self._failed(error) from error
            yield

    def laid_out(self, connection: Connection) -> None:
        """Let the catalog know what it needs of the tables, and say beside the data whose they are."""
        furnish(connection)
        mark(connection)

    def rest(self) -> None:
        """Those who wait for their turn get it in the order in which they came."""

    def lingering(self) -> AbstractContextManager[None]:
        """The lake always stays attached."""
        return nullcontext()

    def let_go(self) -> None:
        """Nobody waits for what is attached here."""

    def copy_to(self, target: Path, progress: Progress) -> float:
        """All of it as it is at one moment, into a new DuckDB file, compared row by row. Nobody has to wait."""
        with self.connection() as connection:
            size = extent(connection).bytes
        move(self, FileHome(target), lambda done, total: progress(size * done // max(total, 1), size))
        return 0.0

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Nobody waits for readers here."""
        return self.connection()

    def compact(self) -> tuple[int, int]:
        """Room is given back by `maintain` here, while others work. Raises StoreProblem."""
        raise StoreProblem(_("A shared store gives room back by itself."), _("Run `python -m core maintain`."))

    def now(self) -> datetime:
        """That of PostgreSQL, as the clocks of the machines may differ."""
        try:
            with self.connection() as connection:
                at: datetime = connection.value(CLOCK)
                return at
        except duckdb.Error as error:
            raise self._failed(error) from error

    def attaching(self, name: str, writable: bool) -> Iterator[str]:
        """What attaches it elsewhere under a name."""
        return self._address.statements(name, "" if writable else "READ_ONLY")

    def at(self, moment: datetime) -> Home:
        """The lake as it was at a moment (UTC), only to be read."""
        return PastHome(self._address, moment)

    def problem_of(self, error: BaseException) -> StoreProblem | None:
        """The catalog, the data or the memory as what is to blame."""
        return lake_problem(error, self._address)

    def _failed(self, error: duckdb.Error) -> StoreProblem:
        """What is told where the lake can't be attached or asked."""
        return lake_problem(error, self._address) or StoreProblem(
            _("The store {path} can't be opened: {why}.").format(path=self, why=first_line(error))
        )

    def _instance(self) -> _Attached:
        """What is attached, or attached anew. Raises StoreBusy, StoreProblem."""
        with _attaching:
            try:
                if self._address not in _attached:
                    _attached[self._address] = _Attached(self._address)
            except duckdb.Error as error:
                raise self._failed(error) from error
            return _attached[self._address]

    def _forget_if_lost(self, instance: _Attached, error: duckdb.Error) -> None:
        """Attach it anew at the next use, if this one is of no more use and nobody has done so already."""
        if not isinstance(lake_problem(error, self._address), StoreBusy):
            with _attaching:
                if _attached.get(self._address) is instance:
                    del _attached[self._address]


def forget(location: str, data: str) -> None:
    """Let go of a lake, so that this process has no connection to its catalog any more."""
    with _attaching:
        _attached.pop(LakeAddress.of(location, data), None)
