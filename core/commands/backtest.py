"""`backtest`: what a draft of the route set would have done to real mail."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core import backtesting
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, answer_table, folded, records, two_lines
from core.language import _
from core.routes import read_routes

ON_A_SCREEN = 20


def backtest(
    routes: Annotated[Path, typer.Option(metavar="FILE", help="The draft: a whole route set as TOML.")],
    days: Annotated[int, typer.Option(min=1, metavar="N", help="Against the mail of so many days.")] = 90,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Try a draft of the route set on real mail: what it would newly catch, take from other routes, release.

    Both sets are evaluated whole and in order; what the draft catches is compared with what people did with that mail.
    Nothing is changed. `at_least` is the share of agreement that is behind the counts, with 95 % certainty.
    """
    tested = backtesting.backtest(acting(as_), read_routes(routes), days=days)
    if as_json:
        answer_json(_fields(tested))
        return
    _answer_routes(records(tested.by_route))
    for move in records(tested.moves)[:ON_A_SCREEN]:
        answer(folded(_("{count} from “{before}” to “{after}”").format(
            count=move["messages"], before=move["before_route"], after=move["after_route"])))  # fmt: skip
    answer(str(tested))
    if tested.agree + tested.disagree:
        counts = {"agree": tested.agree, "disagree": tested.disagree, "undecided": tested.undecided}
        told = _("People agree on {agree} (at least {share:.0%}), disagree on {disagree}; {undecided} undecided.")
        answer(told.format(share=tested.at_least, **counts))
    _answer_disagreements(records(tested.disagreements()))


def _answer_routes(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    answer_table(
        {_("Route"): "rest", _("New"): "right", _("Taken"): "right", _("Lost"): "right", _("Released"): "right",
         _("Agree"): "right", _("Disagree"): "right", _("Undecided"): "right", _("At least"): "right"},
        map(_cells, rows),
    )  # fmt: skip
    answer()


def _cells(row: dict[str, Any]) -> list[str]:
    counts = (row["newly_caught"] + row["appended"], row["taken"] + row["retargeted"], row["lost"],
              row["released"] + row["parted"], row["agree"], row["disagree"], row["undecided"])  # fmt: skip
    return [row["route"], *map(str, counts), "" if row["at_least"] is None else f"{row['at_least']:.0%}"]


def _answer_disagreements(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    answer()
    answer(_("Where people decided otherwise:"))
    answer_table(
        {_("From, subject, id"): "rest", _("Would be, was"): "rest"},
        ((two_lines(f"{row['from_address']} · {row['subject']}", row["id"]),
          two_lines(row["target"], row["became"] or row["status"])) for row in rows[:ON_A_SCREEN]),
    )  # fmt: skip


def _fields(tested: backtesting.Backtest) -> dict[str, Any]:
    """The whole answer as JSON: counts, and a list of objects for each frame."""
    names = (
        "days",
        "since",
        "messages",
        "ended_before",
        "changed",
        "unchanged",
        "agree",
        "disagree",
        "undecided",
        "at_least",
    )
    counts = {name: getattr(tested, name) for name in names}
    frames = {name: records(getattr(tested, name)) for name in ("summary", "by_route", "moves", "changes")}
    return counts | frames
