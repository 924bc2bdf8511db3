"""`demo`: the demo desk, its mail collected and decided."""

import os
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
from core.errors import InvalidInput
from core.language import _
from core.queue import tally
from core.settings import settings
from core.store import open_store


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
        made = make_demo(DEMO.parent.absolute(), now.date(), step, until=now, seed=seed).operator()
        waiting = tally(made).waiting
    if as_json:
        answer_json({"configuration": str(DEMO), "store": settings().store, "mailboxes": len(made.mailboxes),
                     "waiting": waiting})  # fmt: skip
    else:
        answer(_("The demo is ready: {count} mailboxes, {waiting} messages wait.").format(
            count=len(made.mailboxes), waiting=waiting))  # fmt: skip
        answer(_("Look with `python -m core queue`, or in a browser after `python -m core serve`."))


@contextmanager
def _whole_or_not_at_all() -> Iterator[None]:
    """Make the store under another name and rename it when it is finished: half a demo would pass for one.

    Raises InvalidInput, before anything is written, when the store holds mail already.
    """
    store = settings().store
    _refuse_filled(Path(store))
    making = Path(f"{store}.making")
    making.parent.mkdir(parents=True, exist_ok=True)
    _remove(making)
    os.environ["STRAYDESK_STORE"] = str(making)
    try:
        yield
        _remove(Path(store))
        making.replace(store)
    except Stopped:
        say(_("Ended as asked; the demo is not made."))
        raise typer.Exit(1) from None
    finally:
        _remove(making)
        os.environ["STRAYDESK_STORE"] = store


def _refuse_filled(store: Path) -> None:
    if not store.exists():
        return
    with open_store(store).reading() as db:
        held = db.value("SELECT count(*) FROM message")
    if held:
        raise InvalidInput(_("The store {store} holds mail already.").format(store=store),
                           _("Name another one in STRAYDESK_STORE, or move that file away."))  # fmt: skip


def _remove(store: Path) -> None:
    for path in (store, Path(f"{store}.wal")):
        path.unlink(missing_ok=True)


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
