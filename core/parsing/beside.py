"""Parsing in a process of its own, so that a backlog is parsed while this process works on the store.

Python runs one thread at a time, so a second thread would only get in the way of the first.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from core.parsing.model import Limits, ParsedMessage

HOUSE = Path(__file__).parents[2]
PROGRAM = ("-m", "core.parsing")
MOST = 2  # processes for one mailbox: with two of them, parsing takes no longer than storing
Message = tuple[bytes, datetime | None, bool, int]
"""Bytes, received_at (UTC), whether they are complete, and the size on the server: as `parse` takes them."""


class ParserEnded(Exception):
    """The process that parses has ended over what it was given."""


class Beside:
    """A process that parses, started when it is first asked and again after it has ended; for one thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, which takes a moment, before there is something to parse."""
        self._process = self._process or _started()

    def parse(self, messages: Sequence[Message]) -> list[ParsedMessage | None]:
        """These messages parsed, in their order; None for one over which the process ended."""
        try:
            return [*self._asked(messages)]
        except ParserEnded:
            half = len(messages) // 2
            return [*self.parse(messages[:half]), *self.parse(messages[half:])] if half else [None]

    def _asked(self, messages: Sequence[Message]) -> list[ParsedMessage]:
        self.start()
        process = self._process
        assert process and process.stdin and process.stdout
        try:
            pickle.dump((self._limits, list(messages)), process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            parsed: list[ParsedMessage] = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self.close()
            raise ParserEnded from error
        return parsed

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.communicate()


class Several:
    """As many of these processes as there is room for, which share what there is to parse; for one thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._each: list[Beside] = []

    def start(self) -> None:
        """Start them, which takes a moment, before there is something to parse."""
        self._each = self._each or [Beside(self._limits) for _number in range(_room.take())]
        for one in self._each:
            one.start()

    def parse(self, messages: Sequence[Message]) -> list[ParsedMessage | None]:
        """These messages parsed, in their order; None for one over which a process ended."""
        self.start()
        parsed: list[ParsedMessage | None] = [None] * len(messages)
        count = len(self._each)
        with ThreadPoolExecutor(max_workers=count) as threads:
            shares = threads.map(lambda number: self._each[number].parse(messages[number::count]), range(count))
            for number, share in enumerate(shares):
                parsed[number::count] = share
        return parsed

    def close(self) -> None:
        """End them."""
        for one in self._each:
            one.close()
        _room.give_back(len(self._each))
        self._each = []


class _Room:
    """How many processes that parse this program may have: for half of the cores, but one for each who asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    def take(self) -> int:
        """How many to start."""
        with self._lock:
            count = max(1, min(MOST, (os.cpu_count() or 1) // 2 - self._taken))
            self._taken += count
        return count

    def give_back(self, count: int) -> None:
        with self._lock:
            self._taken -= count


_room = _Room()


def _started() -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(HOUSE), *filter(None, [os.environ.get("PYTHONPATH")])])
    # In a session of its own, so that Ctrl-C reaches only the program that a person sees; it ends with its input.
    return subprocess.Popen([sys.executable, *PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            env=os.environ | {"PYTHONPATH": path}, start_new_session=True)  # fmt: skip
