"""What is done with mail: `create`, `attach` (with `candidates`), `delete`, `restore`, `undo`."""

from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

import typer

from core import acting as action
from core import undoing, work_items
from core.commands.options import As, Id, Ids, Json, acting
from core.commands.printing import answer, answer_json, answer_table, folded, records, say, two_lines
from core.language import _
from core.outcome import Outcome
from core.routes import Target


def create(
    ids: Ids,
    customer: Annotated[str, typer.Option(metavar="NAME", help="The customer it is for.")],
    contract: Annotated[str, typer.Option(metavar="NAME", help="A contract of the customer.")],
    service: Annotated[str, typer.Option(metavar="NAME", help="A service of the contract.")],
    kind: Annotated[Literal["ticket", "case"], typer.Option(help="What to open.")] = "ticket",
    together: Annotated[bool, typer.Option("--together", help="One work item for all messages.")] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Open a work item from each waiting message, or one from all of them together."""
    target = Target(kind=kind, customer=customer, contract=contract, service=service)
    _report(action.create(acting(as_), ids, target, together=together), as_json)


def candidates(id: Id, as_: As = None, as_json: Json = False) -> None:
    """Open work items that a message may belong to, the likeliest first, each with the reasons."""
    scope = acting(as_)
    found = records(work_items.candidates(scope, id))
    if as_json:
        answer_json(found)
    elif not found:
        answer(_("No open work item looks alike."))
    else:
        answer_table(
            {_("Reference"): "left", _("Reasons"): "left", _("Subject, target"): "rest"},
            ((row["reference"], ", ".join(row["why"]), two_lines(row["subject"], target_of(row))) for row in found),
        )  # fmt: skip


def attach(
    ids: Ids,
    to: Annotated[str, typer.Option(metavar="REFERENCE", help="The open work item they belong to.")],
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Add waiting messages to an open work item."""
    _report(action.attach(acting(as_), ids, to), as_json)


def delete(
    ids: Ids,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why nobody has to act on it.")],
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Take waiting messages out of the queue; `restore` brings them back."""
    _report(action.delete(acting(as_), ids, reason), as_json)


def restore(ids: Ids, as_: As = None, as_json: Json = False) -> None:
    """Bring deleted messages back to the queue."""
    _report(action.restore(acting(as_), ids), as_json)


def undo(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="What an action printed to undo it by.")],
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Take back what one action did, except for what has gone further since."""
    _report(undoing.undo(acting(as_), batch), as_json)


def target_of(row: dict[str, Any]) -> str:
    """What a work item is for, on one line."""
    return " · ".join((row["customer"], row["contract"], row["service"]))


def undo_hint(batch: str) -> str:
    """The line that says how to take an action back."""
    return _("Undo: python -m core undo {batch}").format(batch=batch)


def _report(outcome: Outcome, as_json: bool) -> None:
    """Print what was done; what somebody else had done first goes to standard error, and then not all went well."""
    if as_json:
        answer_json({"action": outcome.action} | asdict(outcome))
    else:
        answer(folded(replace(outcome, overtaken=[])))
        if outcome.ids and outcome.action != "undo":
            answer(undo_hint(outcome.batch))
    for each in outcome.overtaken:
        say(folded(each))
    if outcome.overtaken:
        raise typer.Exit(1)
