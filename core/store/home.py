"""What a home of the store offers: a file on this machine (file.py), or a lake that many machines share (lake.py)."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from core.errors import StoreProblem
from core.store.connection import Connection
from core.store.copying import Progress


class Home(Protocol):
    """Where the tables live."""

    def __str__(self) -> str:
        """Its place, as people may see it: without passwords."""

    def connection(self, background: bool = False) -> AbstractContextManager[Connection]:
        """An open connection; inside another one of the same thread it is that one. Raises StoreBusy, StoreProblem."""

    def writing(self) -> AbstractContextManager[object]:
        """In here it is this thread's turn to write: side by side, writers would only conflict and try again."""

    def laid_out(self, connection: Connection) -> None:
        """Called when tables were made: whatever the home needs to know of them."""

    def rest(self) -> None:
        """Leave the store to people, where work in the background keeps it from them."""

    def lingering(self) -> AbstractContextManager[None]:
        """In here the store may stay open between changes of the background."""

    def let_go(self) -> None:
        """Close what was left open."""

    def copy_to(self, target: Path, progress: Progress) -> float:
        """Write all of it into a new DuckDB file; answers for how many seconds others had to wait."""

    def compact(self) -> tuple[int, int]:
        """Give back the room that removed rows left; answers the bytes before and after."""

    def problem_of(self, error: BaseException) -> StoreProblem | None:
        """An error of DuckDB as a StoreProblem, if the home is to blame and not the statement."""
