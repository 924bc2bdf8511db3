"""The steps of maintaining a lake, each a change of its own, so that those who write wait for one step at most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from core.errors import StoreProblem
from core.retention import Retained
from core.scope import Desk
from core.store import Connection, upkeep
from core.store.upkeep import Extent

SAFE = timedelta(days=1)  # nobody reads or writes for so long: files not needed since then are needed by nobody
Answer = TypeVar("Answer")
Progress = Callable[[str, str], None]
"""Called before each step, with what is done (the name of a count of Maintained) and the table it is done to."""


@dataclass(frozen=True)
class Maintained:
    """What was done, in rows (flushed), files (merged, rewritten, removed, orphans) and snapshots (expired); how much
    the store was and is (None for a file); `left` says why files without an owner were left."""

    whole: bool = True
    flushed: int = 0
    merged: int = 0
    rewritten: int = 0
    expired: int = 0
    removed: int = 0
    orphans: int = 0
    before: Extent | None = None
    after: Extent | None = None
    left: str = ""
    retained: Retained | None = None


@dataclass
class LakeSteps:
    """What is done to the lake of a desk; `result` says how far it is."""

    desk: Desk
    result: Maintained
    progress: Progress

    def done(self) -> Maintained:
        """All of it, or only gathering, by `result.whole`. Raises StoreBusy, StoreProblem, what `progress` does."""
        before = self._ask(upkeep.extent)
        self._change(upkeep.settle)
        swollen, riddled = self._ask(upkeep.swollen), self._ask(upkeep.riddled)
        self._each("flushed", upkeep.flush, swollen)
        self._each("rewritten", upkeep.rewrite, riddled)
        for table in self._ask(upkeep.scattered):
            self._merge(table)
        if self.result.whole:
            self._let_go()
        return replace(self.result, before=before, after=self._ask(upkeep.extent))

    def _each(self, name: str, step: Callable[..., int], tables: Sequence[str]) -> None:
        for table in tables:
            self.progress(name, table)
            self._add(name, self._change(partial(step, table=table)))

    def _merge(self, table: str) -> None:
        processed, created = 2, 1
        while processed > created:
            self.progress("merged", table)
            processed, created = self._change(partial(upkeep.merge, table=table))
            self._add("merged", processed)

    def _let_go(self) -> None:
        old, unneeded = self.desk.now() - kept(self.desk), self.desk.now() - SAFE
        self.progress("expired", "")
        while count := self._change(partial(upkeep.expire, before=old)):
            self.progress("expired", "")
            self._add("expired", count)
        self.progress("removed", "")
        self._add("removed", self._change(partial(upkeep.remove, before=unneeded)))
        try:
            self._add("orphans", self._change(partial(upkeep.remove_orphans, before=unneeded)))
        except StoreProblem as problem:
            self.result = replace(self.result, left=str(problem))

    def _add(self, name: str, count: int) -> None:
        self.result = replace(self.result, **{name: getattr(self.result, name) + count})

    def _change(self, step: Callable[[Connection], Answer]) -> Answer:
        return self.desk.store.change(step, background=True)

    def _ask(self, question: Callable[[Connection], Answer]) -> Answer:
        with self.desk.store.reading(background=True) as db:
            return question(db)


def kept(desk: Desk) -> timedelta:
    """How far back a desk can be seen as it was."""
    return timedelta(days=desk.configuration.maintain.snapshot_days)
