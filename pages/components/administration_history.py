"""Administration: what was changed, by whom and when, with a way back."""

import streamlit as st

from core.administration import history
from core.administration.words import told
from core.language import _
from core.scope import Scope
from pages.components import settling
from pages.components.look import text
from pages.components.reading import moment, who


def show(scope: Scope) -> None:
    """The changes, newest first; one that is chosen shows what it was before."""
    rows = history.history(scope)
    if rows.empty:
        st.caption(_("Nothing was changed here yet."))
        return
    rows["when"] = [moment(at.to_pydatetime()) for at in rows["changed_at"]]
    rows["who"] = rows["actor_name"].map(who)
    rows["what"] = [told(*each) for each in zip(rows["action"], rows["subject"], strict=True)]
    rows["state"] = rows["reverted"].map({True: _("taken back"), False: ""})
    column = st.column_config.TextColumn
    row = settling.choose(rows, key="history", about=_("Changes"), columns={
        "when": column(_("When"), width=170), "who": column(_("Who"), width=160), "what": column(_("What"), width=480),
        "state": column("", width=100),
    })  # fmt: skip
    if row is None:
        st.caption(_("Choose a line to see what it was before, and to take it back."))
        return
    batch = str(row["batch"])
    _details(scope, batch)
    settling.buttons("history", [], [
        settling.Button(_("Take back"), "undo", _("Take back"), _take_back, (scope, batch, str(row["what"]))),
    ])  # fmt: skip


def _details(scope: Scope, batch: str) -> None:
    kinds = {"person": _("Person"), "team": _("Team"), "team_member": _("Member"), "mailbox": _("Mailbox"),
             "catalog": _("Service")}  # fmt: skip
    rows = history.details(scope, batch)
    rows["section"] = rows["section"].map(kinds)
    column = st.column_config.TextColumn
    st.dataframe(rows, hide_index=True, key="details", placeholder="–", alt=_("What this changed"), column_config={
        "section": column(_("What"), width=90), "name": column(_("Name"), width=240),
        "before": column(_("Before"), width=330), "after": column(_("After"), width=330),
    })  # fmt: skip


def _take_back(scope: Scope, batch: str, what: str) -> None:
    st.html(f"<p>{text(what)}</p>")
    st.caption(
        _("Everything this step changed becomes what it was before. That is a step of its own, and can be taken back.")
    )
    if st.button(_("Take back"), key="take-back", type="primary", shortcut="Mod+Enter"):
        settling.do(lambda: history.revert(scope, batch))
