"""`maintain`: the store kept quick and small; by hand, and by `collect --watch` now and then."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from threading import Event
from typing import Annotated, Any

import typer
from rich.console import Console

from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, records, say
from core.lake_steps import Maintained, Progress
from core.language import _, n_
from core.log import tell
from core.maintaining import Foreseen, foreseen, maintain, maintain_when_due
from core.retention import coming
from core.scope import Desk, Scope
from core.store.upkeep import Extent

EVERY = 60.0  # seconds between two looks at whether something is due


class _Ended(Exception):
    """`collect --watch` is being ended."""


def maintain_store(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Keep the store quick and small, while everybody goes on: what retention says, then the store itself.

    A shared store: small files merged, what its past needs let go after [maintain] snapshot_days, files that nothing
    needs removed a day later. A file: a checkpoint. `collect --watch` does this by itself on a shared store.
    """
    scope = acting(as_)
    if dry_run:
        _announce(scope, foreseen(scope), as_json)
        return
    with _told() as progress:
        done = maintain(scope, progress)
    if as_json:
        answer_json(asdict(done))
    else:
        _report(done)


def maintain_on(desk: Desk, ended: Event) -> None:
    """Do what is due now and then, until ended; its troubles never keep mail from being collected."""

    def progress(_what: str, _table: str) -> None:
        if ended.is_set():
            raise _Ended

    while not ended.is_set():
        try:
            maintain_when_due(desk, progress)
        except _Ended:
            return
        except Exception as error:
            kind = type(error).__name__
            sentence = _("Unexpected: {kind}: {why}").format(kind=kind, why=error)
            tell("maintaining_failed", sentence, logging.ERROR, kind=kind)
        ended.wait(EVERY)


@contextmanager
def _told() -> Iterator[Progress]:
    """What is done just now, on standard error, if that is a terminal."""
    words = {"flushed": _("Flushing rows: {table}"), "rewritten": _("Rewriting files: {table}"),
             "merged": _("Merging files: {table}"), "expired": _("Expiring snapshots"),
             "removed": _("Removing files")}  # fmt: skip
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _what, _table: None
        return
    with console.status(_("Removing mail whose time is over")) as shown:
        yield lambda what, table: shown.update(words[what].format(table=table))


def _announce(scope: Scope, found: Foreseen, as_json: bool) -> None:
    due = records(coming(scope))
    if as_json:
        answer_json(asdict(found) | {"retention": due})
        return
    count = sum(row["messages_now"] for row in due)
    answer(n_("Retention would remove from {count} message.", "Retention would remove from {count} messages.",
              count).format(count=count))  # fmt: skip
    if found.extent is None:
        answer(_("The store is a file: nothing but a checkpoint is to be done."))
        return
    answer(_size(found.extent))
    answer(_("Up to {small:,} small files of one table would be merged; {snapshots:,} snapshots are old enough to go, "
             "{files:,} files and {orphans:,} files without an owner are unneeded for long enough.").format(
        small=found.small_files, snapshots=found.expirable, files=found.removable, orphans=found.orphans))  # fmt: skip
    if found.left:
        say(found.left)


def _report(done: Maintained) -> None:
    if done.retained:
        parts = done.retained.parts
        answer(n_("Removed from {count} message.", "Removed from {count} messages.", parts).format(count=parts))
    if done.before is None or done.after is None:
        answer(_("The store is a file: its checkpoint is written. `retention --compact` gives room back to the disk."))
        return
    answer(_("{flushed:,} rows flushed, {merged:,} files merged, {rewritten:,} rewritten; {expired:,} snapshots "
             "expired, {removed:,} files removed, {orphans:,} without an owner.").format(**_counts(done)))  # fmt: skip
    answer(_("Before: {size}").format(size=_size(done.before)))
    answer(_("After: {size}").format(size=_size(done.after)))
    if done.left:
        say(done.left)


def _counts(done: Maintained) -> dict[str, Any]:
    return {name: getattr(done, name) for name in ("flushed", "merged", "rewritten", "expired", "removed", "orphans")}


def _size(found: Extent) -> str:
    return _("{snapshots:,} snapshots, {current:,} files of today's desk, {files:,} with its past, {size:,.1f} MB; "
             "{waiting:,} files wait to be removed").format(
        snapshots=found.snapshots, current=found.current_files, files=found.files, size=found.bytes / 2**20,
        waiting=found.waiting_files)  # fmt: skip
