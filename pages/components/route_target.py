"""What a route opens: pick lists that depend on each other, each with only what there is."""

import streamlit as st

from core.catalog import catalog
from core.language import _
from core.routes import Target
from core.scope import Scope


def show(scope: Scope, filled: Target | None, key: str) -> Target | None:
    """The target that is chosen; None while something of it is missing."""
    tree = catalog(scope)
    kind = st.segmented_control(_("Opens a"), ["ticket", "case"], required=True, key=f"{key}-kind",
                                default=filled.kind if filled else "ticket",
                                format_func=lambda one: {"ticket": _("Ticket"), "case": _("Case")}[one])  # fmt: skip
    with st.container(horizontal=True, key=f"{key}-for"):
        customer = pick(_("Customer"), list(tree), filled.customer if filled else None, f"{key}-customer")
        contracts = tree.get(customer or "", {})
        contract = pick(_("Contract"), list(contracts), filled.contract if filled else None,
                         f"{key}-contract-{customer}")  # fmt: skip
        services = contracts.get(contract or "", [])
        service = pick(_("Service"), services, filled.service if filled else None,
                        f"{key}-service-{customer}-{contract}")  # fmt: skip
    if not (customer and contract and service):
        return None
    return Target(kind="case" if kind == "case" else "ticket", customer=customer, contract=contract, service=service)


def pick(label: str, options: list[str], filled: str | None, key: str) -> str | None:
    """A pick list that begins with `filled`, or with the only option there is."""
    only = 0 if len(options) == 1 else None
    return st.selectbox(label, options, index=options.index(filled) if filled in options else only, key=key,
                        placeholder=_("Choose one"))  # fmt: skip
