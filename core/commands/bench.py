"""`bench` and `reparse`: broken mail, and reading it again."""

from dataclasses import asdict
from typing import Annotated

import typer

from core import bench as broken_mail
from core.bench import KINDS, BenchFilter
from core.commands.actions import undo_hint
from core.commands.options import As, Json, Mailboxes, acting, mailboxes_named
from core.commands.printing import answer, answer_json, answer_table, folded, records, say, two_lines
from core.commands.progress import Ending, Stopped, bars
from core.defect_words import explained
from core.errors import InvalidInput
from core.language import _, n_
from core.measures import age
from core.messages import message
from core.reparsing import Reparsed, reparse_in_portions
from core.scope import Scope

ON_A_SCREEN = 50
EVERYTHING = 2**31


def bench(
    defects: Annotated[bool, typer.Option("--defects", help="Also what was read, but with defects.")] = False,
    decided: Annotated[bool, typer.Option("--all", help="Also what no longer waits.")] = False,
    mailbox: Mailboxes = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Mail that could not be read or is too large, newest first, and what is wrong with it."""
    scope = acting(as_)
    kinds = KINDS if defects else KINDS[:2]
    chosen = BenchFilter(kinds, mailboxes_named(scope, mailbox), not decided)
    found = broken_mail.broken(scope, chosen, EVERYTHING if as_json else ON_A_SCREEN)
    rows = records(found.rows)
    if as_json:
        answer_json(rows)
        return
    now = scope.desk.now()
    if rows:
        answer_table(
            {_("Age"): "right", _("From, subject, id"): "rest", _("What is wrong"): "rest"},
            ((age(row["received_at"], now),
              two_lines(_who_and_what(row), row["id"]),
              " ".join(one.sentence for one in explained(list(row["defects"])[:2]))) for row in rows),
        )  # fmt: skip
        answer()
    answer(n_("{shown} of {count} broken message", "{shown} of {count} broken messages", found.total).format(
        shown=len(rows), count=found.total))  # fmt: skip


def _who_and_what(row: dict[str, str]) -> str:
    sender = row["from_name"] or row["from_address"] or _("(no sender)")
    subject = row["subject"] or _("(no subject)")
    return f"{folded(sender)[:30]} · {subject}"


def reparse(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Messages, by their ids.")] = None,
    older: Annotated[bool, typer.Option("--older", help="All broken mail that an older parser has read.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many; change nothing.")] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Read stored mail again, after an upgrade or with other limits. What still waits is decided again."""
    scope = acting(as_)
    if bool(ids) == older:
        raise InvalidInput(_("Name messages, or say --older."), _("Take ids as `bench` prints them."))
    asked = broken_mail.older(scope) if older else {(found := message(scope, id))["id"]: found["version"]
                                                    for id in ids or ()}  # fmt: skip
    if dry_run:
        _preview(list(asked), as_json)
    else:
        _carry_out(scope, asked, as_json)


def _preview(ids: list[str], as_json: bool) -> None:
    if as_json:
        answer_json(ids)
    else:
        answer(n_("{count} message would be read again.", "{count} messages would be read again.", len(ids)).format(
            count=len(ids)))  # fmt: skip


def _carry_out(scope: Scope, asked: dict[str, int], as_json: bool) -> None:
    done = None
    try:
        with bars(Ending()) as advance:
            for done in reparse_in_portions(scope, asked):
                advance(_("Reading again"), len(done.ids) + len(done.refused), len(asked))
    except Stopped:
        say(_("Ended as asked; what was read so far stays so."))
        _report(done, as_json)
        raise typer.Exit(1) from None
    _report(done, as_json)


def _report(done: Reparsed | None, as_json: bool) -> None:
    if as_json:
        answer_json(asdict(done) if done else {"action": "reparse", "ids": [], "references": [], "refused": {}})
    elif done is None:
        answer(_("There is nothing to read again."))
    else:
        answer(folded(done))
        if done.references:
            answer(undo_hint(done.batch))
