"""Which work items are shown; the choice is kept in the address of the page."""

import streamlit as st

from core.catalog import catalog
from core.item_search import STATUSES, ItemFilter, Target
from core.language import _
from core.scope import Scope
from core.work_items import status_words
from pages.components import choice

BETWEEN = " › "


def show(scope: Scope) -> ItemFilter:
    """The filter bar; answers what was chosen. Its names in the address are its own: other pages keep theirs."""
    words, targets = status_words(), _targets(scope)
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(_("Search"), key="words", icon=":material/search:", bind="query-params",
                               placeholder=_("reference, sender, subject, words of the mail"))  # fmt: skip
        statuses = choice.several(_("Status"), "status", {code: words[code] for code in STATUSES})
        kinds = choice.several(_("Kind"), "kind", kind_words())
        chosen = choice.several(_("For"), "target", {name: name for name in targets})
        boxes = choice.several(_("Mailbox"), "inbox", {name: name for name in scope.mailboxes})
        opened_by = st.text_input(
            _("Opened by"), key="opener", bind="query-params", placeholder=_("a person or a route")
        )
    return ItemFilter(tuple(statuses), tuple(kinds), tuple(targets[name] for name in chosen), tuple(boxes),
                      opened_by or "", search or "")  # fmt: skip


def kind_words() -> dict[str, str]:
    """The kinds of a work item in the language in use, by their codes."""
    return {"ticket": _("Ticket"), "case": _("Case")}


def _targets(scope: Scope) -> dict[str, Target]:
    """Every customer, each contract below it and each service below that, by how a list names it."""
    named: dict[str, Target] = {}
    for customer, contracts in catalog(scope).items():
        named[customer] = (customer,)
        for contract, services in contracts.items():
            named[BETWEEN.join((customer, contract))] = (customer, contract)
            for service in services:
                named[BETWEEN.join((customer, contract, service))] = (customer, contract, service)
    return named
