"""Running an evaluation: fold by fold, each learner from what people had decided before the week."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module

from core.errors import InvalidInput
from core.evaluating.evidence import lay_out_evidence
from core.evaluating.folds import Labels, labels, lay_out_fold
from core.evaluating.learners import LEARNERS, Learner
from core.evaluating.matrices import Examples
from core.evaluating.result import Evaluation
from core.evaluating.scoring import Measured, score
from core.language import _
from core.recommendations.asking import BOUND, DAYS
from core.scope import Scope
from core.store import Connection, sql

Progress = Callable[[str, int, int], None]
"""Called with what is done (a sentence), how many weeks of it are done, and how many there are."""
OFFERED = """
SELECT message_id::VARCHAR AS message_id, place, target, confidence, place = 0 AND confidence >= $bound AS offered
FROM offer
"""


def evaluate(scope: Scope, *, weeks: int | None = None, learners: Sequence[str] | None = None,
             progress: Progress | None = None) -> Evaluation:  # fmt: skip
    """Measure learners (all of LEARNERS if none is named) on the last `weeks` of mail, or all but the first two.

    For each week they learn from what people decided before it began, and are asked about the mail received in it that
    people decided by hand. Nothing is stored. Raises InvalidInput for a learner there isn't, and for weeks below 1.
    """
    asked, measured = _asked(scope, weeks, learners, progress)
    with scope.store.reading() as db:
        return score(db, asked, measured)


def evaluate_twice(scope: Scope, meant: Mapping[str, str], *, weeks: int | None = None,
                   learners: Sequence[str] | None = None, progress: Progress | None = None
                   ) -> tuple[Evaluation, Evaluation]:  # fmt: skip
    """The same against what people decided, and against what they should have decided, where that is known.

    `meant` says it: message → "delete" or "ticket · customer · contract · service". Learners see the decisions only.
    """
    asked, measured = _asked(scope, weeks, learners, progress)
    with scope.store.reading() as db:
        return score(db, asked, measured), score(db, asked.corrected(meant), measured)


def _asked(scope: Scope, weeks: int | None, learners: Sequence[str] | None, progress: Progress | None
           ) -> tuple[Labels, list[Measured]]:  # fmt: skip
    measured = [_measured(learner) for learner in _named(learners)]
    if weeks is not None and weeks < 1:
        raise InvalidInput(_("Measuring needs at least one week."))
    with scope.store.reading() as db:
        asked = labels(db, scope, weeks)
    for done, week in enumerate(asked.tested):
        if progress:
            progress(_("Measuring"), done, len(asked.tested))
        _fold(scope, asked, week, [each for each in measured if not each.missing])
    return asked, measured


def _named(names: Sequence[str] | None) -> list[Learner]:
    for name in names or ():
        if name not in LEARNERS:
            raise InvalidInput(_("There is no learner “{name}”.").format(name=name[:60]),
                               _("Choose one of: {names}.").format(names=", ".join(LEARNERS)))  # fmt: skip
    return [learner for name, learner in LEARNERS.items() if not names or name in names]


def _measured(learner: Learner) -> Measured:
    try:
        for package in learner.packages:
            import_module(package)
    except ImportError:
        command = "python -m pip install -r requirements-dev.txt"
        return Measured(learner.name, missing=_("Not installed: {command}").format(command=command))
    return Measured(learner.name, note=learner.note())


def _fold(scope: Scope, asked: Labels, week: datetime, measured: Sequence[Measured]) -> None:
    """One week: statements while the store is open, then the others, who take longer, while it is not."""
    beside = [each for each in measured if LEARNERS[each.name].beside]
    with scope.store.reading() as db:
        lay_out_evidence(db, scope, week, DAYS)
        lay_out_fold(db, asked, week)
        examples = Examples.of(db.frame(sql("evaluate_items"))) if beside else None
        for each in measured:
            if in_store := LEARNERS[each.name].in_store:
                _in_store(db, scope, week, each, in_store)
    for each in beside:
        answers, started = LEARNERS[each.name].beside, time.perf_counter()
        if answers and examples and len(examples.answers):
            each.offers.append(answers(examples))
        each.seconds += time.perf_counter() - started


def _in_store(db: Connection, scope: Scope, week: datetime, each: Measured,
              learn: Callable[[Connection, Scope, datetime], None]) -> None:  # fmt: skip
    started = time.perf_counter()
    learn(db, scope, week)
    each.seconds += time.perf_counter() - started
    each.offers.append(db.frame(OFFERED, bound=BOUND))
