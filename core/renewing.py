"""Renewing what a process holds for a time, in a thread beside its work, as long as it holds anything."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

LOOKED_AT_WITHIN = 8  # parts of its time: so often it is asked whether something has to be renewed


class Renewed(Protocol):
    """What is held for `seconds` each time that it is renewed."""

    seconds: float

    @property
    def is_due(self) -> bool:
        """Whether it is time to renew it."""


Held = TypeVar("Held", bound=Renewed)


class Renewing(Generic[Held]):
    """Calls `renew` with all that is due at once, from a thread of its own; what it raises is tried again soon."""

    def __init__(self, renew: Callable[[list[Held]], None]) -> None:
        self._renew = renew
        self._lock = threading.Lock()
        self._held: list[Held] = []
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, held: Held) -> None:
        """Renew this from now on."""
        with self._lock:
            if held in self._held:
                return
            self._held.append(held)
            if self._thread is None or not self._thread.is_alive():  # a forked process has no thread
                self._thread = threading.Thread(target=self._go_on, name="renews leases", daemon=True)
                self._thread.start()
        self._changed.set()

    def remove(self, held: Held) -> None:
        """Renew this no more."""
        with self._lock:
            self._held = [each for each in self._held if each is not held]
        self._changed.set()

    def held(self) -> list[Held]:
        """What is held by this process."""
        with self._lock:
            return list(self._held)

    def _go_on(self) -> None:
        while held := self._held_now():
            self._changed.wait(min(each.seconds for each in held) / LOOKED_AT_WITHIN)
            self._changed.clear()
            if due := [each for each in self._held_now() if each.is_due]:
                with suppress(Exception):
                    self._renew(due)

    def _held_now(self) -> list[Held]:
        """What is held; the thread that finds nothing ends, and the next `add` begins another."""
        with self._lock:
            if not self._held:
                self._thread = None
            return list(self._held)
