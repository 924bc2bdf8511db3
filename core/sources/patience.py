"""Work on the network that may never come back, and how long it is waited for."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from time import monotonic
from typing import TypeVar

from core.sources.source import Cancelled

Answer = TypeVar("Answer")
NAP = 0.2  # seconds until somebody who wants no more is noticed


class TooSlow(TimeoutError):
    """Something arrived all the time, but so little that waiting for the end of it makes no sense."""


def within(seconds: float, ended: Callable[[], bool], work: Callable[[], Answer],
           undo: Callable[[Answer], object]) -> Answer:  # fmt: skip
    """What `work` answers, done in a thread of its own, as looking up a name or a handshake can't be interrupted.

    Raises TooSlow when it takes longer, Cancelled when `ended`; what it answers too late is undone.
    """
    future: Future[Answer] = Future()
    until = monotonic() + seconds
    Thread(target=copy_context().run, args=(_fulfil, future, work), name="reaches a server", daemon=True).start()
    while not wait([future], NAP).done:
        if ended() or monotonic() > until:
            future.add_done_callback(lambda late: _undo(late, undo))
            raise Cancelled if ended() else TooSlow
    return future.result()


def _fulfil(future: "Future[Answer]", work: Callable[[], Answer]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # is raised again where it is waited for
        future.set_exception(error)


def _undo(late: "Future[Answer]", undo: Callable[[Answer], object]) -> None:
    with suppress(Exception):
        undo(late.result())
