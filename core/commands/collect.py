"""`collect`: mail from the mailboxes into the store, once or for as long as it runs."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from threading import Event, Thread
from typing import Annotated

import typer

from core.collecting import collect
from core.commands.logs import begin_log
from core.commands.maintain import maintain_on
from core.commands.options import As, Json, Mailboxes, acting, mailboxes_named
from core.commands.printing import answer, answer_json, folded, say
from core.commands.progress import Ending, Stopped, bars
from core.commands.publish import publish_on
from core.commands.sending import send_what_is_due
from core.errors import InvalidInput
from core.language import _
from core.log import tell
from core.metrics import serve_metrics
from core.runs import Run, described
from core.scope import Scope
from core.watching import Watching


def collect_mail(
    watch: Annotated[bool, typer.Option("--watch", help="Go on, every [collect] every_seconds, until ended.")] = False,
    mailbox: Mailboxes = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, metavar="PORT", help="With --watch: answer Prometheus there.")
    ] = None,
    metrics_address: Annotated[str, typer.Option(metavar="ADDRESS", help="… at this address.")] = "127.0.0.1",
    as_received: Annotated[
        bool, typer.Option("--as-received", help="Date decisions by when mail was received: for taking in old mail.")
    ] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Collect mail, decide it by the routes and keep what no route wants. Running it twice changes nothing.

    With --watch, a line on standard error tells of each run that brought something or failed (STRAYDESK_LOG=json: a
    line of JSON); with --json the run is a line of JSON on standard output as well.
    """
    scope = acting(as_)
    scope.must_act()
    names, ending = mailboxes_named(scope, mailbox), Ending()
    try:
        if watch:
            with _metrics(scope, metrics_address, metrics_port):
                _watch(scope, names, as_received, as_json, ending)
        else:
            _once(scope, names, as_received, as_json, ending)
    except Stopped:
        sentence = _("Ended as asked; what was collected is kept, and the next run goes on from there.")
        if watch:
            tell("watch_ended", sentence)
        else:
            say(sentence)
            raise typer.Exit(1) from None


def _once(scope: Scope, names: Sequence[str], as_received: bool, as_json: bool, ending: Ending) -> None:
    with bars(ending) as progress:
        runs = collect(scope, names, as_received=as_received, progress=progress)
    if as_json:
        answer_json([_fields(run) for run in runs])
    for run in runs:
        if run.problem or run.held:
            say(folded(described(run)))
        elif not as_json:
            answer(folded(described(run)))
    if any(run.problem for run in runs):
        raise typer.Exit(1)


@contextmanager
def _metrics(scope: Scope, address: str, port: int | None) -> Iterator[None]:
    """In here Prometheus is answered, if it is to be."""
    if port is None:
        yield
        return
    try:
        end = serve_metrics(scope, address, port)
    except OSError as error:
        raise InvalidInput(_("Port {port} of {address} is taken.").format(port=port, address=address),
                           _("Name another with --metrics-port.")) from error  # fmt: skip
    try:
        yield
    finally:
        end()


def _watch(scope: Scope, names: Sequence[str], as_received: bool, as_json: bool, ending: Ending) -> None:
    every = scope.desk.configuration.collect.every_seconds
    begin_log()
    count = len(scope.within(names))
    tell("watch_begun", _("Collecting {count} mailboxes every {seconds:g} s. Ctrl-C ends it.").format(
        count=count, seconds=every), mailboxes=count, every_seconds=every)  # fmt: skip
    brought, ended = Event(), Event()
    with bars() as progress:
        watching = Watching(scope, names, as_received, partial(_report, as_json, brought, ending), progress)
        sending = Thread(target=_send_on, args=(scope, every, brought, ended), name="sends", daemon=True)
        publishing = Thread(target=publish_on, args=(scope, ended), name="publishes", daemon=True)
        keeping = Thread(target=maintain_on, args=(scope.desk, ended), name="maintains", daemon=True)
        watching.begin()
        for beside in (sending, publishing, keeping):
            beside.start()
        while not ending.asked:
            ending.rest(every)
        ended.set()
        brought.set()
        watching.end()
        for beside in (sending, publishing, keeping):
            beside.join()
    raise Stopped


def _report(as_json: bool, brought: Event, ending: Ending, run: Run) -> None:
    if run.stored:
        brought.set()
    if as_json and (run.problem or run.listed):
        try:
            answer_json(_fields(run), one_line=True)
        except BrokenPipeError:  # whoever read it has gone
            ending.asked = True


def _send_on(scope: Scope, every: float, brought: Event, ended: Event) -> None:
    """Send what is due after each run that brought something, and every so often."""
    while not ended.is_set():
        _send(scope)
        brought.wait(every)
        brought.clear()


def _send(scope: Scope) -> None:
    """What is due to other systems and to teams; its troubles never keep mail from being collected."""
    try:
        send_what_is_due(scope.desk)
    except Exception as error:
        kind = type(error).__name__
        tell("sending_failed", _("Unexpected: {kind}: {why}").format(kind=kind, why=error), logging.ERROR, kind=kind)


def _fields(run: Run) -> dict[str, object]:
    fields = asdict(run)
    return {name: fields[name] for name in fields if name != "id"}
