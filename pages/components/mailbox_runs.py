"""What the last runs over a mailbox brought."""

import streamlit as st

from core.language import _
from core.scope import Scope
from core.status import runs
from pages.components.reading import moment


def show(scope: Scope, mailbox: str) -> None:
    """The runs that brought something or met a problem, newest first."""
    st.subheader(_("Runs that brought something or met a problem"), anchor=False)
    found = runs(scope, mailbox)
    if found.empty:
        st.caption(_("There is none yet."))
        return
    took = (found["ended_at"] - found["started_at"]).dt.total_seconds()
    shown = found.assign(started=[moment(at.to_pydatetime()) for at in found["started_at"]], took=took.round(1))
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        shown[["started", "took", "listed", "stored", "duplicate", "too_large", "failed", "problem"]],
        hide_index=True, key="runs", placeholder="–", alt=_("The last runs over this mailbox"), column_config={
            "started": text(_("Began"), width=170), "took": number(_("Took (s)"), width=80),
            "listed": number(_("Listed"), width=70), "stored": number(_("Stored"), width=70),
            "duplicate": number(_("Again"), width=70), "too_large": number(_("Too large"), width=80),
            "failed": number(_("Failed"), width=70), "problem": text(_("Problem"), width=360),
        },
    )  # fmt: skip
