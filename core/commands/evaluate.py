"""`evaluate`: how good the recommendations are, beside baselines, on the mail of this desk."""

from typing import Annotated, Any

import typer

from core import evaluating
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, answer_table, records
from core.commands.progress import Ending, Stopped, bars
from core.evaluating import Evaluation
from core.language import _


def evaluate(
    weeks: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the last weeks; all but the first two by default.")
    ] = None,
    learner: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="recommended, sender, list, domain, ladder, ripper or svm; several times."),
    ] = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Measure the recommendations: learn from what people decided before a week, answer the mail of that week.

    Beside them stand baselines on the same weeks: the usual target of the exact sender, of the list, of the domain, of
    the first of these that is known (ladder), RIPPER, and a linear SVM that nobody can read. Nothing is changed.
    """
    scope = acting(as_)
    try:
        with bars(Ending()) as advance:
            measured = evaluating.evaluate(scope, weeks=weeks, learners=learner, progress=advance)
    except Stopped:
        raise typer.Exit(1) from None
    if as_json:
        answer_json(_fields(measured))
        return
    if measured.tested:
        _answer_summary(records(measured.summary))
        answer()
    answer(str(measured))


def _answer_summary(rows: list[dict[str, Any]]) -> None:
    answer_table(
        {_("Learner"): "left", _("Coverage at 95 %"): "right", _("Coverage"): "right", _("Precision"): "right",
         _("False"): "right", _("Top 1"): "right", _("Top 3"): "right", _("Seconds"): "right"},
        map(_cells, rows),
    )  # fmt: skip
    for row in rows:
        if row["note"]:
            answer(_("{learner}: {note}").format(learner=row["learner"], note=row["note"]))


def _cells(row: dict[str, Any]) -> list[str]:
    false_routes = "" if row["false_routes"] is None else str(int(row["false_routes"]))
    shares = [_share(row[name]) for name in ("coverage_at_95", "coverage", "precision", "top_1", "top_3")]
    seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
    return [row["learner"], *shares[:3], false_routes, *shares[3:], seconds]


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _fields(measured: Evaluation) -> dict[str, Any]:
    counts = {name: getattr(measured, name) for name in ("weeks", "since", "tested")}
    return counts | {name: records(getattr(measured, name)) for name in ("summary", "by_week")}
