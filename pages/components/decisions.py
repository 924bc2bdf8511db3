"""The dialogs that decide a message: create a work item, attach to one, delete."""

from collections.abc import Sequence

import streamlit as st

from core import acting, work_items
from core.language import _, n_
from core.recommendations.suggesting import Suggestion
from core.route_set import route_frame
from core.route_words import opens
from core.routes import Route, Target
from core.scope import Scope
from pages.components import create_route, created_route, doing, route_target
from pages.components.doing import Chosen
from pages.components.look import plain
from pages.components.reading import number


def create(scope: Scope, chosen: Chosen, likely: Sequence[Suggestion]) -> None:
    """A ticket or case from the chosen messages: a likely target with one key, or any other by its name."""
    count(chosen)
    together = len(chosen) > 1 and st.checkbox(_("One work item for all of them"), key="create-together")
    if create_route.asked():
        _with_route(scope, chosen, likely, together)
        return
    for place, each in enumerate(likely, start=1):
        label = plain(f"{opens(each.target)}  ({each.reason})")
        if st.button(label, key=f"likely-{place}", shortcut=str(place), type="primary" if place == 1 else "secondary",
                     width="stretch"):  # fmt: skip
            _open(scope, chosen, each.target, together)
    picked = _target(scope)
    # Never off: its key may come before the last choice has made its way here and back, and must not be lost.
    if st.button(_("Create"), key="create-now", type="primary", shortcut="Mod+Enter"):
        if picked:
            _open(scope, chosen, picked, together)
        st.caption(_("Choose a customer, a contract and a service."))


def _with_route(scope: Scope, chosen: Chosen, likely: Sequence[Suggestion], together: bool) -> None:
    """The target is chosen first, so that the route is seen before anything is done."""
    picked = create_route.likely([each.target for each in likely], opens) or _target(scope)
    route = create_route.show(scope, chosen, picked)
    label = _("Create, and save the route") if route else _("Create")
    if st.button(label, key="create-now", type="primary", shortcut="Mod+Enter") and picked:
        _open(scope, chosen, picked, together, route)


def attach(scope: Scope, chosen: Chosen) -> None:
    """Add the chosen messages to an open work item: a likely one with its reason, or any by its reference."""
    count(chosen)
    found = work_items.candidates(scope, next(iter(chosen)))
    reasons = {"thread": _("same conversation"), "sender": _("same sender"), "domain": _("same domain"),
               "subject": _("similar subject")}  # fmt: skip
    captions = {
        row["reference"]: " · ".join(
            [row["reference"], row["subject"] or _("(no subject)"), ", ".join(reasons[why] for why in row["why"])]
        )
        for row in found.to_dict("records")
    }
    picked = st.selectbox(_("Likely work items"), list(captions), format_func=lambda one: captions[one],
                          index=0 if captions else None, key="attach-candidate", disabled=not captions,
                          placeholder=_("None looks alike"))  # fmt: skip
    typed = st.text_input(_("Or its reference"), key="attach-reference", placeholder="T-000123")
    if st.button(_("Attach"), key="attach-now", type="primary", shortcut="Mod+Enter") and (typed or picked):
        doing.each(chosen, lambda some, batch: acting.attach(scope, some, typed or str(picked), batch=batch))


def delete(scope: Scope, chosen: Chosen) -> None:
    """Take the chosen messages out of the queue, with a reason."""
    count(chosen)
    usual = [_("Spam"), _("Newsletter"), _("Automatic reply"), _("Duplicate"), _("Not for us")]
    reason = st.selectbox(_("Reason"), usual, key="delete-reason", accept_new_options=True)
    st.caption(_("It stays restorable, and everybody can see who deleted it and why."))
    if st.button(_("Delete"), key="delete-now", type="primary", shortcut="Mod+Enter", disabled=not reason):
        doing.each(chosen, lambda some, batch: acting.delete(scope, some, str(reason), batch=batch))


def count(chosen: Chosen) -> None:
    """How many messages the dialog is about, where it is more than one."""
    if len(chosen) > 1:
        words = n_("{count} message", "{count} messages", len(chosen))
        st.markdown(f"**{words.format(count=number(len(chosen)))}**")


def _open(scope: Scope, chosen: Chosen, target: Target, together: bool, route: Route | None = None) -> None:
    if together:
        doing.at_once(lambda: acting.create(scope, chosen, target, together=True),
                      lambda: created_route.save(scope, route))  # fmt: skip
    doing.each(chosen, lambda some, batch: acting.create(scope, some, target, batch=batch),
               lambda: created_route.save(scope, route))  # fmt: skip


def _target(scope: Scope) -> Target | None:
    """Pick lists that depend on each other; a route chosen fills them all."""
    routes = {str(row.name): row for row in route_frame(scope).itertuples(index=False)}
    route = st.selectbox(_("As a route would"), list(routes), index=None, key="create-route", placeholder=_("optional"))
    like = routes.get(route or "")
    filled = (
        Target.model_validate({name: getattr(like, f"target_{name}") for name in Target.model_fields}) if like else None
    )
    kind = route_target.kind_of(_("Kind"), filled, f"create-kind-{route}")
    return route_target.among(scope, filled, kind, "create", f"-{route}")
