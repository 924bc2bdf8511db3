"""SQL by analysts on the desk as it is now: on the documented views, within their scope, and on nothing else.

What a question reads is taken from the store, in scope and only the columns it needs; then the store is free, and the
question is answered in a sandbox that holds these rows alone (core/store/sandbox.py).
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from core.analysis.views import FILE, as_frame, seen_by, select, views
from core.errors import TooMuch, TooSlow
from core.language import _
from core.scope import Scope
from core.store import Connection, Sandbox, sql

SECONDS = 60.0  # for the answer
HELD = 1.0  # seconds; a file is held meanwhile, and people wait for it
MOST = 500 * 2**20  # bytes of rows in memory


@dataclass(frozen=True)
class LiveAnalysis:
    """The views as a person sees them: `frame` asks them, `dictionary` says what there is."""

    scope: Scope
    seconds: float = SECONDS
    at: datetime | None = None
    _sandbox: Sandbox = field(init=False, repr=False)

    def __post_init__(self) -> None:
        columns = {view.name: {each.name: each.kind for each in view.columns} for view in views(self.scope)}
        object.__setattr__(self, "_sandbox", Sandbox(columns))

    def frame(self, question: str, **parameters: Any) -> pd.DataFrame:
        """The answer to one SELECT over the views, with `$named` parameters; all its views are as of one moment.

        Raises InvalidInput for what can't be asked, TooMuch for what takes too long or too much memory.
        """
        wanted = self._sandbox.reads(question, parameters)
        return self._sandbox.answer(question, parameters, self._read(wanted) if wanted else {}, self.seconds)

    def dictionary(self) -> pd.DataFrame:
        """What can be asked, a row each column: view, column, type, about."""
        return as_frame(views(self.scope))

    def _read(self, wanted: dict[str, list[str]]) -> dict[str, pa.Table]:
        """What is wanted of the views; what would hold a file for long is read from a copy of it."""
        store = self.scope.store
        try:
            if self.at:
                return self._taken(store.at(self.at).reading(), wanted, self.seconds)
            try:
                return self._taken(store.reading(), wanted, self.seconds if store.shared else HELD)
            except TooSlow:
                if store.shared:
                    raise
                return self._taken(store.snapshot(), wanted, self.seconds)
        except TooMuch as error:
            raise TooMuch(error.sentence, _("Ask for fewer columns, or take a publication (`python -m core publish`).")
                          ) from error  # fmt: skip

    def _taken(self, opening: AbstractContextManager[Connection], wanted: dict[str, list[str]],
               seconds: float) -> dict[str, pa.Table]:  # fmt: skip
        given = seen_by(self.scope, self.at or self.scope.desk.now())
        with opening as db, db.within(seconds):
            db.script(sql(FILE))
            with db.one_moment():
                return {view: db.table(select(view, columns or self._narrowest(view)), MOST, **given)
                        for view, columns in wanted.items()}  # fmt: skip

    def _narrowest(self, view: str) -> list[str]:
        """A column to count the rows by."""
        (columns,) = (each.columns for each in views(self.scope) if each.name == view)
        return [columns[0].name]


def open_analysis(scope: Scope, *, seconds: float = SECONDS, at: datetime | None = None) -> LiveAnalysis:
    """Live access for a notebook: `open_analysis(desk.acting("ida@desk.example")).frame("SELECT … FROM queue")`.

    Every question has so many `seconds`. `at`: the desk as it was then (UTC), on a shared store and as far back as that
    keeps it; what the person may see is what they may see now. Analysts can't ask the view of bodies: for them it does
    not exist.
    """
    return LiveAnalysis(scope, seconds, at)
