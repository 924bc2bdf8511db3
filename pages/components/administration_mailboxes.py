"""Administration: which team a mailbox belongs to, and within how long its mail is to be decided."""

import streamlit as st

from core.administration import teams
from core.language import _
from core.scope import Scope
from pages.components import settling
from pages.components.look import box, text


def show(scope: Scope) -> None:
    """The mailboxes, and giving one to another team."""
    rows = teams.mailboxes(scope)
    lost = rows.loc[~rows["has_team"].astype(bool), "name"]
    if len(lost):
        told = _("Only administrators see these mailboxes, because their team does not exist: {mailboxes}.")
        st.html(box(text(told.format(mailboxes=", ".join(lost))), warn=True))
    column = st.column_config.TextColumn
    row = settling.choose(rows, key="mailboxes", about=_("Mailboxes"), columns={
        "name": column(_("Mailbox"), width=280), "address": column(_("Address"), width=260),
        "team": column(_("Team"), width=160),
        "target_hours": st.column_config.NumberColumn(_("Target (h)"), width=100, format="%g", help=_(
            "Within how many hours of its arrival a person decides what waits here.")),
    })  # fmt: skip
    seen = None if row is None else (str(row["team"]), float(row["target_hours"]))
    settling.buttons("mailboxes", [], None if row is None else [
        settling.Button(_("Change"), "edit", _("Change a mailbox"), _change, (scope, str(row["name"]), seen)),
    ])  # fmt: skip
    st.caption(_("Mailboxes themselves, with their sources and passwords, are set up in the configuration file."))


def _change(scope: Scope, mailbox: str, seen: tuple[str, float]) -> None:
    st.text(mailbox)
    names = [str(name) for name in teams.teams(scope)["name"]]
    team = st.selectbox(_("Team"), names, index=names.index(seen[0]) if seen[0] in names else None,
                        key=f"mailbox-team-{mailbox}", placeholder=_("Choose one"))  # fmt: skip
    hours = st.number_input(_("Target, in hours"), min_value=0.25, max_value=9999.0, value=seen[1], step=1.0,
                            format="%g", key=f"mailbox-target-{mailbox}")  # fmt: skip
    if st.button(_("Save"), key="mailbox-save", type="primary", shortcut="Mod+Enter", disabled=team is None):
        settling.do(lambda: teams.change_mailbox(scope, mailbox, seen, (str(team), hours)))
