"""Administration: customers, their contracts, and the services of those."""

import streamlit as st

from core.administration import services
from core.catalog import catalog
from core.language import _
from core.scope import Scope
from pages.components import settling
from pages.components.look import box, text

Path = tuple[str, ...]


def show(scope: Scope) -> None:
    """What work items can be for, and adding, renaming and removing any level of it."""
    rows = services.services(scope)
    column = st.column_config.TextColumn
    row = settling.choose(rows, key="services", about=_("Customers, contracts and services"), columns={
        "customer": column(_("Customer"), width=220), "contract": column(_("Contract"), width=220),
        "service": column(_("Service"), width=220),
        "routes": st.column_config.NumberColumn(_("Routes"), width=80, help=_("How many routes open items for it.")),
    })  # fmt: skip
    path = None if row is None else (str(row["customer"]), str(row["contract"]), str(row["service"]))
    settling.buttons(
        "services",
        [settling.Button(_("Add a service"), "add", _("Add a service"), _add, (scope,))],
        None if path is None else [
            settling.Button(_("Rename"), "edit", _("Rename"), _rename, (scope, path)),
            settling.Button(_("Remove"), "delete", _("Remove"), _remove, (scope, path)),
        ],
    )  # fmt: skip


def _add(scope: Scope) -> None:
    tree = catalog(scope)
    customer = st.selectbox(_("Customer"), list(tree), index=None, key="service-customer", accept_new_options=True,
                            placeholder=_("Choose or type a new one"))  # fmt: skip
    contract = st.selectbox(_("Contract"), list(tree.get(customer or "", {})), index=None, key="service-contract",
                            accept_new_options=True, placeholder=_("Choose or type a new one"))  # fmt: skip
    service = st.text_input(_("Service"), key="service-service")
    ready = bool(customer and contract and service)
    if st.button(_("Add"), key="service-add", type="primary", shortcut="Mod+Enter", disabled=not ready):
        settling.do(lambda: services.add(scope, str(customer), str(contract), service))


def _rename(scope: Scope, path: Path) -> None:
    chosen = _level(path)
    name = st.text_input(_("New name"), chosen[-1], key=f"service-name-{len(chosen)}")
    st.caption(_("Routes that open items for it and the items themselves go along."))
    if st.button(_("Rename"), key="service-rename", type="primary", shortcut="Mod+Enter"):
        settling.do(lambda: services.rename(scope, chosen, name))


def _remove(scope: Scope, path: Path) -> None:
    chosen = _level(path)
    routes = services.routes_to(scope, chosen)
    sure = True
    if routes:
        told = _("Routes still open items for it: {routes}. What they match would wait as “target missing”.")
        st.html(box(text(told.format(routes=", ".join(routes))), warn=True))
        sure = st.checkbox(_("Remove it all the same"), key="service-sure")
    if st.button(_("Remove"), key="service-remove", type="primary", shortcut="Mod+Enter", disabled=not sure):
        settling.do(lambda: services.remove(scope, chosen, though_targeted=bool(routes) and sure))


def _level(path: Path) -> Path:
    """Which of the three is meant: the service, its whole contract, or the whole customer."""
    labels = {3: _("this service"), 2: _("the whole contract"), 1: _("the whole customer")}
    length = st.radio(_("What"), list(labels), key="service-level", label_visibility="collapsed",
                      format_func=lambda length: f"{labels[length]}: {' · '.join(path[:length])}")  # fmt: skip
    return path[: int(length)]
