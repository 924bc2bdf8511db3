"""`replay`: the queue, decided again by the routes as they are now."""

from dataclasses import asdict, replace
from typing import Annotated

import typer

from core import replaying
from core.causes import causes
from core.commands.actions import undo_hint
from core.commands.options import As, Json, Mailboxes, acting, mailboxes_named
from core.commands.printing import answer, answer_json, answer_table, folded, records, say, two_lines
from core.commands.progress import Ending, Stopped, bars
from core.language import _, n_
from core.replaying import Replayed
from core.scope import Scope

ON_A_SCREEN = 50


def replay(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would leave the queue; change nothing.")] = False,
    mailbox: Mailboxes = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Decide what waits once more, after the routes have changed. What no route takes now stays as it is.

    It is one batch: `undo` takes it back, except for what people touched since. A second time does nothing.
    """
    scope = acting(as_)
    if names := mailboxes_named(scope, mailbox):
        scope = replace(scope, mailboxes=names)
    if dry_run:
        _preview(scope, as_json)
    else:
        _replay(scope, as_json)


def _preview(scope: Scope, as_json: bool) -> None:
    found = records(replaying.replay_preview(scope))
    if as_json:
        answer_json(found)
        return
    if found:
        answer_table(
            {_("From, subject, id"): "rest", _("Becomes"): "rest"},
            ((two_lines(f"{row['from_address']} · {row['subject']}", row["id"]), two_lines(*_becomes(row)))
             for row in found[:ON_A_SCREEN]),
        )  # fmt: skip
        answer()
    left = sum(row["becomes"] != "cause" for row in found)
    answer(n_("{count} message would leave the queue, {others} would wait for another cause.",
              "{count} messages would leave the queue, {others} would wait for another cause.", left).format(
                  count=left, others=len(found) - left))  # fmt: skip


def _becomes(row: dict[str, str]) -> tuple[str, str]:
    """What a message would become, and by what."""
    if row["becomes"] == "cause":
        return _("waits: {cause}").format(cause=causes()[row["new_cause"]].short), ""
    if row["becomes"] == "reply":
        return row["targets"], _("an answer, appended to {reference}").format(
            reference=row["appended_to"] or _("what its question opens"))  # fmt: skip
    return row["targets"], _("by {routes}").format(routes=row["routes"])


def _replay(scope: Scope, as_json: bool) -> None:
    done = None
    try:
        with bars(Ending()) as advance:
            waiting = len(replaying.waiting(scope))
            for done in replaying.replay_in_portions(scope):
                advance(_("Deciding again"), done.looked_at, max(waiting, done.looked_at))
    except Stopped:
        say(_("Ended as asked; what left the queue so far stays decided."))
        _report(done, as_json)
        raise typer.Exit(1) from None
    _report(done, as_json)


def _report(done: Replayed | None, as_json: bool) -> None:
    if as_json:
        answer_json(asdict(done) if done else {"action": "replay", "ids": [], "references": [], "recaused": []})
    elif done is None:
        answer(_("Nothing waits."))
    else:
        answer(folded(replace(done, overtaken=[])))
        if done.ids or done.recaused:
            answer(undo_hint(done.batch))
    for each in done.overtaken if done else ():
        say(folded(each))
