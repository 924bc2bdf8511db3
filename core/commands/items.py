"""Work items: `work-items`, `item`, `merge`, `close`, `reopen`."""

from typing import Annotated, Literal

import typer

from core import work_items as store
from core.commands.actions import target_of, undo_hint
from core.commands.options import As, At, Json, Reference, References, acting
from core.commands.printing import answer, answer_json, answer_table, folded, records, two_lines
from core.language import _
from core.measures import age

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for those who ask later.")]


def work_items(
    status: Annotated[
        Literal["open", "closed", "merged", "withdrawn"] | None, typer.Option(help="Only those that are this.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most this many.")] = 500,
    at: At = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Work items, newest first."""
    scope = acting(as_, at)
    frame = store.work_items(scope, status=status, limit=limit)
    if as_json:
        answer_json(records(frame))
    elif frame.empty:
        answer(_("There is no work item."))
    else:
        now = scope.desk.now()
        answer_table(
            {_("Reference"): "left", _("Status"): "left", _("Age"): "right", _("Mails"): "right",
             _("Subject, target"): "rest"},
            ((row["reference"], row["status"], age(row["opened_at"], now), str(row["messages"]),
              two_lines(row["subject"], target_of(row))) for row in records(frame)),
        )  # fmt: skip


def item(reference: Reference, as_: As = None, as_json: Json = False) -> None:
    """A work item with its messages, oldest first."""
    found = store.work_item(acting(as_), reference)
    if as_json:
        answer_json(found)
        return
    answer(folded(f"{found['reference']} · {found['status']} · {found['kind']} · {target_of(found)}"))
    answer(folded(found["subject"]))
    if found["merged_into"]:
        answer(_("Merged into {reference}.").format(reference=found["merged_into"]))
    for each in found["messages"]:
        sender = each["from_name"] or each["from_address"]
        answer(folded(f"{each['received_at']:%Y-%m-%d %H:%M} UTC  {each['how']}  {sender} · {each['subject']}"))
        answer(f"  {each['id']}")


def merge(
    references: References,
    into: Annotated[str, typer.Option(metavar="REFERENCE", help="The open work item they become part of.")],
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Merge open work items into another one; their messages go along."""
    batch = store.merge(acting(as_), references, into)
    _report("merge", batch, references, _("Merged {references} into {into}."), as_json, into=into.strip().upper())


def close(references: References, reason: Reason = "", as_: As = None, as_json: Json = False) -> None:
    """Close open work items; a later answer no longer lands in them."""
    batch = store.close(acting(as_), references, reason)
    _report("close", batch, references, _("Closed {references}."), as_json)


def reopen(references: References, reason: Reason = "", as_: As = None, as_json: Json = False) -> None:
    """Open closed work items again."""
    batch = store.reopen(acting(as_), references, reason)
    _report("reopen", batch, references, _("Opened {references} again."), as_json)


def _report(action: str, batch: str, references: list[str], done: str, as_json: bool, **more: str) -> None:
    written = [reference.strip().upper() for reference in references]
    if as_json:
        answer_json({"action": action, "batch": batch, "references": written} | more)
        return
    answer(done.format(references=", ".join(written), **more))
    answer(undo_hint(batch))
