"""What parsing one mail may cost, and what is said of a mail that would cost more."""

import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal, TypeVar

Answer = TypeVar("Answer")
Why = Literal["parser_time", "parser_memory", "parser_ended"]
AGAIN = 1.0  # seconds; what swallowed the first alarm is woken by the next
EXPENDABLE = "500"  # where the machine itself runs out of memory, it is this process that goes (proc(5), oom_score_adj)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much memory (bytes, of the whole process) and time (seconds, of one mail) parsing may take."""

    memory: int = 2**30
    seconds: float = 30


@dataclass(frozen=True, slots=True)
class Refused:
    """Instead of a parsed message: it took too long, too much memory, or the process with it."""

    code: Why
    detail: str

    @property
    def defect(self) -> str:
        """As it stands among the defects of a message."""
        return f"{self.code}: {self.detail}"


class OutOfTime(BaseException):
    """The time of a mail is over. No Exception: whoever expects those of a broken mail must not catch it."""


def hold_to(memory: int) -> None:
    """From now on this process has this much memory, in bytes; asking for more raises MemoryError."""
    with suppress(ValueError, OSError):  # where the system does not allow it, the time limit has to do
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


def be_expendable() -> None:
    """Let the system end this process rather than another, and leave no picture of its memory: it holds mail."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(EXPENDABLE)


def listen_for_alarm() -> None:
    """What `within` needs in this process, once."""
    signal.signal(signal.SIGALRM, _alarm)


def within(bounds: Bounds, work: Callable[[], Answer]) -> Answer | Refused:
    """What `work` answers, or why it was stopped."""
    try:
        signal.setitimer(signal.ITIMER_REAL, bounds.seconds, AGAIN)
        try:
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except OutOfTime:
        signal.setitimer(signal.ITIMER_REAL, 0)
        return out_of_time(bounds)
    except MemoryError:
        return out_of_memory(bounds)


def out_of_time(bounds: Bounds) -> Refused:
    """It took too long."""
    return Refused("parser_time", f"{bounds.seconds:g} s")


def out_of_memory(bounds: Bounds) -> Refused:
    """It took too much memory."""
    return Refused("parser_memory", f"{bounds.memory / 2**20:.0f} MiB")


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfTime
