"""The weeks that are tested, what the mail of each became, and what was known before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from core.evaluating.evidence import lay_out_evidence
from core.scope import Scope
from core.store import Connection, LaidOut, sql

FIRST = timedelta(weeks=2)  # of mail before anything is asked
ALWAYS = 36_500  # days
LABEL = {"message_id": "VARCHAR", "week": "TIMESTAMP", "target": "VARCHAR", "tested": "BOOLEAN"}


Label = tuple[str, datetime, str, bool]


@dataclass(frozen=True)
class Labels:
    """What every message that people decided by hand became; `tested` are the weeks (their Mondays) that are asked."""

    rows: Sequence[Label]
    tested: list[datetime]

    @cached_property
    def _laid_out(self) -> LaidOut:
        return LaidOut(LABEL, self.rows)

    def lay_out(self, db: Connection) -> None:
        """As the temporary table `evaluate_label`."""
        db.lay("evaluate_label", self._laid_out)

    def corrected(self, meant: Mapping[str, str]) -> "Labels":
        """The same with other targets for these messages."""
        return Labels(
            [(id, week, meant.get(id, target), tested) for id, week, target, tested in self.rows], self.tested
        )


def labels(db: Connection, scope: Scope, weeks: int | None) -> Labels:
    """The decisions that stand now on mail in scope.

    The last `weeks` are tested, counted from the week of the newest mail, but never the first two.
    """
    lay_out_evidence(db, scope, scope.desk.now(), ALWAYS)
    rows = db.rows(sql("evaluate_labels"))
    found = sorted({week for _id, week, _target in rows})
    tested = [week for week in found if week >= found[0] + FIRST]
    if weeks is not None:
        tested = [week for week in tested if week > found[-1] - timedelta(weeks=weeks)]
    first = tested[0] if tested else datetime.max
    return Labels([(id, week, target, week >= first) for id, week, target in rows], tested)


def lay_out_fold(db: Connection, labels: Labels, week: datetime) -> None:
    """The tables of sql/evaluate_fold.sql, from evidence that was laid out as of the week."""
    labels.lay_out(db)
    db.run("SET VARIABLE week = $week::TIMESTAMP", week=week)
    for name in ("wilson", "evaluate_fold"):
        db.script(sql(name))
