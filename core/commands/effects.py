"""`effects`: what happens to collected mail on the server, now and in a rehearsal."""

from collections import Counter
from typing import Annotated, Any

import typer

from core.commands.options import As, Json, Mailboxes, acting, mailboxes_named
from core.commands.printing import Place, answer, answer_json, answer_table, folded, records, say, two_lines
from core.effects import do_effects, effects_foreseen, effects_state
from core.language import _, n_


def effects(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many mails it would be.")] = False,
    mailbox: Mailboxes = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Do what is due on the servers by `after_collecting` of the configuration, and say how it goes.

    `collect` does so by itself after each run. What could not be done is tried again later.
    """
    scope = acting(as_)
    names = mailboxes_named(scope, mailbox)
    if dry_run:
        _show(records(effects_foreseen(scope, names)), as_json)
        return
    problems = Counter[str]()
    for outbox in do_effects(scope, names):
        problems.update({f"{outbox.mailbox.name}: {problem}": count for problem, count in outbox.problems.items()})
    rows = records(effects_state(scope, names))
    _show(rows, as_json)
    for problem, count in problems.items():
        say(
            folded(
                n_("{problem} ({count} mail)", "{problem} ({count} mails)", count).format(problem=problem, count=count)
            )
        )
    if any(row["failed"] for row in rows):
        raise typer.Exit(1)


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        answer_json(rows)
    elif not rows:
        answer(_("Collecting changes nothing on the servers: no mailbox has after_collecting."))
    else:
        titles = [(_("Now"), "now"), (_("Later"), "later"), (_("Pending"), "pending"), (_("Done"), "done"),
                  (_("Failed"), "failed"), (_("Too large"), "kept")]  # fmt: skip
        shown = [(title, name) for title, name in titles if name in rows[0]]
        columns: dict[str, Place] = {_("Mailbox"): "rest"}
        answer_table(columns | {title: "right" for title, _name in shown},
                     ([two_lines(row["mailbox"], _effect(row)), *(str(row[name]) for _title, name in shown)]
                      for row in rows))  # fmt: skip


def _effect(row: dict[str, Any]) -> str:
    match row["effect"]:
        case "flag":
            return _("flagged {flag}").format(flag=row["detail"])
        case "move":
            return _("moved to “{folder}”").format(folder=row["detail"])
        case _:
            return n_("deleted after {count} day", "deleted after {count} days", row["days"]).format(count=row["days"])
