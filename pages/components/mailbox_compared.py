"""A mailbox beside its server: what is there and not here, by name, and the comparisons of the last days."""

import pandas as pd
import streamlit as st

from core.comparing import comparisons
from core.language import _, n_
from core.residues import residues
from core.scope import Scope
from pages.components.reading import moment, number


def show(scope: Scope, mailbox: str) -> None:
    """The residues, if there are any, and a line each comparison."""
    left, days = residues(scope, mailbox), comparisons(scope, mailbox)
    number_column, text = st.column_config.NumberColumn, st.column_config.TextColumn
    if len(left):
        st.subheader(n_("{count} message the server does not hand out", "{count} messages the server does not hand out",
                        len(left)).format(count=number(len(left))), anchor=False)  # fmt: skip
        st.caption(_("Each run asks for them again. They leave this list when they come, or when they lie there no "
                     "more. Found by a comparison and not asked for yet: 0 tries."))  # fmt: skip
        told = left.assign(first=[moment(at.to_pydatetime()) for at in left["first_seen_at"]],
                           last=[moment(None if pd.isna(at) else at.to_pydatetime())
                                 for at in left["last_tried_at"]])  # fmt: skip
        st.dataframe(told[["folder", "uid", "uid_validity", "tries", "first", "last"]], hide_index=True, key="residues",
                     placeholder="–", alt=_("Messages that the server does not hand out"), column_config={
                         "folder": text(_("Folder")), "uid": text("UID"), "uid_validity": text("UIDVALIDITY"),
                         "tries": number_column(_("Tries")), "first": text(_("Since")),
                         "last": text(_("Asked for last"))})  # fmt: skip
    st.subheader(_("Compared with the server's own list"), anchor=False)
    if days.empty:
        st.caption(_("Not compared yet: the first run of each day does so."))
        return
    st.caption(_("The first run of each day (UTC) compares. Gone is what is here and not there any more: moved or "
                 "deleted on the server after it was collected, which is no trouble."))  # fmt: skip
    shown = days.assign(at=[moment(at.to_pydatetime()) for at in days["compared_at"]])
    st.dataframe(shown[["at", "folder", "on_server", "known", "missing", "gone"]], hide_index=True, key="comparisons",
                 placeholder="–", alt=_("Comparisons with the server"), column_config={
                     "at": text(_("Compared"), width=170), "folder": text(_("Folder")),
                     "on_server": number_column(_("On the server")), "known": number_column(_("Of them here")),
                     "missing": number_column(_("Missing")), "gone": number_column(_("Gone"))})  # fmt: skip
