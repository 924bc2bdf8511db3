"""Pinning a mail to a route, as one that it must catch or must not: every change of routes is tried on it first."""

import pandas as pd
import streamlit as st

from core.errors import InvalidInput, StraydeskError
from core.examples import examples, pin_example, unpin_example
from core.language import _
from core.one_route import set_mark
from core.route_set import route_frame
from core.scope import Scope
from pages.components.look import box, text
from pages.components.route_pinned import state

MUST = {"catch": True, "leave": False}
PROBLEM = "pin-problem"


def show(scope: Scope, id: str, likely: str = "") -> None:
    """What the mail is pinned to, and for those who may a popover that pins it, with the `likely` route chosen."""
    may = scope.person.role != "analyst"
    if said := st.session_state.pop(PROBLEM, ""):
        st.html(box(text(said), warn=True))
    every = _every(scope, str(scope.store), scope.mailboxes, set_mark(scope))
    for row in every[every["message_id"] == id].to_dict("records"):
        words = (
            _("Pinned: “{route}” must catch it.") if row["must_catch"] else _("Pinned: “{route}” must not catch it.")
        )
        with st.container(key=f"pin-to-{row['route_id']}", horizontal=True, vertical_alignment="center"):
            told = f"{text(words.format(route=row['route']))} {text(state(row['holds']))}"
            note = f' <span class="sd-soft">{text(row["note"])}</span>' if row["note"] else ""
            st.html(box(told + note), width="stretch")
            if may:
                st.button(_("Take it off"), key=f"unpin-{row['route_id']}", type="tertiary", icon=":material/keep_off:",
                          on_click=_unpin, args=(scope, str(row["route_id"]), id))  # fmt: skip
    routes = route_frame(scope)
    if may and len(routes):
        _popover(scope, id, likely, routes)


@st.cache_data(ttl=60, max_entries=32, show_spinner=False)
def _every(_scope: Scope, store: str, mailboxes: tuple[str, ...], mark: int) -> pd.DataFrame:
    """All pinned mails; whether they hold is tried on each, so it is kept until a route or a pin changes."""
    return examples(_scope)


def _popover(scope: Scope, id: str, likely: str, routes: pd.DataFrame) -> None:
    words = {"catch": _("must catch it"), "leave": _("must not catch it")}
    names = dict(zip((str(each) for each in routes["id"]), routes["name"], strict=True))
    first = next((place for place, name in enumerate(names.values()) if name == likely), None)
    with st.popover(_("Pin as example"), key="pin", icon=":material/keep:", on_change="rerun") as opened:
        if not opened.open:
            return
        st.caption(_("Every change of any route is tried on pinned mails first; one that breaks is refused."))
        st.selectbox(_("Route"), list(names), index=first, key=f"pin-route-{id}", placeholder=_("Choose one"),
                     format_func=lambda each: names[each])  # fmt: skip
        st.segmented_control(_("This route"), list(MUST), default="catch", required=True, key=f"pin-must-{id}",
                             format_func=lambda code: words[code])  # fmt: skip
        st.text_input(_("Why"), key=f"pin-note-{id}", placeholder=_("optional"))
        st.button(_("Pin"), key="pin-now", type="primary", icon=":material/keep:", on_click=_pin, args=(scope, id))


def _pin(scope: Scope, id: str) -> None:
    """Pin it as the popover says, and close that."""
    route, must, note = (st.session_state.get(f"pin-{field}-{id}") for field in ("route", "must", "note"))
    try:
        if not route:
            raise InvalidInput(_("Choose a route first."))
        pin_example(scope, route, id, MUST[must or "catch"], note or "")
    except StraydeskError as problem:
        st.session_state[PROBLEM] = str(problem)
    st.session_state["pin"] = False


def _unpin(scope: Scope, route: str, id: str) -> None:
    try:
        unpin_example(scope, route, id)
    except StraydeskError as problem:
        st.session_state[PROBLEM] = str(problem)
