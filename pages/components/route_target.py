"""What a route opens: pick lists that depend on each other, each with only what there is."""

from typing import Literal

import streamlit as st

from core.catalog import catalog
from core.language import _
from core.routes import Target
from core.scope import Scope


def show(scope: Scope, filled: Target | None, key: str) -> Target | None:
    """What a route opens, side by side; None while something of it is missing."""
    kind = kind_of(_("Opens a"), filled, f"{key}-kind")
    with st.container(horizontal=True, key=f"{key}-for"):
        return among(scope, filled, kind, key)


def kind_of(label: str, filled: Target | None, key: str) -> Literal["ticket", "case"]:
    """Whether a ticket or a case is opened."""
    kind = st.segmented_control(label, ["ticket", "case"], required=True, key=key,
                                default=filled.kind if filled else "ticket",
                                format_func=lambda one: {"ticket": _("Ticket"), "case": _("Case")}[one])  # fmt: skip
    return "case" if kind == "case" else "ticket"


def among(
    scope: Scope, filled: Target | None, kind: Literal["ticket", "case"], key: str, about: str = ""
) -> Target | None:
    """The target chosen by customer, contract and service; None while one is missing. Keys end with `about`, on which
    what is filled in depends."""
    tree = catalog(scope)
    customer = _pick(_("Customer"), list(tree), filled.customer if filled else None, f"{key}-customer{about}")
    contracts = tree.get(customer or "", {})
    contract = _pick(_("Contract"), list(contracts), filled.contract if filled else None,
                     f"{key}-contract{about}-{customer}")  # fmt: skip
    services = contracts.get(contract or "", [])
    service = _pick(_("Service"), services, filled.service if filled else None,
                    f"{key}-service{about}-{customer}-{contract}")  # fmt: skip
    if not (customer and contract and service):
        return None
    return Target(kind=kind, customer=customer, contract=contract, service=service)


def _pick(label: str, options: list[str], filled: str | None, key: str) -> str | None:
    """A pick list that begins with `filled`, or with the only option there is."""
    only = 0 if len(options) == 1 else None
    return st.selectbox(label, options, index=options.index(filled) if filled in options else only, key=key,
                        placeholder=_("Choose one"))  # fmt: skip
