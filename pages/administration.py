"""Administration: persons, teams, mailboxes, what work items can be for, settings, and what was changed."""

import streamlit as st

from core.administration.settling import must_be_administrator
from core.errors import NotAllowed
from core.language import _
from pages.components import (
    address,
    administration_history,
    administration_mailboxes,
    administration_persons,
    administration_retention,
    administration_services,
    administration_settings,
    administration_teams,
    look,
    notice,
    sign_in,
)

scope = sign_in.show()

st.title(_("Administration"), anchor=False)
try:
    must_be_administrator(scope)
except NotAllowed as refusal:
    st.error(look.plain(refusal), icon=":material/block:")
    st.stop()

sections = {
    "persons": (_("Persons"), administration_persons),
    "teams": (_("Teams"), administration_teams),
    "mailboxes": (_("Mailboxes"), administration_mailboxes),
    "services": (_("Customers and services"), administration_services),
    "retention": (_("Retention"), administration_retention),
    "settings": (_("Settings"), administration_settings),
    "history": (_("History"), administration_history),
}
address.bind_one("section", list(sections))
chosen = st.segmented_control(_("Section"), list(sections), key="section", required=True, label_visibility="collapsed",
                              format_func=lambda code: sections[code][0])  # fmt: skip
notice.show(scope)
sections[str(chosen)][1].show(scope)
