"""What an evaluation answers: a row for each learner, and by week."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from core.language import _, n_


@dataclass(frozen=True)
class Evaluation:
    """How well learners told what people would do with mail that no route caught.

    `weeks` were tested, the first beginning at `since` (UTC, a Monday); `tested` messages of them were decided by hand.
    Shares are 0 to 1, NaN where there is nothing to share. Frames:

    summary  learner, coverage_at_95 (of the mail tested, the surest answers as far as 95 % of them are right), coverage
             and precision (of what it is sure enough of to route), top_1 and top_3 (of the mail that became work: its
             target is the first, or among the first three that are suggested), false_routes, tested, seconds, note
    by_week  learner, week, tested, predicted, right (of what was predicted: what it is sure enough of to route)
    answers  learner, week, message_id, became, said, confidence, offered (sure enough to route), is_right: every answer
    """

    weeks: int
    since: datetime | None
    tested: int
    summary: pd.DataFrame
    by_week: pd.DataFrame
    answers: pd.DataFrame

    def of(self, learner: str) -> "pd.Series[Any]":
        """The row of the summary about a learner."""
        return self.summary[self.summary["learner"] == learner].iloc[0]

    def __str__(self) -> str:
        if not self.tested:
            return _(
                "There is nothing to measure on: nobody decided anything by hand after the first two weeks of mail."
            )
        told = n_("{count} message decided by hand, received in {weeks} weeks: each told from what was known before.",
                  "{count} messages decided by hand, received in {weeks} weeks: each told from what was known before.",
                  self.tested).format(count=self.tested, weeks=self.weeks)  # fmt: skip
        return "\n".join([told, *self._ours()])

    def _ours(self) -> list[str]:
        if "recommended" not in set(self.summary["learner"]):
            return []
        ours = self.of("recommended")
        told = [_("Recommended routes can take up to {share:.0%} of it with 95 % of that right.").format(
            share=ours["coverage_at_95"])]  # fmt: skip
        if ours["coverage"]:
            told.append(_("Those offered take {coverage:.0%} of it, {precision:.1%} of that rightly.").format(
                coverage=ours["coverage"], precision=ours["precision"]))  # fmt: skip
        return told
