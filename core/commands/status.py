"""`status`: how collecting goes, mailbox by mailbox."""

from typing import Annotated, Any

import typer

from core.commands.check import check
from core.commands.options import As, At, Json, acting
from core.commands.printing import answer, answer_json, answer_table, folded, records, say, two_lines
from core.comparing import Compared, compare_now
from core.health import Bounds, Trouble, troubles, uids_of
from core.language import _, n_
from core.ledger import LEDGER
from core.measures import age
from core.scope import Scope
from core.status import mailbox_states

SEEN = ("silent", "backlog")  # troubles that the table itself shows


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
    strict: Annotated[bool, typer.Option("--strict", help="With --check: warnings count as well.")] = False,
    compared: Annotated[
        bool, typer.Option("--compare", help="Ask each server what lies there now, and compare; collects nothing.")
    ] = False,
    at: At = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """How each mailbox does: its last run, what waits, what is wrong, and the ledger of today (UTC)."""
    if at and (checked or compared):
        raise typer.BadParameter("--check and --compare are about now: leave out --at.")
    if checked:
        if not check(as_, Bounds(silent, waiting, left), strict, as_json):
            raise typer.Exit(1)
    elif compared:
        _compare(acting(as_), as_json)
    else:
        _states(acting(as_, at), as_json)


def _states(scope: Scope, as_json: bool) -> None:
    rows = records(mailbox_states(scope))
    found = troubles(scope, Bounds())
    if as_json:
        answer_json([_with_ledger(row) | {"troubles": [_told(each) for each in found if each.mailbox == row["mailbox"]]}
                     for row in rows])  # fmt: skip
        return
    if not rows:
        answer(_("You have no mailbox."))
        return
    answer_table(
        {_("Mailbox"): "rest", _("Waiting"): "right", _("State, today"): "rest"},
        ((two_lines(row["mailbox"], row["mailbox_address"]), str(row["waiting"]),
          two_lines(_state(row, scope), _ledger(row))) for row in rows),
    )  # fmt: skip
    for each in found:
        if each.code not in SEEN:
            say(folded(each.sentence))


def _told(trouble: Trouble) -> dict[str, Any]:
    return {"code": trouble.code, "level": trouble.level, "sentence": trouble.sentence, "since": trouble.since}


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
             "left_over": n_("{count} left over", "{count} left over", row["left_over"]),
             "unaccounted": n_("{count} unaccounted for", "{count} unaccounted for", row["unaccounted"])}  # fmt: skip
    counts = " + ".join(words.format(count=row[name]) for name, words in parts.items() if row[name])
    listed = n_("today {count} listed = {counts}", "today {count} listed = {counts}", row["listed"])
    return listed.format(count=row["listed"], counts=counts or 0)


def _compare(scope: Scope, as_json: bool) -> None:
    found = compare_now(scope)
    if as_json:
        answer_json(found)
    for one in found:
        if one.problem:
            say(folded(f"{one.mailbox}: {one.problem}"))
        elif not as_json:
            answer(folded(_compared(one)))
    missing = {one.mailbox for one in found if one.missing}
    for row in records(mailbox_states(scope)) if missing and not as_json else ():
        if row["mailbox"] in missing:
            say(folded(_("{mailbox}: not here are UID {uids}; the next run asks for them.").format(
                mailbox=row["mailbox"], uids=uids_of(row))))  # fmt: skip
    if missing or any(one.problem for one in found):
        raise typer.Exit(1)


def _compared(one: Compared) -> str:
    told = n_("{mailbox}: {count} message on the server, {known} of them here, {missing} missing",
              "{mailbox}: {count} messages on the server, {known} of them here, {missing} missing",
              one.on_server).format(mailbox=one.mailbox, count=one.on_server, known=one.known,
                                    missing=one.missing)  # fmt: skip
    gone = n_("{count} here is there no more", "{count} here are there no more", one.gone).format(count=one.gone)
    return f"{told}; {gone}" if one.gone else told
