"""`migrate-store`: a desk moved from one home of the store to another."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from core.commands.options import Json
from core.commands.printing import answer, answer_json
from core.language import _
from core.migrating import Migrated, migrate_store
from core.store import Progress, open_store

Data = "A shared store's folder or s3://…; left out, STRAYDESK_DATA."


def migrate(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The store that is there, as in STRAYDESK_STORE.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where it is to be: a new file, or an empty database.")],
    from_data: Annotated[str, typer.Option(metavar="PLACE", help=f"Of FROM: {Data}")] = "",
    to_data: Annotated[str, typer.Option(metavar="PLACE", help=f"Of TO: {Data}")] = "",
    as_json: Json = False,
) -> None:
    """Copy a desk from one home of the store to another, a file or a shared store, and compare all of it.

    Stop `serve` and `collect` first: what they write meanwhile is not in the copy. FROM stays as it is.
    """
    with _bar() as progress:
        done = migrate_store(open_store(source, from_data), target, to_data, progress)
    if as_json:
        answer_json(asdict(done))
    else:
        _report(done)


def _report(done: Migrated) -> None:
    answer(_("{place}: {rows:,} rows of {tables} tables, each compared, in {seconds:.1f} s.").format(
        place=done.place, rows=done.rows, tables=len(done.tables), seconds=done.seconds))  # fmt: skip
    answer(_("From now on set:"))
    answer(f'  STRAYDESK_STORE="{done.place}"')
    if done.data:
        answer(f'  STRAYDESK_DATA="{done.data}"')


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar on standard error, if that is a terminal."""
    shown = Bar(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())  # fmt: skip
    task = shown.add_task(_("Copying"), total=None)
    with shown:
        yield lambda done, total: shown.update(task, completed=done, total=total)
