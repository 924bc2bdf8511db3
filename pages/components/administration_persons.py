"""Administration: who works at the desk."""

from typing import Any

import streamlit as st

from core.administration import persons
from core.language import _
from core.scope import Person, Scope
from pages.components import identity, settling
from pages.components.look import box, text

ROLES = ("agent", "lead", "analyst", "administrator")


def show(scope: Scope) -> None:
    """The persons, and adding, changing and removing one."""
    rows = persons.persons(scope)
    rows["role_shown"] = rows["role"].map(identity.role)
    rows["from"] = rows["origin"].map({"configuration": _("configuration file"), "administration": _("this page")})
    column = st.column_config.TextColumn
    row = settling.choose(rows, key="persons", about=_("Persons"), columns={
        "name": column(_("Name"), width=180), "email": column(_("E-mail"), width=230),
        "role_shown": column(_("Role"), width=120), "teams": st.column_config.ListColumn(_("Teams"), width=240),
        "from": column(_("From"), width=130, help=_("Who was changed here stays so, whatever the file says later.")),
    })  # fmt: skip
    seen = None if row is None else Person(row["email"], row["name"], row["role"])
    settling.buttons(
        "persons",
        [settling.Button(_("Add a person"), "person_add", _("Add a person"), _add, (scope,))],
        None if seen is None else [
            settling.Button(_("Change"), "edit", _("Change a person"), _change, (scope, seen)),
            settling.Button(_("Remove"), "person_remove", _("Remove a person"), _remove, (scope, seen)),
        ],
    )  # fmt: skip


def _add(scope: Scope) -> None:
    email = st.text_input(_("E-mail"), key="person-email", placeholder="ana@desk.example")
    name = st.text_input(_("Name"), key="person-name")
    role = _role("agent")
    if st.button(_("Add"), key="person-add", type="primary", shortcut="Mod+Enter"):
        settling.do(lambda: persons.add(scope, email, name, role))


def _change(scope: Scope, seen: Person) -> None:
    st.text(seen.email)
    name = st.text_input(_("Name"), seen.name, key=f"person-name-{seen.email}")
    role = _role(seen.role, seen.email)
    own = seen.email == scope.person.email and role != "administrator"
    if own:
        st.html(box(text(_("This is you: afterwards you can't open this page any more.")), warn=True))
    sure = not own or st.checkbox(_("I want to give up administration"), key="person-sure")
    if st.button(_("Save"), key="person-save", type="primary", shortcut="Mod+Enter", disabled=not sure):
        settling.do(lambda: persons.change(scope, seen, name, role))


def _remove(scope: Scope, seen: Person) -> None:
    st.text(f"{seen.name} <{seen.email}>")
    st.html(box(text(_("They lose their place at once and leave their teams; what they claimed is free again. "
                       "What they did stays in the journal under their name."))))  # fmt: skip
    own = seen.email == scope.person.email
    if own:
        st.html(box(text(_("This is you.")), warn=True))
    sure = not own or st.checkbox(_("I want to leave this desk"), key="person-sure")
    if st.button(_("Remove"), key="person-remove", type="primary", shortcut="Mod+Enter", disabled=not sure):
        settling.do(lambda: persons.remove(scope, seen))


def _role(now: str, key: Any = "") -> str:
    about = {
        "agent": _("acts on the mail of their teams"), "lead": _("acts, watches, and changes routes"),
        "analyst": _("counts and compares, reads no text"), "administrator": _("sees everything and sets up the desk"),
    }  # fmt: skip
    return str(st.radio(_("Role"), ROLES, index=ROLES.index(now), key=f"person-role-{key}", format_func=identity.role,
                        captions=[about[role] for role in ROLES]))  # fmt: skip
