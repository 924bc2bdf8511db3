"""Routes one by one: `routes list`, `routes show`, `routes history`, `routes switch`, `routes rollback`."""

from typing import Annotated

import typer

from core import route_edits
from core.commands.options import As, Json, acting
from core.commands.printing import answer, answer_json, answer_table, folded, records, two_lines
from core.language import _
from core.measures import age
from core.route_history import route_history
from core.route_set import route_named
from core.route_statistics import route_statistics
from core.route_turn import SavedRoute
from core.route_words import route_conditions
from core.routes import written

Name = Annotated[str, typer.Argument(metavar="NAME", help="A route, by the name that `routes list` prints.")]
DespiteExamples = Annotated[
    bool, typer.Option("--despite-examples", help="Also when mail that is pinned to a route would go elsewhere.")
]


def list_routes(
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Words that must all stand in a field of the route.")
    ] = "",
    as_: As = None,
    as_json: Json = False,
) -> None:
    """The route set, in order: what each route wants, what it did in the last 90 days, and what only it caught."""
    scope = acting(as_)
    frame = route_statistics(scope, search)
    if as_json:
        answer_json(records(frame))
        return
    now = scope.desk.now()
    answer_table(
        {"#": "right", _("State"): "left", _("Last"): "right", _("90 days"): "right", _("Only it"): "right",
         _("Overridden"): "right", _("Route"): "rest"},
        ((str(row["place"]), _state(row["active"], row["shadow"], row["waits_for_approval"]),
          age(row["last_fired_at"], now) if row["last_fired_at"] else "", str(row["hits_90"]), str(row["marginal_90"]),
          str(row["overrides_90"]), two_lines(row["name"], f"{row['conditions']} → {row['target']}"))
         for row in records(frame)),
    )  # fmt: skip


def show_route(name: Name, as_: As = None, as_json: Json = False) -> None:
    """A route: its conditions in a sentence, and as the text that `routes import` takes."""
    found = route_named(acting(as_), name)
    route = found.pop("route")
    if as_json:
        answer_json(found | {"conditions": route_conditions(route), "route": route.model_dump()})
        return
    state = _("removed") if found["removed"] else _state(route.active, route.shadow, found["waits_for_approval"])
    version = _("version {version}").format(version=found["version"])
    answer(folded(f"{route.name} · {version} · {state}"))
    answer(folded(f"{route_conditions(route)} → {route.target}"))
    answer()
    answer(written([route]).rstrip("\n"))


def history(name: Name, as_: As = None, as_json: Json = False) -> None:
    """The versions of a route, newest first: who changed what, and when."""
    scope = acting(as_)
    frame = route_history(scope, route_named(scope, name)["id"])
    if as_json:
        answer_json(records(frame))
        return
    for row in records(frame):
        answer(folded(f"{row['version']:>4}  {row['changed_at']:%Y-%m-%d %H:%M} UTC  {row['by_name']}"))
        for change in row["changes"]:
            answer(f"      {folded(change)}")


def switch(
    name: Name,
    on: Annotated[bool, typer.Option("--on/--off", help="On, or off.")],
    despite_examples: DespiteExamples = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Switch a route on or off; mail that waits is not decided again."""
    scope = acting(as_)
    id = route_named(scope, name)["id"]
    _report(route_edits.switch_route(scope, id, on, despite_examples=despite_examples), as_json)


def rollback(
    name: Name,
    to: Annotated[int, typer.Option(min=1, metavar="VERSION", help="The version whose text becomes the newest again.")],
    despite_examples: DespiteExamples = False,
    as_: As = None,
    as_json: Json = False,
) -> None:
    """Make a new version of a route with the text of an old one; a route that was removed is back."""
    scope = acting(as_)
    found = route_named(scope, name)
    saved = route_edits.restore_version(scope, found["id"], to, seen_version=found["version"],
                                        despite_examples=despite_examples)  # fmt: skip
    _report(saved, as_json)


def _report(saved: SavedRoute, as_json: bool) -> None:
    if as_json:
        answer_json(saved)
    else:
        answer(folded(str(saved)))


def _state(active: bool, shadow: bool, waits: bool) -> str:
    if waits:
        return _("waits for approval")
    return (_("in shadow") if shadow else _("on")) if active else _("off")
