"""An agent at the queue: opens a message, reads it, decides it, and is told what became of it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from time import monotonic, perf_counter

import pyarrow as pa
import websockets

from tests.load.session import Failed, Session

DEEDS = {"delete": 5, "create": 3, "claim": 2}  # how often each
FIRST_ROWS = 25  # of the list that somebody chooses from


@dataclass
class Agent:
    """`think`: seconds between what they do, on average. `times`: seconds by what was waited for."""

    person: str
    session: Session
    random: Random
    think: float
    times: dict[str, list[float]] = field(default_factory=dict)
    won: Counter[str] = field(default_factory=Counter)
    overtaken: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    async def work(self, wait: float, until: float, least: int = 0) -> None:
        """From `wait` seconds on, until the clock (monotonic) says `until` and so many messages are dealt with; what
        was begun is finished."""
        await asyncio.sleep(wait)
        try:
            await self._timed("page", self.session.open())
            await self._timed("act as", self.session.choose("acting_as", self.person.partition("@")[0]))
            for done in count():
                if done >= least and monotonic() >= until:
                    break
                await self._rest(until)
                await self._once()
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            self.errors.append(f"{type(error).__name__}: {error}")
        finally:
            await self.session.close()

    async def _once(self) -> None:
        try:
            await self._deal()
        except Failed as error:
            self.errors.append(str(error))
        self.errors += self.session.errors
        self.session.errors.clear()

    async def _deal(self) -> None:
        """Open a message, read it, decide it."""
        rows = self._rows()
        if not rows:
            await self._look()
            return
        await self._timed("open", self.session.click_row("list-", self.random.randrange(min(rows, FIRST_ROWS))))
        await asyncio.sleep(self.random.uniform(0, self.think / 2))
        deed = self.random.choices(list(DEEDS), list(DEEDS.values()))[0]
        if deed == "claim":
            if self.session.has("claim"):
                await self._act(deed, "claim")
            return
        await self._timed("dialog", self.session.press(deed))
        if deed == "create":
            await self._timed("choose", self.session.choose("create-route", "Invoices"))
        await self._act(deed, f"{deed}-now")

    async def _act(self, deed: str, key: str) -> None:
        """The last press of an action; what was told then counts: an Undo stands there for whoever did something."""
        await self._timed("action", self.session.press(key))
        (self.won if self.session.has("undo") else self.overtaken)[deed] += 1

    async def _rest(self, until: float) -> None:
        """Think; the page looks again by itself meanwhile."""
        awake = min(until, monotonic() + self.random.expovariate(1 / self.think))
        every = min(self.session.again.values(), default=10.0)
        while (left := awake - monotonic()) > 0:
            await asyncio.sleep(min(left, every))
            if left > every:
                await self._look()

    async def _look(self) -> None:
        for fragment in list(self.session.again):
            await self._timed("look", self.session.look_again(fragment))

    async def _timed(self, what: str, work: Awaitable[None]) -> None:
        begun = perf_counter()
        await work
        self.times.setdefault(what, []).append(perf_counter() - begun)

    def _rows(self) -> int:
        """How many rows the list has."""
        tables = self.session.keys("list-")
        if not tables:
            return 0
        data = self.session.widgets[tables[-1]].element.arrow_data.data
        return int(pa.ipc.open_stream(data).read_all().num_rows)
