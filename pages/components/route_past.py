"""The versions of a route: who changed what and when, and the way back to any of them."""

import pandas as pd
import streamlit as st

from core.errors import NotFound
from core.language import _
from core.one_route import OneRoute
from core.route_edits import restore_version
from core.route_history import route_history
from core.scope import Scope
from pages.components import route_deed
from pages.components.look import soft, text
from pages.components.reading import moment, who


def show(scope: Scope, route: OneRoute) -> None:
    """The versions, newest first."""
    _versions(scope, route.id, route_history(scope, route.id), route.version, only_look=bool(route.refusal))


def removed(scope: Scope, id: str) -> None:
    """The versions of a route that is not in the set any more."""
    try:
        past = route_history(scope, id)
    except NotFound:
        return
    _versions(scope, id, past, int(past["version"].max()), only_look=scope.person.role == "analyst")


def _versions(scope: Scope, id: str, past: pd.DataFrame, newest: int, *, only_look: bool) -> None:
    for each in past.to_dict("records"):
        version = int(each["version"])
        title = _("Version {number}").format(number=version)
        with st.container(horizontal=True, vertical_alignment="top", key=f"version-{version}"):
            changed = f"{moment(each['changed_at'].to_pydatetime())} · {who(each['by_name'])}"
            changes = "<br>".join(text(change) for change in each["changes"])
            head = f'<span class="sd-strong">{text(title)}</span> {soft(changed)}'
            waits = _("waits for approval") if each["waits_for_approval"] else ""
            st.html(f'<div class="sd-head">{head} {_mark(waits)}<br>{changes}</div>', width="stretch")
            if not only_look and version != newest and each["restorable"] and st.button(
                    _("Go back to this"), key=f"back-{version}", type="tertiary", icon=":material/undo:"):  # fmt: skip
                _restore(scope, id, version, newest)


def _mark(words: str) -> str:
    return f'<span class="sd-mark sd-no">{text(words)}</span>' if words else ""


def _restore(scope: Scope, id: str, version: int, newest: int) -> None:
    st.query_params["route"] = id
    route_deed.do(
        lambda despite: restore_version(scope, id, version, seen_version=newest, despite_examples=despite),
        lambda scope, id: restore_version(scope, id, newest, despite_examples=True),
    )
