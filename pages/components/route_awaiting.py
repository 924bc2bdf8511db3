"""What agents changed of the routes, until a lead or administrator stands for it."""

import pandas as pd
import streamlit as st

from core.acknowledging import awaiting_acknowledgement
from core.language import _
from core.scope import Scope
from pages.components import clickable, route_actions
from pages.components.look import box, row, text
from pages.components.reading import age, moment, number, who


def rows(scope: Scope) -> pd.DataFrame:
    """What waits for this person; nothing for those who acknowledge nothing."""
    return awaiting_acknowledgement(scope) if scope.administers else pd.DataFrame()


def show(scope: Scope, waiting: pd.DataFrame) -> None:
    """The list, longest waiting first, with what was changed beside it."""
    if waiting.empty:
        st.success(_("Nothing waits: somebody stands for every route."), icon=":material/verified:")
        return
    left, right = st.columns([11, 9], gap="medium")
    with left:
        opened = clickable.show(_table(waiting), list(waiting["id"]), "changed", _columns(), _("Changed routes")).opened
    with right, st.container(key="opened"):
        found = waiting[waiting["id"] == opened]
        if not found.empty:
            _opened(scope, clickable.record(found, opened))


def label(count: int) -> str:
    """How the section is called."""
    return _("To acknowledge ({count})").format(count=number(count)) if count else _("To acknowledge")


def _opened(scope: Scope, change: dict[str, object]) -> None:
    changed = f"{who(change['by_name'])} · {moment(change['created_at'])}"  # type: ignore[arg-type]
    changes = "<br>".join(text(each) for each in change["changes"])  # type: ignore[attr-defined]
    lines = [f"<h2>{text(change['name'])}</h2>", row(_("By"), text(changed)), row(_("Changed"), changes),
             row(_("Catches"), text(change["conditions"])), row(_("Opens"), text(change["target"]))]  # fmt: skip
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')
    if change["waits_for_approval"]:
        st.html(box(text(_("It is not in force before it is acknowledged."))))
    with st.container(key="route-actions", horizontal=True, gap="small"):
        id, version = str(change["id"]), int(change["version"])  # type: ignore[call-overload]
        if st.button(_("Acknowledge"), key="acknowledge", type="primary", shortcut="A", icon=":material/verified:"):
            route_actions.acknowledge(scope, id, version)
        st.button(_("See the route"), key="see-route", type="tertiary", icon=":material/arrow_forward:",
                  on_click=_see, args=(id,))  # fmt: skip


def _see(id: str) -> None:
    st.query_params["route"] = id
    st.session_state["section"] = "set"


def _table(waiting: pd.DataFrame) -> pd.DataFrame:
    force = _("not in force yet")
    return pd.DataFrame({
        "name": waiting["name"], "by": waiting["by_name"].map(who),
        "age": [age(at.to_pydatetime()) for at in waiting["created_at"]],
        "state": waiting["waits_for_approval"].map({True: force, False: _("in force")}),
        "changes": [" ".join(each) for each in waiting["changes"]],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column = st.column_config.TextColumn
    return {"name": column(_("Route"), width=190), "by": column(_("By"), width=120),
            "age": column(_("Since"), width=54), "state": column(_("State"), width=110),
            "changes": column(_("What was changed"), width=420)}  # fmt: skip
