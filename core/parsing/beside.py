"""Parsing in processes of their own: whatever a mail does to its parser, this process goes on.

It is also quicker so: Python runs one thread at a time, and while they parse a backlog, this process works on the
store. They stay for the next portion, run or page, and end with this process or when nobody has asked for a while.
"""

import atexit
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from core.parsing.bounds import Bounds, Refused
from core.parsing.child import PROGRAM, Answer, Child, Ended, Message
from core.parsing.model import Limits

MOST = 2  # processes for one portion: with two of them, parsing takes no longer than storing
MANY = 100  # messages that are worth a second process


class Pool:
    """The processes of a program that parse; any number of threads may ask, and share them."""

    def __init__(self, program: Sequence[str] = PROGRAM) -> None:
        self._program = program
        self._cores = os.cpu_count() or 1
        self._turn = threading.Condition()
        self._idle: list[Child] = []
        self._busy = 0

    def warm_up(self) -> None:
        """Have one at hand, which takes a moment, before there is something to parse."""
        self._give_back(self._taken())

    def parse(self, messages: Sequence[Message], limits: Limits, bounds: Bounds, fresh: bool = False) -> list[Answer]:
        """These messages parsed, in their order; `fresh`: by a process that has parsed nothing before."""
        if not messages:
            return []
        with self._room(MOST if len(messages) >= MANY else 1) as count:
            if count == 1:
                return [*self._asked(messages, limits, bounds, fresh)]
            parsed: list[Answer] = [Refused("parser_ended", "")] * len(messages)
            with ThreadPoolExecutor(max_workers=count) as threads:
                shares = threads.map(lambda number: self._asked(messages[number::count], limits, bounds), range(count))
                for number, share in enumerate(shares):
                    parsed[number::count] = share
            return parsed

    def close(self) -> None:
        """End those that nobody is asking just now."""
        with self._turn:
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def _asked(self, messages: Sequence[Message], limits: Limits, bounds: Bounds, fresh: bool = False) -> list[Answer]:
        """These messages parsed by one process, and by another one those that are left when it has ended over one."""
        answers: list[Answer] = []
        while rest := messages[len(answers) :]:
            child = self._taken(fresh)
            try:
                answered = child.ask(rest, limits, bounds)
            except Ended as ended:
                child.close()
                if ended.at is None and child.waited:  # it may have ended before, while nobody asked it
                    fresh = True
                    continue
                before = len(rest) // 2 if ended.at is None else ended.at
                answers += self._asked(rest[:before], limits, bounds)
                answers += [ended.why] if ended.at is not None or len(rest) == 1 else []
            except BaseException:
                child.close()
                raise
            else:
                self._done_with(child, answered)
                answers += answered
        return answers

    def _done_with(self, child: Child, answers: list[Answer]) -> None:
        if any(isinstance(each, Refused) for each in answers):
            child.close()  # who knows in which state that left it
        else:
            self._give_back(child)

    @contextmanager
    def _room(self, most: int) -> Iterator[int]:
        """How many processes to ask at once: half of the cores together, but at least one, if need be in turn."""
        with self._turn:
            self._turn.wait_for(lambda: self._busy < max(MOST, self._cores))
            count = max(1, min(most, self._cores // 2 - self._busy))
            self._busy += count
        try:
            yield count
        finally:
            with self._turn:
                self._busy -= count
                self._turn.notify_all()

    def _taken(self, fresh: bool = False) -> Child:
        """A process to ask: the one that was asked last, or a new one."""
        while not fresh:
            with self._turn:
                child = self._idle.pop() if self._idle else None
            if child is None:
                break
            if child.lives:
                return child
            child.close()
        return Child(self._program)

    def _give_back(self, child: Child) -> None:
        child.waited = True
        with self._turn:
            self._idle.append(child)
            spare = self._idle.pop(0) if len(self._idle) > max(MOST, self._cores) else None
        if spare:
            spare.close()


pool = Pool()
atexit.register(lambda: pool.close())
