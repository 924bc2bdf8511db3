"""`publish` and `dictionary`: the documented views as Parquet for analysts, and what is in them."""

import logging
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from core.analysis import Publication, publish
from core.analysis.dictionary import page
from core.analysis.publication import publish_when_due
from core.analysis.views import all_views
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json
from core.errors import StraydeskError
from core.language import _
from core.log import tell
from core.scope import Scope

LOOK = 60.0  # seconds between two looks at whether it is time


def publish_views(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where publications are kept, and nothing else.")],
    bodies: Annotated[bool, typer.Option("--bodies", help="With the texts of mail: not for analysts.")] = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Write the documented views as Parquet, as of one moment, while everybody works.

    FOLDER/current leads to the newest that is complete; the one before is kept for those who still read it. It holds
    what the acting person may see: publish --as the person, or one of the team, whom it is for.
    """
    made = publish(acting(as_), folder, bodies=bodies)
    if as_json:
        answer_json({"path": str(made.path)} | made.manifest.model_dump())
    else:
        answer(_told(made))


def dictionary(as_json: Json = False) -> None:
    """Print the data dictionary: each view and column for analysts, then the tables of the store, as Markdown."""
    if as_json:
        answer_json([asdict(view) for view in all_views()])
    else:
        sys.stdout.write(page())


def publish_on(scope: Scope, ended: Event) -> None:
    """What `collect --watch` does for [publish] of the configuration, until it is ended."""
    chosen = scope.desk.configuration.publish
    while chosen and not ended.is_set():
        _publish_due(scope)
        ended.wait(min(LOOK, chosen.every_minutes * 60))


def _publish_due(scope: Scope) -> None:
    """Its troubles never keep mail from being collected."""
    desk = scope.desk
    chosen = desk.configuration.publish
    assert chosen
    try:
        whose = desk.acting(chosen.person) if chosen.person else desk.operator()
        folder, every = desk.configuration.base / chosen.folder, timedelta(minutes=chosen.every_minutes)
        if made := publish_when_due(whose, folder, every, bodies=chosen.bodies):
            tell("published", _told(made), messages=made.manifest.views["messages"].rows)
    except StraydeskError as error:
        tell("publishing_failed", str(error), logging.ERROR)
    except Exception as error:
        kind = type(error).__name__
        tell("publishing_failed", _("Unexpected: {kind}: {why}").format(kind=kind, why=error), logging.ERROR, kind=kind)


def _told(made: Publication) -> str:
    found = made.manifest.views
    return _("{path}: {messages:,} messages in {views} views, {size:,.1f} MB.").format(
        path=made.path, messages=found["messages"].rows, views=len(found),
        size=sum(each.size for each in found.values()) / 2**20)  # fmt: skip
