"""`queue`: what waits for a person."""

from typing import Annotated

import typer

from core import queue as unprocessed
from core.causes import causes
from core.commands.options import As, At, Json, Mailboxes, acting, addresses_named, mailboxes_named
from core.commands.printing import answer, answer_json, answer_table, folded, records, two_lines
from core.language import _
from core.measures import age
from core.queue import CAUSES, QueueFilter, Tally
from core.scope import Scope

ON_A_SCREEN = 50
EVERYTHING = 2**31
FIELDS = ("id", "mailbox", "mailbox_address", "from_address", "from_name", "subject", "received_at", "cause", "status",
          "message_id", "attachments")  # fmt: skip


def _cause(text: str) -> str:
    if text not in CAUSES:
        raise typer.BadParameter(f"“{text}” is no cause; choose one of {', '.join(CAUSES)}.")
    return text


def queue(
    mailbox: Mailboxes = None,
    address: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Only the mailbox of this address; several times.")
    ] = None,
    cause: Annotated[
        list[str] | None,
        typer.Option(parser=_cause, metavar="CAUSE", help=f"Only what waits for this cause: {', '.join(CAUSES)}."),
    ] = None,
    sender: Annotated[str, typer.Option(metavar="SENDER", help="Only mail of this address or domain.")] = "",
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Words that must all be in subject, sender, text or file names.")
    ] = "",
    oldest_first: Annotated[bool, typer.Option("--oldest-first", help="Longest waiting first, not newest.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=f"At most this many; {ON_A_SCREEN} in a table, else all.")
    ] = None,
    at: At = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """What waits for a person, newest first, and why it waits.

    Full ids are printed: `show`, `why`, `create`, `attach` and `delete` take them.
    """
    scope = acting(as_, at)
    chosen = QueueFilter(mailboxes_named(scope, mailbox), addresses_named(scope, address), tuple(cause or ()), sender,
                         search, order="oldest" if oldest_first else "newest")  # fmt: skip
    if as_json:
        answer_json(records(unprocessed.waiting(scope, chosen, limit=limit or EVERYTHING)[list(FIELDS)]))
    else:
        _answer_table(scope, chosen, limit or ON_A_SCREEN)


def _answer_table(scope: Scope, chosen: QueueFilter, limit: int) -> None:
    now, short = scope.desk.now(), causes()
    rows = records(unprocessed.waiting(scope, chosen, limit=limit))
    if rows:
        answer_table(
            {_("Age"): "right", _("From, subject, id"): "rest", _("Cause, mailbox"): "rest"},
            ((age(row["received_at"], now), two_lines(_who_and_what(row), row["id"]),
              two_lines(short[row["cause"]].short, row["mailbox"])) for row in rows),
        )  # fmt: skip
        answer()
    answer(_summary(unprocessed.tally(scope, chosen), len(rows), scope))


def _who_and_what(row: dict[str, str]) -> str:
    sender = row["from_name"] or row["from_address"] or _("(no sender)")
    subject = row["subject"] or _("(no subject)")
    return f"{folded(sender)[:30]} · {subject}"


def _summary(tally: Tally, shown: int, scope: Scope) -> str:
    if tally.oldest_at is None:
        return _("Nothing waits.")
    return _("{shown} of {count} waiting · oldest {age} · {fresh} in the last 24 hours").format(
        shown=shown, count=tally.waiting, age=age(tally.oldest_at, scope.desk.now()), fresh=tally.fresh)  # fmt: skip
