"""What is being written in the editor: the route that the form holds, what can't work in it, what would come of it."""

from typing import Any

import pandas as pd
import streamlit as st

from core.catalog import catalog
from core.errors import InvalidInput, StraydeskError
from core.language import _
from core.one_route import one_route
from core.route_set import export_routes, tomllib_routes
from core.routes import Route, Target, route_of
from core.scope import Scope
from pages.components import route_form, route_reading, route_trial
from pages.components.look import box, text
from pages.components.route_draft import Editing


def show(scope: Scope, fields: dict[str, Any], now: Editing, before: str | None) -> tuple[Route | None, list[str]]:
    """The route that the form holds, with what would come of it; None while it can't work."""
    complete = bool(fields["name"] and fields["target"])
    if not fields["recipient"]:
        st.caption(_("Say where such mail is sent to; then this side tells what the route would have done."))
        return None, [_("Say where such mail is sent to, such as an address or *@domain.")]
    name = fields["name"] or now.name or _("New route")
    try:
        route = route_of(fields | {"name": name, "target": fields["target"] or _any_target(scope)})
    except InvalidInput as problem:
        lines = [_line(each) for each in problem.sentence.splitlines()]
        for each in lines:
            st.html(box(text(each), warn=True))
        return None, lines
    place = route_trial.Place(now.id, now.name, name_of(scope, before), complete)
    problems = route_trial.show(scope, route, place)
    missing = [] if fields["name"] else [_("Give it a name.")]
    missing += [] if fields["target"] else [_("Choose a customer, a contract and a service.")]
    return route, problems + missing


def _any_target(scope: Scope) -> Target:
    """Stands in while none is chosen, so that mail can be counted: one that does not exist would open nothing."""
    found = ((customer, contract, service) for customer, contracts in catalog(scope).items()
             for contract, services in contracts.items() for service in services)  # fmt: skip
    customer, contract, service = next(found, ("–", "–", "–"))
    return Target(customer=customer, contract=contract, service=service)


def name_of(scope: Scope, before: str | None) -> str:
    """The name of a route by its id; empty for none."""
    return one_route(scope, before).route.name if before else ""


def _line(sentence: str) -> str:
    """A mistake with the field as the form calls it."""
    place, colon, reason = sentence.partition(": ")
    words = place.split(" ")[0]
    return f"{route_form.labels().get(words, words)}: {reason}" if colon else sentence


def breaking(scope: Scope, rows: pd.DataFrame, route: Route, now: Editing, before: str | None) -> pd.DataFrame:
    """The pinned mails that would go elsewhere; nothing is asked where nothing is pinned."""
    if route_reading.pinned(scope).empty:
        return pd.DataFrame()
    routes = [each for each in tomllib_routes(export_routes(scope)) if each.name != now.name]
    names = [each.name for each in routes]
    ahead = name_of(scope, before)
    if before is None:
        later = list(rows["name"])[list(rows["id"]).index(now.id) + 1 :]
        ahead = next((name for name in later if name in names), "")
    routes.insert(names.index(ahead) if ahead in names else len(names), route)
    try:
        return route_trial.breaks(scope, routes)
    except StraydeskError:
        return pd.DataFrame()
