"""The route set: `routes import`, `routes export`, `routes check`."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from core import route_set
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, folded, say
from core.commands.route_changes import DespiteExamples
from core.language import _
from core.routes import read_routes

File = Annotated[Path, typer.Argument(metavar="FILE", help="Routes as TOML, as `routes export` writes them.")]


def import_routes(file: File, despite_examples: DespiteExamples = False, as_: As = None, as_json: Json = False) -> None:
    """Make a file the route set: routes that differ get a new version, those that are not in it are taken out.

    Nothing is imported when a route can't work. Mail that waits is not decided again.
    """
    scope = acting(as_)
    counts = route_set.import_routes(scope, file, despite_examples=despite_examples)
    if as_json:
        answer_json(counts)
    else:
        answer(_("{changed} changed or new, {removed} removed, {unchanged} as they were.").format(**counts))
    for problem in route_set.missing_targets(scope, read_routes(file)):
        say(folded(problem))


def export_routes(as_: As = None, as_json: Json = False) -> None:
    """Print the route set, in order, as TOML that `routes import` takes back."""
    text = route_set.export_routes(acting(as_))
    if as_json:
        answer_json(tomllib.loads(text).get("route", []))
    else:
        answer(text.rstrip("\n"))
