"""Which part of the queue is shown; the choice is kept in the address of the page, so it can be shared."""

import streamlit as st

from core.causes import causes
from core.language import _
from core.queue import QueueFilter
from core.scope import Scope
from pages.components import address


def show(scope: Scope) -> QueueFilter:
    """The filter bar; answers what was chosen."""
    own = {box.name: box.address for box in scope.desk.configuration.mailboxes if box.name in scope.mailboxes}
    known, orders = causes(), {"newest": _("Newest first"), "oldest": _("Oldest first")}
    address.bind_several("mailbox", list(own))
    address.bind_several("address", list(own.values()))
    address.bind_several("cause", list(known))
    address.bind_one("order", list(orders))
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        mailboxes = st.multiselect(_("Mailbox"), list(own), key="mailbox", placeholder=_("All"))
        addresses = st.multiselect(_("Mailbox address"), list(own.values()), key="address", placeholder=_("All"))
        chosen = st.multiselect(_("Cause"), list(known), key="cause", placeholder=_("All"),
                                format_func=lambda code: known[code].short)  # fmt: skip
        sender = st.text_input(_("Sender or domain"), key="sender", placeholder=_("anyone"), bind="query-params")
        search = st.text_input(_("Search"), key="search", icon=":material/search:", bind="query-params",
                               placeholder=_("subject, sender, text, file names"))  # fmt: skip
        order = st.selectbox(_("Order"), list(orders), key="order", format_func=lambda code: orders[code])
    return QueueFilter(tuple(mailboxes), tuple(addresses), tuple(chosen), sender or "", search or "",
                       oldest_first=order == "oldest")  # fmt: skip
