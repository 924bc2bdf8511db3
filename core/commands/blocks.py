"""`blocks`, `block`, `allow` and `lift`: whose mail is deleted on arrival, and whose is let through all the same."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Literal

import typer

from core import blocking
from core.blocked import Kind, block_named, blocks, would_block
from core.commands.actions import undo_hint
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, answer_table, folded, records, two_lines
from core.language import _, n_
from core.outcome import Outcome
from core.scope import Scope

Value = Annotated[str, typer.Argument(metavar="SENDER", help="An address, a domain, or with --list a List-Id.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why this mail is wanted, or not.")]
Mailbox = Annotated[str | None, typer.Option(metavar="NAME", help="In this mailbox only; else everywhere.")]
OfList = Annotated[bool, typer.Option("--list", help="SENDER is the List-Id of a mailing list.")]
Days = Annotated[int | None, typer.Option(min=1, max=36500, metavar="N", help="For so many days; else for good.")]
Owner = Annotated[str, typer.Option(metavar="EMAIL", help="Who is asked about it; else you.")]


def list_blocks(
    every: Annotated[bool, typer.Option("--all", help="Also those that have expired or were lifted.")] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """The blocks and allows in your mailboxes, with how much mail each deleted or let through."""
    found = records(blocks(acting(as_)))
    shown = [row for row in found if every or row["state"] == "in_force"]
    if as_json:
        answer_json(shown)
    elif not shown:
        answer(_("Nobody is blocked."))
    else:
        answer_table(
            {_("Id"): "left", _("Sender"): "rest", _("Mail"): "right", _("Where, why"): "rest"}, map(_cells, shown)
        )


def block(
    sender: Value,
    reason: Reason,
    mailbox: Mailbox = None,
    list_: OfList = False,
    days: Days = None,
    owner: Owner = "",
    insist: Annotated[bool, typer.Option("--insist", help="Even a domain where anybody can have an address.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would have hit so far.")] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Delete mail of a sender on arrival, and what waits of theirs now; `undo` takes it back, `lift` ends it.

    With --dry-run: how many past mails it would have hit, and how many of them became work.
    """
    scope, kind = acting(as_), _kind(sender, list_)
    if dry_run:
        _report_would(scope, kind, sender, mailbox, as_json)
        return
    end = scope.desk.now() + timedelta(days=days) if days else None
    _report(
        blocking.block(scope, kind, sender, reason, mailbox=mailbox, expires_at=end, owner=owner, insist=insist),
        as_json,
    )


def allow(
    sender: Value,
    reason: Reason,
    mailbox: Mailbox = None,
    list_: OfList = False,
    days: Days = None,
    owner: Owner = "",
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Let a sender through whatever is blocked, such as one address of a blocked domain."""
    scope = acting(as_)
    end = scope.desk.now() + timedelta(days=days) if days else None
    _report(
        blocking.allow(scope, _kind(sender, list_), sender, reason, mailbox=mailbox, expires_at=end, owner=owner),
        as_json,
    )


def lift(
    id: Annotated[str, typer.Argument(metavar="ID", help="A block or an allow, by the id that `blocks` prints.")],
    as_: As = None,
    as_json: Json = False,
) -> None:
    """End a block or an allow; what a block deleted stays deleted until it is restored."""
    scope = acting(as_)
    row = block_named(scope, id)
    blocking.lift(scope, id)
    if as_json:
        answer_json(records_of(row) | {"state": "lifted"})
    else:
        answer(folded(_("Lifted: {sender}.").format(sender=row["value"])))


def records_of(row: dict[str, Any]) -> dict[str, Any]:
    """The row of an entry, for JSON."""
    return {name: row[name] for name in ("id", "effect", "kind", "value", "mailbox", "reason", "expires_at", "hits")}


def _kind(sender: str, of_list: bool) -> Kind:
    if of_list:
        return "list_id"
    return "address" if "@" in sender.strip().removeprefix("*@").lstrip("@") else "domain"


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    effects: dict[Literal["block", "allow"], str] = {"block": _("blocked"), "allow": _("let through")}
    states = {"in_force": "", "expired": _("expired"), "lifted": _("lifted")}
    told = " · ".join(filter(None, (effects[row["effect"]], row["kind"], states[row["state"]])))
    until = _("until {day}").format(day=f"{row['expires_at']:%Y-%m-%d}") if row["expires_at"] else ""
    where = " · ".join(filter(None, (row["mailbox"] or _("everywhere"), until, row["owner_name"])))
    return row["id"], two_lines(row["value"], told), str(row["hits"]), two_lines(where, row["reason"])


def _report_would(scope: Scope, kind: Kind, sender: str, mailbox: str | None, as_json: bool) -> None:
    would = would_block(scope, kind, sender, mailbox)
    if as_json:
        answer_json(asdict(would))
        return
    answer(n_("It would have hit {count} message so far; {waiting} wait, {work} became work.",
              "It would have hit {count} messages so far; {waiting} wait, {work} became work.", would.messages).format(
                  count=would.messages, waiting=would.waiting, work=would.became_work))  # fmt: skip
    for each in would.examples:
        told = (f"{each['received_at']:%Y-%m-%d}", each["work_items"] or each["status"], each["subject"])
        answer(folded("  " + " · ".join(told)))


def _report(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        answer_json({"action": outcome.action} | asdict(outcome))
        return
    answer(folded(outcome))
    answer(undo_hint(outcome.batch))
