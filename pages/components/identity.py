"""In the sidebar: who acts, in which language, and how to change either."""

import streamlit as st

from core.language import LANGUAGES, _, spoken
from core.scope import Scope
from pages.components import provider, sign_in


def show(scope: Scope) -> None:
    """In the sidebar: who acts, in which language, and how to change either."""
    with st.container(key="identity"):
        if provider.has_provider():
            st.caption(_("Signed in as {name} ({role})").format(name=scope.person.name, role=role(scope.person.role)))
            sign_in.sign_out()
        else:
            people = {person.email: person for person in scope.desk.persons()}
            st.selectbox(_("You act as"), list(people), key="acting_as", index=list(people).index(scope.person.email),
                         format_func=lambda email: f"{people[email].name} · {role(people[email].role)}",
                         help=_("Nobody signs in on this machine: everything is done in this person's name."),
                         persist_state="session")  # fmt: skip
        st.segmented_control(_("Language"), list(LANGUAGES), default=spoken(), format_func=str.upper, key="language",
                             label_visibility="collapsed", required=True, persist_state="session")  # fmt: skip


def role(name: str) -> str:
    """A role in the language in use."""
    return {"agent": _("agent"), "lead": _("lead"), "analyst": _("analyst"),
            "administrator": _("administrator")}.get(name, name)  # fmt: skip
