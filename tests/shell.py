"""Verbs of the command line, run in this process: beginning another one takes longer than most verbs take.

What is about the process itself (a terminal, signals, being killed, a closed pipe) begins one: see test_commands.py.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from contextvars import copy_context
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from unittest.mock import patch

from core.__main__ import main


@dataclass(frozen=True)
class Done:
    """How a verb ended, and what it said."""

    returncode: int
    stdout_bytes: bytes
    stderr: str

    @property
    def stdout(self) -> str:
        return self.stdout_bytes.decode()


def run(arguments: tuple[str, ...], environment: Mapping[str, str]) -> Done:
    """`python -m core …` with exactly this environment, and nothing to read on standard input."""
    out, err, nothing = (TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _each in range(3))
    with (
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["python -m core", *arguments]),
        patch.object(sys, "stdin", nothing),
        redirect_stdout(out),
        redirect_stderr(err),
        _as_it_was(signal.SIGINT),
        _as_it_was(signal.SIGTERM),
    ):
        code = copy_context().run(_ended)  # the language that it speaks stays in there
    said, told = (stream.buffer.getvalue() for stream in (out, err))
    return Done(code, said, told.decode())


@contextmanager
def _as_it_was(number: signal.Signals) -> Iterator[None]:
    """Who collects listens to signals; a process of tests had its own ideas."""
    heard = signal.getsignal(number)
    try:
        yield
    finally:
        signal.signal(number, heard)


def _ended() -> int:
    try:
        return main()
    except SystemExit as ended:
        return int(ended.code or 0)
