"""Administration: teams and who is in them."""

import streamlit as st

from core.administration import persons, teams
from core.language import _
from core.scope import Scope
from pages.components import settling
from pages.components.look import box, text


def show(scope: Scope) -> None:
    """The teams, and adding, renaming, filling and removing one."""
    names = {row.email: row.name for row in persons.persons(scope).itertuples(index=False)}
    rows = teams.teams(scope)
    rows["names"] = [[names.get(email, email) for email in members] for members in rows["members"]]
    column, listed = st.column_config.TextColumn, st.column_config.ListColumn
    row = settling.choose(rows, key="teams", about=_("Teams"), columns={
        "name": column(_("Team"), width=180), "names": listed(_("Members"), width=420),
        "mailboxes": listed(_("Mailboxes"), width=300),
    })  # fmt: skip
    new = settling.Button(_("Add a team"), "group_add", _("Add a team"), _add, (scope,))
    if row is None:
        settling.buttons("teams", [new], None)
        return
    team, members, held = str(row["name"]), tuple(row["members"]), tuple(row["mailboxes"])
    settling.buttons("teams", [new], [
        settling.Button(_("Members"), "groups", _("Members of a team"), _members, (scope, team, members, names)),
        settling.Button(_("Rename"), "edit", _("Rename a team"), _rename, (scope, team)),
        settling.Button(_("Remove"), "group_remove", _("Remove a team"), _remove, (scope, team, held)),
    ])  # fmt: skip


def _add(scope: Scope) -> None:
    name = st.text_input(_("Name"), key="team-name")
    if st.button(_("Add"), key="team-add", type="primary", shortcut="Mod+Enter"):
        settling.do(lambda: teams.add(scope, name))


def _members(scope: Scope, team: str, members: tuple[str, ...], names: dict[str, str]) -> None:
    st.text(team)
    wanted = st.multiselect(_("Members"), list(names), default=[one for one in members if one in names],
                            key=f"team-members-{team}", placeholder=_("Choose one"),
                            format_func=lambda email: f"{names[email]} · {email}")  # fmt: skip
    if st.button(_("Save"), key="team-save", type="primary", shortcut="Mod+Enter"):
        settling.do(lambda: teams.set_members(scope, team, members, wanted))


def _rename(scope: Scope, team: str) -> None:
    name = st.text_input(_("Name"), team, key=f"team-name-{team}")
    st.caption(_("Its members and mailboxes go along."))
    if st.button(_("Rename"), key="team-rename", type="primary", shortcut="Mod+Enter"):
        settling.do(lambda: teams.rename(scope, team, name))


def _remove(scope: Scope, team: str, mailboxes: tuple[str, ...]) -> None:
    st.text(team)
    if mailboxes:
        held = _("It still has mailboxes: {mailboxes}. Give them to another team first.")
        st.html(box(text(held.format(mailboxes=", ".join(mailboxes))), warn=True))
    if st.button(_("Remove"), key="team-remove", type="primary", shortcut="Mod+Enter", disabled=bool(mailboxes)):
        settling.do(lambda: teams.remove(scope, team))
