"""What a person says to a recommendation: `recommend accept`, `recommend refuse`, `recommend answers`, `… withdraw`."""

from typing import Annotated, Any

import typer

from core.commands.actions import undo_hint
from core.commands.options import As, Json, Mailboxes, acting
from core.commands.printing import answer, answer_json, folded, records
from core.commands.recommend import Bound, Days, acting_on, learned
from core.errors import NotFound
from core.language import _
from core.recommendations import BOUND, Recommendation, Recommended, answering
from core.recommendations.answering import Accepted, How
from core.recommendations.asking import DAYS

Key = Annotated[str, typer.Argument(metavar="KEY", help="A recommendation, by the key that `recommend` prints.")]


def accept(
    key: Key,
    as_draft: Annotated[
        bool, typer.Option("--as-draft", help="Switched off, to be looked at first; so it is done if you don't choose.")
    ] = False,
    shadow: Annotated[bool, typer.Option("--shadow", help="In shadow: it takes nothing and is counted.")] = False,
    live: Annotated[bool, typer.Option("--live", help="In force; for leads and administrators.")] = False,
    name: Annotated[str, typer.Option(metavar="TEXT", help="Another name for the route.")] = "",
    bound: Bound = BOUND,
    days: Days = DAYS,
    mailbox: Mailboxes = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Make a recommendation a route, last in the order, or block the sender where it says so.

    Mail that waits is not decided again; a block deletes what waits of the sender, and `undo` takes that back.
    """
    if as_draft + shadow + live > 1:
        raise typer.BadParameter(_("Choose one of: {names}.").format(names="--as-draft, --shadow, --live"))
    how: How = "live" if live else "shadow" if shadow else "draft"
    scope = acting_on(as_, mailbox)
    chosen = _one(learned(scope, bound, days), key)
    done = answering.accept(scope, chosen, how, name=name)
    if as_json:
        answer_json({"key": chosen.key, "deed": chosen.deed, "route": done.route, "outcome": done.outcome})
    else:
        _report(chosen, how, done)


def refuse(
    key: Key,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it would be wrong.")],
    bound: Bound = BOUND,
    days: Days = DAYS,
    mailbox: Mailboxes = None,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Refuse a recommendation: it says nothing again until people have decided more mail by hand as it says."""
    scope = acting_on(as_, mailbox)
    chosen = _one(learned(scope, bound, days), key)
    answering.refuse(scope, chosen, reason)
    if as_json:
        answer_json({"key": chosen.key, "answer": "refused", "what": chosen.sentence, "reason": reason.strip()})
    else:
        answer(folded(_("Refused: {recommendation}").format(recommendation=chosen.sentence)))


def answers(as_: As = None, as_json: Json = False) -> None:
    """What was refused or put aside and still counts, newest first; `recommend withdraw` takes an answer back."""
    rows = records(answering.answers(acting(as_)))
    if as_json:
        answer_json(rows)
        return
    for row in rows:
        answer(folded(f"{row['id']}  {_told(row)}"))
        answer(f"  {folded(row['what'])}")
    if not rows:
        answer(_("Nothing was refused or put aside."))


def withdraw(
    id: Annotated[str, typer.Argument(metavar="ID", help="An answer, by the id that `recommend answers` prints.")],
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Take an answer back: what was refused or put aside may be recommended again."""
    answering.withdraw(acting(as_), id)
    if as_json:
        answer_json({"id": id, "withdrawn": True})
    else:
        answer(_("Taken back: it may be recommended again."))


def _one(found: Recommended, key: str) -> Recommendation:
    if chosen := found.one(key.strip().lower()):
        return chosen
    hint = _("`recommend` lists them; give it and this verb the same --bound, --days and --mailbox.")
    raise NotFound(_("There is no recommendation “{key}”.").format(key=key[:60]), hint)


def _told(row: dict[str, Any]) -> str:
    fields = {"person": row["by_name"], "moment": f"{row['at']:%Y-%m-%d %H:%M} UTC"}
    if row["answer"] == "refused":
        return _("refused by {person}, {moment}: {reason}").format(reason=row["reason"], **fields)
    until = f"{row['until']:%Y-%m-%d %H:%M} UTC"
    return _("put aside by {person}, {moment}, until {until}").format(until=until, **fields)


def _report(chosen: Recommendation, how: How, done: Accepted) -> None:
    answer(folded(done.sentence))
    if done.outcome:
        answer(undo_hint(done.outcome.batch))
    elif how == "live" and chosen.waiting:
        answer(_("What waits is decided again with: python -m core replay"))
