"""One process that parses, as seen by the one that asks it."""

import os
import pickle
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from core.parsing.__main__ import OUT_OF_MEMORY
from core.parsing.bounds import Bounds, Refused, out_of_memory, out_of_time
from core.parsing.model import Limits, ParsedMessage

HOUSE = Path(__file__).parents[2]
PROGRAM = ("-m", "core.parsing")
# What is large goes back to the system when it is done with, however often that happens (mallopt(3)).
ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": str(2**20), "MALLOC_ARENA_MAX": "1"}
GRACE = 3.0  # seconds beyond its time after which a process that can't even stop itself is ended
START = 60.0  # seconds it may take to start and to take in what it is asked: the machine may have much else to do
LOOK = 0.5  # seconds between two looks at where it is
NOWHERE = 2**32 - 1
Message = tuple[bytes, datetime | None, bool, int, str]
"""Bytes, received_at (UTC), whether they are complete, the size on the server, the charset assumed: as for `parse`."""
Answer = ParsedMessage | Refused


class Ended(Exception):
    """The process has ended over what it was given: at which message (None: none in particular), and why."""

    def __init__(self, at: int | None, why: Refused) -> None:
        super().__init__(why.defect)
        self.at, self.why = at, why


class Child:
    """A process that parses; for one thread at a time."""

    def __init__(self, program: Sequence[str] = PROGRAM) -> None:
        self._place = _place()
        self._process = _started(program, self._place)
        self.waited = False  # for somebody to ask it, so that nobody saw how it went on

    def ask(self, messages: Sequence[Message], limits: Limits, bounds: Bounds) -> list[Answer]:
        """These messages parsed, in their order. Raises Ended; then there is no more to be asked of it."""
        process = self._process
        assert process.stdin and process.stdout
        os.pwrite(self._place, NOWHERE.to_bytes(4, "big"), 0)
        try:
            pickle.dump((bounds, limits, list(messages)), process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            self._wait(bounds)
            answers: list[Answer] = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            at = self._at()
            raise Ended(at if at < len(messages) else None, self._why(bounds)) from error
        return answers

    @property
    def lives(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
        os.close(self._place)

    def _wait(self, bounds: Bounds) -> None:
        """Until it answers. Raises Ended for one that stays at a message far beyond its time."""
        assert self._process.stdout
        answering = select.poll()
        answering.register(self._process.stdout, select.POLLIN)
        at, since = self._at(), time.monotonic()
        while not answering.poll(LOOK * 1000):
            if at != self._at():
                at, since = self._at(), time.monotonic()
            elif time.monotonic() - since > (START if at == NOWHERE else bounds.seconds + GRACE):
                raise Ended(at if at != NOWHERE else None, out_of_time(bounds))

    def _at(self) -> int:
        return int.from_bytes(os.pread(self._place, 4, 0), "big")

    def _why(self, bounds: Bounds) -> Refused:
        """Why it has ended by itself; or is about to end, as it no longer listens or answers."""
        try:
            code = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return Refused("parser_ended", "no answer")
        if code == OUT_OF_MEMORY:
            return out_of_memory(bounds)
        return Refused("parser_ended", f"signal {-code}" if code < 0 else f"exit {code}")


def _place() -> int:
    """A few bytes that both processes see: the number of the message it is at."""
    if sys.platform == "linux":
        return os.memfd_create("place")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _started(program: Sequence[str], place: int) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(HOUSE), *filter(None, [os.environ.get("PYTHONPATH")])])
    # -P: it must not take another core for this one where somebody works in such a folder.
    # In a session of its own, so that Ctrl-C reaches only the program that a person sees; it ends with its input.
    return subprocess.Popen([sys.executable, "-P", *program, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            env=os.environ | ALLOCATION | {"PYTHONPATH": path}, pass_fds=[place],
                            start_new_session=True)  # fmt: skip
