"""`collect`: mail from the mailboxes into the store, once or for as long as it runs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from core.collecting import collect
from core.commands.options import As, Json, Mailboxes, acting, mailboxes_named
from core.commands.printing import answer, answer_json, folded, say
from core.commands.progress import Ending, Stopped, bars
from core.commands.sending import send_what_is_due
from core.errors import StraydeskError
from core.language import _, n_
from core.runs import Run
from core.scope import Scope


def collect_mail(
    watch: Annotated[bool, typer.Option("--watch", help="Go on, every [collect] every_seconds, until ended.")] = False,
    mailbox: Mailboxes = None,
    as_received: Annotated[
        bool, typer.Option("--as-received", help="Date decisions by when mail was received: for taking in old mail.")
    ] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Collect mail, decide it by the routes and keep what no route wants. Running it twice changes nothing.

    With --watch, a line on standard error tells of each run that brought something or failed; with --json
    that is a line of JSON on standard output.
    """
    scope = acting(as_)
    scope.must_act()
    names, ending = mailboxes_named(scope, mailbox), Ending()
    try:
        if watch:
            _watch(scope, names, as_received, as_json, ending)
        else:
            _once(scope, names, as_received, as_json, ending)
    except Stopped:
        say(_("Ended as asked; what was collected is kept, and the next run goes on from there."))
        if not watch:
            raise typer.Exit(1) from None


def _once(scope: Scope, names: Sequence[str], as_received: bool, as_json: bool, ending: Ending) -> None:
    with bars(ending) as progress:
        runs = collect(scope, names, as_received=as_received, progress=progress)
    if as_json:
        answer_json([_fields(run) for run in runs])
    for run in runs:
        if run.problem:
            say(_described(run))
        elif not as_json:
            answer(_described(run))
    if any(run.problem for run in runs):
        raise typer.Exit(1)


def _watch(scope: Scope, names: Sequence[str], as_received: bool, as_json: bool, ending: Ending) -> None:
    every = scope.desk.configuration.collect.every_seconds
    say(_("Collecting {count} mailboxes every {seconds:g} s. Ctrl-C ends it.").format(
        count=len(scope.within(names)), seconds=every))  # fmt: skip
    while not ending.asked:
        for run in _round(scope, names, as_received, ending):
            if run.problem or run.listed:
                _report(run, as_json, f"{scope.desk.now():%Y-%m-%dT%H:%M:%SZ} ")
        _send(scope)
        ending.rest(every)


def _round(scope: Scope, names: Sequence[str], as_received: bool, ending: Ending) -> list[Run]:
    """One look into each mailbox. Whatever goes wrong beyond a mailbox is told, and the next round tries again."""
    try:
        with bars(ending) as progress:
            return collect(scope, names, as_received=as_received, progress=progress)
    except StraydeskError as error:
        say(error)
    except Exception as error:
        say(_("Unexpected: {kind}: {why}").format(kind=type(error).__name__, why=error))
    return []


def _send(scope: Scope) -> None:
    """What is due to other systems and to teams; its troubles never keep mail from being collected."""
    try:
        send_what_is_due(scope.desk)
    except Exception as error:
        say(_("Unexpected: {kind}: {why}").format(kind=type(error).__name__, why=error))


def _report(run: Run, as_json: bool, when: str) -> None:
    if as_json:
        answer_json(_fields(run), one_line=True)
    else:
        say(when + _described(run))


def _fields(run: Run) -> dict[str, object]:
    fields = asdict(run)
    return {name: fields[name] for name in fields if name != "id"}


def _described(run: Run) -> str:
    """A run in words, such as `Accounts Payable: 12 new, 3 again`."""
    counts = {
        n_("{count} new", "{count} new", run.stored): run.stored,
        n_("{count} again", "{count} again", run.duplicate): run.duplicate,
        n_("{count} too large", "{count} too large", run.too_large): run.too_large,
        n_("{count} could not be read", "{count} could not be read", run.failed): run.failed,
    }
    told = [words.format(count=count) for words, count in counts.items() if count] or [_("nothing new")]
    return folded(f"{run.mailbox}: {run.problem or ', '.join(told)}")
