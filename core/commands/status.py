"""`status`: how collecting goes, mailbox by mailbox."""

from typing import Annotated, Any

import typer

from core.commands.check import check
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, answer_table, folded, records, say, two_lines
from core.health import Bounds
from core.language import _, n_
from core.measures import age
from core.scope import Scope
from core.status import LEDGER, mailbox_states


def status(
    checked: Annotated[
        bool, typer.Option("--check", help="Say only what is not well, and end with 1 then: for supervisors.")
    ] = False,
    silent: Annotated[
        float, typer.Option("--max-silence", min=0, metavar="MINUTES", help="With --check: since the last collecting.")
    ] = Bounds.silent_minutes,
    waiting: Annotated[
        int, typer.Option("--max-waiting", min=0, metavar="N", help="With --check: messages waiting in a mailbox.")
    ] = Bounds.waiting,
    left: Annotated[
        int, typer.Option("--max-left", min=0, metavar="N", help="With --check: messages that can't be taken in.")
    ] = Bounds.left,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """How each mailbox does: its last run, what waits, what is wrong, and the ledger of today (UTC)."""
    if checked:
        if not check(as_, Bounds(silent, waiting, left), as_json):
            raise typer.Exit(1)
        return
    scope = acting(as_)
    rows = records(mailbox_states(scope))
    if as_json:
        answer_json([_with_ledger(row) for row in rows])
    elif not rows:
        answer(_("You have no mailbox."))
    else:
        answer_table(
            {_("Mailbox"): "rest", _("Waiting"): "right", _("State, today"): "rest"},
            ((two_lines(row["mailbox"], row["mailbox_address"]), str(row["waiting"]),
              two_lines(_state(row, scope), _ledger(row))) for row in rows),
        )  # fmt: skip
    for row in rows:
        if row["problem"]:
            say(folded(f"{row['mailbox']}: {row['problem']}"))


def _with_ledger(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in row if name not in LEDGER} | {"today": {name: row[name] for name in LEDGER}}


def _state(row: dict[str, Any], scope: Scope) -> str:
    now = scope.desk.now()
    if row["problem"]:
        return _("problem for {age}").format(age=age(row["problem_since"], now))
    if not row["last_run_at"]:
        return _("not collected yet")
    return _("last collected: {age}").format(age=age(row["last_run_at"], now))


def _ledger(row: dict[str, Any]) -> str:
    parts = {"stored": n_("{count} stored", "{count} stored", row["stored"]),
             "duplicate": n_("{count} again", "{count} again", row["duplicate"]),
             "too_large": n_("{count} too large", "{count} too large", row["too_large"]),
             "failed": n_("{count} failed", "{count} failed", row["failed"]),
             "residue": n_("{count} left over", "{count} left over", row["residue"])}  # fmt: skip
    counts = " + ".join(words.format(count=row[name]) for name, words in parts.items() if row[name])
    listed = n_("today {count} listed = {counts}", "today {count} listed = {counts}", row["listed"])
    return listed.format(count=row["listed"], counts=counts or 0)
