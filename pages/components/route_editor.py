"""The editor of a route: the form at the left, and at the right, while one types, what it would have done."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.errors import NotFound, StraydeskError
from core.language import _
from core.route_edits import move_route, remove_route, restore_version, save_route
from core.routes import Route
from core.scope import Scope
from pages.components import frame, route_deed, route_draft, route_drafted, route_form, route_trial
from pages.components.look import box, plain, text
from pages.components.route_draft import Editing


def show(scope: Scope, rows: pd.DataFrame) -> None:
    """The editor in place of the list."""
    if scope.person.role == "analyst":
        st.error(plain(_("Analysts look at mail but don't act on it.")), icon=":material/block:")
        return
    try:
        now = route_draft.current(scope)
    except NotFound as problem:
        st.error(plain(problem), icon=":material/search_off:")
    else:
        _edit(scope, rows, now)


@st.fragment
def _edit(scope: Scope, rows: pd.DataFrame, now: Editing) -> None:
    frame.speak_as_chosen()
    title = _("Change “{route}”").format(route=now.name) if now.id else _("A new route")
    with st.container(key="editor-head", horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="sd-head"><h2>{text(title)}</h2></div>', width="stretch")
        buttons = st.container(horizontal=True, width="content")
    said = st.container()
    left, right = st.columns([9, 11], gap="medium")
    with left, st.container(key="route-form"):
        fields = route_form.show(scope, now.fields, f"route-{now.number}")
        before = _place(rows, now)
    with right:
        warnings = st.container()
    with right, st.container(key="route-trial"):
        route, problems = route_drafted.show(scope, fields, now, before)
    breaking = route_drafted.breaking(scope, rows, route, now, before) if route else pd.DataFrame()
    with buttons:
        if st.button(_("Save"), key="route-save", type="primary", icon=":material/save:", shortcut="Mod+Enter"):
            with said:
                _save(scope, rows, route, problems, now, before)
        if st.button(_("Cancel"), key="route-cancel"):
            route_draft.leave()
    if len(breaking):
        with warnings:
            route_trial.broken(breaking)
            st.checkbox(_("Save it though pinned mails would go elsewhere"), key=f"despite-{now.number}")


def _place(rows: pd.DataFrame, now: Editing) -> str | None:
    """Before which other route it is to stand, by id; empty: at the end, None: where it is."""
    others = rows[rows["id"] != now.id]
    names = {"": _("at the end")} | {
        id: _("before {place}. {route}").format(place=place, route=name)
        for id, place, name in zip(others["id"], others["place"], others["name"], strict=True)}  # fmt: skip
    options: list[str | None] = [None, *names] if now.id else list(names)
    return st.selectbox(_("Stands"), options, key=f"route-{now.number}-before", help=_(
        "The first route whose conditions hold takes the mail."),
        format_func=lambda id: _("where it is") if id is None else names[id])  # fmt: skip


def _save(scope: Scope, rows: pd.DataFrame, route: Route | None, problems: list[str], now: Editing,
          before: str | None) -> None:  # fmt: skip
    if route is None or problems:
        st.html(box(text(" ".join(problems)), warn=True))
        return
    others = [id for id in rows["id"] if id != now.id]
    position = None if before is None else others.index(before) if before else len(others)
    try:
        saved = save_route(scope, route, id=now.id, seen_version=now.version, position=position,
                           despite_examples=bool(st.session_state.get(f"despite-{now.number}")))  # fmt: skip
    except StraydeskError as problem:
        st.html(box(text(problem), warn=True))
        return
    route_deed.remember(saved, _undo(now, _next(rows, now) if before is not None else ""))
    route_draft.leave(saved.id)


def _undo(now: Editing, stood_before: str | None) -> Callable[[Scope, str], object]:
    """Back to the version before, and to its place: before another route, None: at the end, empty: it has not moved."""
    if not now.id:
        return lambda scope, id: remove_route(scope, id, despite_examples=True)

    def back(scope: Scope, id: str) -> object:
        restored = restore_version(scope, id, now.version, despite_examples=True)
        return restored if stood_before == "" else move_route(scope, id, stood_before, despite_examples=True)

    return back


def _next(rows: pd.DataFrame, now: Editing) -> str | None:
    """The route behind the one that is edited."""
    ids = [str(id) for id in rows["id"]]
    return next(iter(ids[ids.index(now.id) + 1 :]), None) if now.id in ids else None
