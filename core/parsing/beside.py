"""Parsing in a process of its own, so that a backlog is parsed while this process works on the store.

Python runs one thread at a time, so a second thread would only get in the way of the first.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from core.parsing.model import Limits, ParsedMessage

HOUSE = Path(__file__).parents[2]
PROGRAM = ("-m", "core.parsing")
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


def _started() -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(HOUSE), *filter(None, [os.environ.get("PYTHONPATH")])])
    # In a session of its own, so that Ctrl-C reaches only the program that a person sees; it ends with its input.
    return subprocess.Popen([sys.executable, *PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            env=os.environ | {"PYTHONPATH": path}, start_new_session=True)  # fmt: skip
