"""`retention`: what the rules of [[retention]] remove, and giving the room back to the disk."""

from dataclasses import asdict
from typing import Annotated

import typer

from core.administration.settling import must_be_administrator
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, answer_table, records
from core.errors import InvalidInput
from core.language import _, n_
from core.retention import Retained, coming, retain, rules
from core.scope import Scope


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what goes now and in the next 7 days.")] = False,
    compact: Annotated[
        bool, typer.Option("--compact", help="Then write the store's file anew: others wait, and the disk gets room.")
    ] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Remove the bytes, texts and rows of mail whose time is over, by the rules of [[retention]].

    A rule counts from a day after it was first seen. `collect --watch` does this once a day, without --compact.
    """
    scope = acting(as_)
    if dry_run:
        _announce(scope, as_json)
        return
    if compact and scope.store.shared:
        raise InvalidInput(_("A shared store gives room back by itself."), _("Run `python -m core maintain`."))
    done = retain(scope)
    sizes = _compacted(scope) if compact else None
    if as_json:
        written = {"before": sizes[0], "after": sizes[1]} if sizes else None
        answer_json(asdict(done) | {"compacted": written})
    else:
        _report(done, sizes)


def _announce(scope: Scope, as_json: bool) -> None:
    found = records(coming(scope))
    if as_json:
        answer_json({"rules": [asdict(rule) for rule in rules(scope)], "coming": found})
    elif not found:
        answer(_("Nothing is removed now or in the next 7 days."))
    else:
        heads = {_("Rule"): "rest", _("Now"): "right", _("In 7 days"): "right", _("First"): "left"}
        rows = ((row["rule"], _amount(row["messages_now"], row["bytes_now"]),
                 _amount(row["messages_soon"], row["bytes_soon"]), f"{row['first_at']:%Y-%m-%d}")
                for row in found)  # fmt: skip
        answer_table(heads, rows)  # type: ignore[arg-type]


def _compacted(scope: Scope) -> tuple[int, int]:
    must_be_administrator(scope)
    return scope.store.compact()


def _report(done: Retained, sizes: tuple[int, int] | None) -> None:
    for row in done.by_rule:
        answer(f"{row['rule']}: {_amount(int(str(row['messages'])), int(str(row['bytes'])))}")
    answer(n_("Removed from {count} message.", "Removed from {count} messages.", done.parts).format(count=done.parts))
    if sizes:
        answer(_("The store took {before:,.1f} MB and takes {after:,.1f} MB now.").format(
            before=sizes[0] / 2**20, after=sizes[1] / 2**20))  # fmt: skip


def _amount(messages: int, size: int) -> str:
    return f"{messages:,} · {size / 2**20:,.1f} MB"
