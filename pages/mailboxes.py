"""Mailboxes: how each is, the day's ledger, and collecting now; of a chosen one all that is known of its collecting."""

import streamlit as st

from core.language import _, n_
from pages.components import (
    address,
    collecting,
    mailbox_arrivals,
    mailbox_board,
    mailbox_compared,
    mailbox_health,
    mailbox_ledger,
    mailbox_runs,
    notice,
    sign_in,
)
from pages.components.reading import number

scope = sign_in.show()

with st.container(horizontal=True, vertical_alignment="bottom", key="title"):
    st.title(_("Mailboxes"), anchor=False, width="content")
    count = len(scope.mailboxes)
    st.caption(n_("{count} mailbox", "{count} mailboxes", count).format(count=number(count)), width="content")
notice.show(scope)

if not scope.mailboxes:
    st.info(_("You see no mailbox: you are in no team that has one. An administrator can change that."))
    st.stop()

names = ["", *scope.mailboxes]
address.bind_one("mailbox", names)
with st.container(horizontal=True, vertical_alignment="bottom", key="collecting"):
    chosen = st.selectbox(_("Mailbox"), names, key="mailbox", width=320,
                          format_func=lambda name: name or _("All mailboxes"))  # fmt: skip
    collecting.button(scope, chosen)
collecting.show(scope)
mailbox_board.show(scope, [chosen] if chosen else list(scope.mailboxes))
if chosen:
    mailbox_health.show(scope, chosen)
    mailbox_arrivals.show(scope, chosen)
    mailbox_ledger.show(scope, chosen)
    mailbox_compared.show(scope, chosen)
    mailbox_runs.show(scope, chosen)
