"""What can be done with the opened route. What the person may not do is not offered, and why is said."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.acknowledging import acknowledge_route
from core.language import _
from core.one_route import OneRoute
from core.route_edits import (
    duplicate_route,
    move_route,
    promote_route,
    remove_route,
    restore_version,
    switch_route,
)
from core.route_turn import SavedRoute
from core.scope import Scope
from pages.components import dialog, route_deed, route_draft
from pages.components.look import soft, text


def show(scope: Scope, rows: pd.DataFrame, route: OneRoute) -> None:
    """The buttons that fit the route and the person."""
    if route.refusal:
        st.html(soft(route.refusal))
        return
    with st.container(key="route-actions", horizontal=True, gap="xsmall"):
        if st.button(_("Edit"), key="edit", type="primary", shortcut="E", icon=":material/edit:"):
            route_draft.begin(route.route, replacing=route)
        if scope.administers and not route.acknowledged and st.button(
                _("Acknowledge"), key="acknowledge", shortcut="A", icon=":material/verified:"):  # fmt: skip
            acknowledge(scope, route.id, route.version)
        if route.route.shadow and st.button(_("Put in force"), key="promote", icon=":material/play_arrow:"):
            promote(scope, route)
        _switch(scope, route)
        if st.button(_("Move"), key="move", shortcut="M", icon=":material/swap_vert:", disabled=len(rows) < 2):
            dialog.show(_("Move the route"), "swap_vert", _move, scope, rows, route)
        _rarer(scope, route)


def _rarer(scope: Scope, route: OneRoute) -> None:
    if st.button(_("Copy"), key="duplicate", type="tertiary"):
        route_deed.do(lambda _all_the_same: _opened(duplicate_route(scope, route.id)),
                      lambda scope, id: remove_route(scope, id), replays=False)  # fmt: skip
    if st.button(_("Remove"), key="remove", type="tertiary"):
        dialog.show(_("Remove the route"), "delete", _remove, scope, route)


def acknowledge(scope: Scope, id: str, version: int) -> None:
    """Stand for what somebody else changed."""
    route_deed.do(
        lambda all_the_same: acknowledge_route(scope, id, seen_version=version, despite_examples=all_the_same)
    )


def promote(scope: Scope, route: OneRoute) -> None:
    """From shadow into force."""
    route_deed.do(lambda all_the_same: promote_route(scope, route.id, despite_examples=all_the_same), _back_to(route))


def _switch(scope: Scope, route: OneRoute) -> None:
    on = not route.route.active
    if st.button(_("Switch on") if on else _("Switch off"), key="switch",
                 icon=":material/toggle_on:" if on else ":material/toggle_off:"):  # fmt: skip
        route_deed.do(lambda all_the_same: switch_route(scope, route.id, on, despite_examples=all_the_same),
                      lambda scope, id: switch_route(scope, id, not on, despite_examples=True))  # fmt: skip


def _move(scope: Scope, rows: pd.DataFrame, route: OneRoute) -> None:
    """Up, down, or before any other; the first whose conditions hold takes a mail."""
    st.html(f"<p>{text(route.route.name)}</p>")
    st.caption(_("Routes are tried from the top; the first whose conditions hold takes the mail."))
    ids = [str(each) for each in rows["id"]]
    here = ids.index(route.id)
    with st.container(horizontal=True):
        up = st.button(_("Up"), key="move-up", icon=":material/arrow_upward:", disabled=here == 0)
        down = st.button(_("Down"), key="move-down", icon=":material/arrow_downward:", disabled=here == len(ids) - 1)
    others = [id for id in ids if id != route.id]
    names = dict(zip(ids, rows["name"], strict=True))
    places = {id: _("{place}. before {route}").format(place=place, route=names[id])
              for place, id in enumerate(others, start=1)} | {"": _("at the end")}  # fmt: skip
    before = st.selectbox(_("Or to"), list(places), index=None, key="move-before", placeholder=_("Choose one"),
                          format_func=lambda id: places[id])  # fmt: skip
    moved = st.button(_("Move"), key="move-now", type="primary", shortcut="Mod+Enter")
    if up or down:
        before = ids[here - 1] if up else next(iter(ids[here + 2 :]), "")
    if before is not None and (up or down or moved):
        _put(scope, route, before or None, next(iter(ids[here + 1 :]), None))


def _put(scope: Scope, route: OneRoute, before: str | None, old: str | None) -> None:
    route_deed.do(lambda all_the_same: move_route(scope, route.id, before, despite_examples=all_the_same),
                  lambda scope, id: move_route(scope, id, old, despite_examples=True))  # fmt: skip


def _remove(scope: Scope, route: OneRoute) -> None:
    st.html(f"<p>{text(route.route.name)}</p>")
    st.caption(_("It catches nothing from now on. Its versions stay, and can be brought back."))
    if st.button(_("Remove"), key="remove-now", type="primary", shortcut="Mod+Enter"):
        route_deed.do(
            lambda all_the_same: remove_route(scope, route.id, seen_version=route.version,
                                              despite_examples=all_the_same),
            _back_to(route),
        )  # fmt: skip


def _back_to(route: OneRoute) -> Callable[[Scope, str], SavedRoute]:
    return lambda scope, id: restore_version(scope, id, route.version, despite_examples=True)


def _opened(saved: SavedRoute) -> SavedRoute:
    st.query_params["route"] = saved.id
    return saved
