"""Progress bars on a terminal, and being asked to end in the middle of it."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from core.collecting import Progress as Advance
from core.commands.printing import folded

NAP = 0.2  # seconds until a request to end is noticed


class Stopped(BaseException):
    """Somebody asked to end. No Exception, so that nothing on the way takes it for a mailbox's problem."""


class Ending:
    """Notices SIGINT and SIGTERM, so that work ends between two steps; a second SIGINT ends at once."""

    def __init__(self) -> None:
        self.asked = False  # no threading.Event: setting one in a signal handler can lock against waiting for it
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def rest(self, seconds: float) -> None:
        """Sleep, but not beyond being asked to end."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(NAP, left))


@contextmanager
def bars(ending: Ending | None = None) -> Iterator[Advance]:
    """A bar for each mailbox at work, on standard error if that is a terminal, from any thread.

    Advancing raises Stopped once `ending` was asked for.
    """
    shown = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}

    def advance(name: str, done: int, total: int) -> None:
        if ending and ending.asked:
            raise Stopped
        if name not in tasks:
            tasks[name] = shown.add_task(folded(name), total=total)
        shown.update(tasks[name], completed=done, total=total, visible=done < total)

    with shown:
        yield advance
