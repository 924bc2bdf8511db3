"""`recommend`: the routes and blocks that people's decisions speak for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.console import Console

from core import recommendations as recommending
from core.commands.options import As, Json, Mailboxes, acting, mailboxes_named
from core.commands.printing import answer, answer_json, folded, say
from core.language import _, n_
from core.recommendations import BOUND, Recommendation, Recommended
from core.recommendations.asking import DAYS
from core.route_set import export_routes, tomllib_routes
from core.routes import Route, written
from core.scope import Scope

ON_A_SCREEN = 50
Bound = Annotated[
    float, typer.Option(min=0, max=1, metavar="SHARE", help="At least so sure, a route is offered; below, in shadow.")
]
Days = Annotated[int, typer.Option(min=1, metavar="N", help="Learn from the mail of so many days.")]


def recommend(
    context: typer.Context,
    bound: Bound = BOUND,
    days: Days = DAYS,
    mailbox: Mailboxes = None,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print today's routes and these behind them, as a file of routes.")
    ] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """List the routes and blocks that people's decisions speak for, those that save most minutes a week first.

    Nothing is changed until somebody accepts one. What --toml prints is a whole route set, as `backtest --routes` and
    `routes import` take it; blocks are no routes and are left out.
    """
    if context.invoked_subcommand:
        _no_options_before(context)
        return
    if toml and as_json:
        raise typer.BadParameter(_("Choose one of: {names}.").format(names="--toml, --json"))
    scope = acting_on(as_, mailbox)
    found = learned(scope, bound, days)
    if as_json:
        answer_json([_fields(each) for each in found.offered])
    elif toml:
        _answer_toml(scope, found.offered)
    else:
        _answer_list(found)


def acting_on(email: str | None, mailbox: Sequence[str] | None) -> Scope:
    """The scope of who acts, on these of their mailboxes only, or on all."""
    scope = acting(email)
    names = mailboxes_named(scope, mailbox)
    return replace(scope, mailboxes=names) if names else scope


def learned(scope: Scope, bound: float, days: int) -> Recommended:
    """What is recommended; who waits for it at a terminal is told so."""
    with Console(stderr=True).status(_("Looking through what people decided by hand …")):
        return recommending.recommendations(scope, bound=bound, days=days)


def _no_options_before(context: typer.Context) -> None:
    """They would count for nothing there, in silence."""
    sources = filter(None, map(context.get_parameter_source, context.params))
    if any(source.name == "COMMANDLINE" for source in sources):
        context.fail(_("Options belong behind “{verb}”.").format(verb=context.invoked_subcommand))


def _fields(each: Recommendation) -> dict[str, Any]:
    names = ["key", "deed", "standing", "sentence", "conditions", "mailbox"]
    names += ["support", "agreeing", "against", "at_least", "weeks", "waiting"]
    route = _offered_route(each)
    return {name: getattr(each, name) for name in names} | {
        "minutes_per_week": each.saved,
        "target": route and route.target.model_dump(),
        "route": route and route.model_dump(exclude_defaults=True),
        "block": each.block,
        "refused": each.refused,
    }


def _offered_route(each: Recommendation) -> Route | None:
    """The route as it is offered: in shadow where it is not sure enough for more."""
    return each.route and each.route.model_copy(update={"shadow": each.standing == "shadow"})


def _answer_toml(scope: Scope, offered: Sequence[Recommendation]) -> None:
    """Today's routes come first: a file replaces the whole set, and without them it would take them all out."""
    texts = [written([route]) for route in tomllib_routes(export_routes(scope))]
    texts += [f"# {folded(each.sentence)}\n{written([route])}" for each in offered if (route := _offered_route(each))]
    answer("\n".join(texts or [written([])]).rstrip("\n"))
    if blocks := sum(each.block is not None for each in offered):
        told = n_("{count} block is recommended, too; it is no route and not in the file.",
                  "{count} blocks are recommended, too; they are no routes and not in the file.", blocks)  # fmt: skip
        say(told.format(count=blocks))


def _answer_list(found: Recommended) -> None:
    """Whole lines, however wide: the sentence is what counts."""
    titles = ("KEY", _("Minutes a week"), _("Waiting"), _("Offered as"), _("Recommendation"))
    rows = [titles, *map(_cells, found.offered[:ON_A_SCREEN])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for key, minutes, waiting, how, sentence in rows if found.offered else ():
        aligned = key.ljust(widths[0]), minutes.rjust(widths[1]), waiting.rjust(widths[2]), how.ljust(widths[3])
        answer("  ".join([*aligned, sentence]))
    if len(found.offered) > ON_A_SCREEN:
        answer(_("… and {count} more; --json has all").format(count=len(found.offered) - ON_A_SCREEN))
    answer(folded(found.sentence))


def _cells(each: Recommendation) -> tuple[str, ...]:
    how = {"block": _("block"), "shadow": _("shadow"), "route": _("route")}
    standing = "block" if each.block else each.standing
    return each.key, f"{each.saved:.0f}", str(each.waiting), how[standing], folded(each.sentence)
