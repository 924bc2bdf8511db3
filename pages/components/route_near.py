"""The routes that nearly caught a mail, each with the smallest edit that would, and what that would have done."""

from collections.abc import Sequence

import streamlit as st

from core.errors import NotFound, StraydeskError
from core.language import _
from core.messages import message
from core.near_misses import NearMiss, near_misses
from core.route_set import route_frame
from core.scope import Scope
from pages.components import route_draft, route_reading
from pages.components.look import box, row, soft, text
from pages.components.reading import moment

ASKED = "near"  # the parameter of the address that names the mail


def asked() -> str:
    """The mail that the address asks about; empty if none."""
    return str(st.query_params.get(ASKED, ""))


def page(scope: Scope, id: str) -> None:
    """In place of the list of routes: which mail it is about, and what would catch it."""
    try:
        about = message(scope, id)
    except NotFound as problem:
        st.html(box(text(problem), warn=True))
    else:
        subject = about["subject"] or _("(no subject)")
        lines = [
            f"<h2>{text(subject)}</h2>",
            row(_("From"), text(about["from_address"])),
            row(_("Received"), text(moment(about["received_at"]))),
        ]
        st.html(f'<div class="sd-head">{"".join(lines)}</div>')
        show(scope, id, about["mailbox"])
    st.button(_("All routes"), key="all-routes", type="tertiary", icon=":material/arrow_back:", on_click=_leave)


def show(scope: Scope, id: str, mailbox: str) -> None:
    """The nearest misses of a mail of this mailbox; each leads to the editor, where nothing is changed yet."""
    try:
        with st.spinner(_("Trying routes on past mail …")):
            near = near_misses(scope, id)
    except StraydeskError as problem:
        st.html(box(text(problem), warn=True))
        return
    suggested(scope, near, mailbox)


def suggested(scope: Scope, near: Sequence[NearMiss], mailbox: str) -> None:
    """The same for near misses that are known already."""
    if not near:
        st.caption(_("No route comes near; a new one would have to be made for such mail."))
    for place, miss in enumerate(near):
        st.html(_markup(miss))
        if scope.person.role != "analyst":
            _way(scope, miss, mailbox, place)


def _way(scope: Scope, miss: NearMiss, mailbox: str, place: int) -> None:
    """Into the editor: with the route itself, or with one for their own mailbox, for those who may not change it."""
    edit, replacing = miss.edit, miss.replacing
    if edit.mailbox is None and not route_reading.sees_all(scope):
        name = _("{route} in {mailbox}").format(route=edit.name, mailbox=mailbox)
        edit, replacing = edit.model_copy(update={"mailbox": mailbox, "name": name}), None
        st.html(soft(_("“{route}” takes mail of every team; you can make one like it for {mailbox}.").format(
            route=miss.route, mailbox=mailbox)))  # fmt: skip
    label = _("Fix the route") if replacing else _("Draft this route")
    if st.button(label, key=f"near-{place}", icon=":material/build:"):
        route_draft.go(scope, edit, _id_of(scope, replacing))


def _markup(miss: NearMiss) -> str:
    lead = _("{address} nearly went by “{route}”.").format(address=miss.address, route=miss.route)
    warning = f"<br>▲ {text(miss.warning)}" if miss.warning else ""
    return box(f'<span class="sd-strong">{text(lead)}</span><br>{text(miss.change)} '
               f'<span class="sd-soft">{text(miss.promise)}</span>{warning}', warn=bool(miss.warning))  # fmt: skip


def _id_of(scope: Scope, name: str | None) -> str:
    rows = route_frame(scope)
    return str(next(iter(rows.loc[rows["name"] == name, "id"]), "")) if name else ""


def _leave() -> None:
    st.query_params.pop(ASKED, None)
