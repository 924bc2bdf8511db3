"""`backup` and `restore-backup`: the store as it is at one moment into a folder, and back again."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from core import clock
from core.backup import CONFIGURATION, Backup, Progress, backup
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, say
from core.language import _, n_
from core.restoring import Restored, restore_backup, restore_into_lake
from core.settings import settings
from core.store import LAKE


def make_backup(
    to: Annotated[Path, typer.Argument(metavar="TO", help="The folder to write; it must not exist yet, or be empty.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an older backup of that name.")] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Back up the store and the configuration, while dashboard and collector go on; passwords are not in it.

    What was written is read through and checked before the folder gets its name: half a backup never looks whole.
    """
    scope = acting(as_)
    with _bar() as progress:
        made = backup(scope, to, force=force, progress=progress)
    if as_json:
        answer_json(asdict(made) | {"path": str(made.path)})
    else:
        answer(_("{path}: {count:,} messages, {size:,.1f} MB, checked. Others had to wait for {wait:.0f} ms.").format(
            path=made.path, count=made.tables["message_raw"], size=made.size / 2**20,
            wait=made.held_seconds * 1000))  # fmt: skip
    _tell_different(made)


def restore_a_backup(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The folder of a backup, or a store's file.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="STORE", help="The store's file; left out, that of STRAYDESK_STORE.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Put a store aside that is there already.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup where a store is to be, and check it. Stop `serve` before; a store is put aside only by --force."""
    location = str(to or settings().store)
    if location.startswith(LAKE):
        with _bar() as progress:
            restored = restore_into_lake(source, location, progress=progress)
    else:
        restored = restore_backup(source, Path(location), clock.now(), force=force)
    if as_json:
        kept = str(restored.kept) if restored.kept else None
        answer_json(asdict(restored) | {"store": str(restored.store), "kept": kept})
        return
    answer(_told(restored))
    if restored.kept:
        say(_("The store that was there is now {path}.").format(path=restored.kept))
    if (source / CONFIGURATION).is_dir():
        say(_("The configuration lies in {path}; nothing of it was put back.").format(path=source / CONFIGURATION))


def _told(restored: Restored) -> str:
    count = restored.tables["message_raw"]
    if restored.made_at is None:
        return _("{path}: {count:,} messages, checked.").format(path=restored.store, count=count)
    return _("{path}: {count:,} messages as of {moment:%Y-%m-%d %H:%M} UTC, checked.").format(
        path=restored.store, count=count, moment=restored.made_at
    )


def _tell_different(made: Backup) -> None:
    """The backup is as good as the store; that the store is not whole is a problem nevertheless."""
    if not made.mails_different:
        return
    say(n_("Of {hashed} messages looked at, {count} does not have the bytes it was collected with, here and in the "
           "store.",
           "Of {hashed} messages looked at, {count} do not have the bytes they were collected with, here and in the "
           "store.", made.mails_different).format(hashed=made.mails_hashed, count=made.mails_different))  # fmt: skip
    raise typer.Exit(1)


@contextmanager
def _bar() -> Iterator[Progress]:
    shown = Bar(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with shown:
        task = shown.add_task(_("Backup"), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
