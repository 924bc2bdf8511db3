"""`demo`: the demo desk, its mail collected and decided."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from core import clock
from core.commands.options import Json
from core.commands.printing import answer, answer_json, say
from core.commands.progress import Ending, Stopped
from core.configuration import DEMO
from core.demo.making import SEED, make_demo
from core.demo.making import Progress as Step
from core.language import _
from core.queue import tally
from core.settings import settings


def demo(
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed on the same day makes the same mail.")] = SEED,
    as_json: Json = False,
) -> None:
    """Make the demo desk: six mailboxes of three teams, forty routes and twelve weeks of mail up to this moment.

    It is written to data/demo, then collected and decided as any mail, and its people act on what waits.
    """
    now = clock.now()
    say(_("Making the demo in {folder} …").format(folder=DEMO.parent))
    with _whole_or_not_at_all(), _bar(Ending()) as step:
        desk = make_demo(DEMO.parent.absolute(), now.date(), step, until=now, seed=seed)
    made = desk.operator()
    waiting = tally(made).waiting
    if as_json:
        answer_json({"configuration": str(DEMO), "store": str(desk.store), "mailboxes": len(made.mailboxes),
                     "waiting": waiting})  # fmt: skip
    else:
        answer(_("The demo is ready: {count} mailboxes, {waiting} messages wait.").format(
            count=len(made.mailboxes), waiting=waiting))  # fmt: skip
        answer(_("Look with `python -m core queue`, or in a browser after `python -m core serve`."))


@contextmanager
def _whole_or_not_at_all() -> Iterator[None]:
    """Take a store away again that was begun and not finished: half a demo would pass for one."""
    store = Path(settings().store)
    before = store.exists()
    try:
        yield
    except BaseException as error:
        if not before:
            for path in (store, Path(f"{store}.wal")):
                path.unlink(missing_ok=True)
        if isinstance(error, Stopped):
            say(_("Ended as asked; the demo is not made."))
            raise typer.Exit(1) from None
        raise


@contextmanager
def _bar(ending: Ending) -> Iterator[Step]:
    shown = Progress(TextColumn("{task.description}", markup=False), BarColumn(), console=Console(stderr=True),
                     transient=True, disable=not sys.stderr.isatty())  # fmt: skip
    task = shown.add_task("")

    def step(sentence: str, done: int, total: int) -> None:
        if ending.asked:
            raise Stopped
        shown.update(task, description=sentence, completed=done, total=total)

    with shown:
        yield step
