"""What can be done with the opened message, or with those selected: buttons with shortcuts, and their dialogs."""

from collections.abc import Callable

import streamlit as st

from core import acting, work_items
from core.catalog import catalog
from core.errors import StraydeskError
from core.language import _, n_
from core.outcome import Outcome
from core.routes import Target
from core.scope import Scope
from pages.components import notice

Chosen = dict[str, int]  # ids, with the version that was shown of each


def show(scope: Scope, chosen: Chosen) -> None:
    """The buttons; disabled for those who only look."""
    off = scope.person.role == "analyst" or not chosen
    with st.container(key="actions", horizontal=True):
        if st.button(_("Create"), key="create", type="primary", shortcut="T", icon=":material/add_task:", disabled=off):
            _create(scope, chosen)
        if st.button(_("Attach"), key="attach", shortcut="A", icon=":material/attach_file_add:", disabled=off):
            _attach(scope, chosen)
        if st.button(_("Delete"), key="delete", shortcut="D", icon=":material/delete:", disabled=off):
            _delete(scope, chosen)


@st.dialog(_("Create a work item"), icon=":material/add_task:")
def _create(scope: Scope, chosen: Chosen) -> None:
    _count(chosen)
    tree = catalog(scope)
    kind = st.segmented_control(_("Kind"), ["ticket", "case"], default="ticket", required=True, key="create-kind",
                                format_func={"ticket": _("Ticket"), "case": _("Case")}.get)  # fmt: skip
    customer = st.selectbox(_("Customer"), list(tree), key="create-customer", index=None)
    contracts = tree.get(customer or "", {})
    contract = st.selectbox(_("Contract"), list(contracts), key="create-contract", index=_only(contracts))
    services = contracts.get(contract or "", [])
    service = st.selectbox(_("Service"), services, key="create-service", index=_only(services))
    together = len(chosen) > 1 and st.checkbox(_("One work item for all of them"), key="create-together")
    if st.button(_("Create"), key="create-now", type="primary", disabled=not (customer and contract and service)):
        target = Target(kind=kind or "ticket", customer=str(customer), contract=str(contract), service=str(service))
        _do(lambda: acting.create(scope, chosen, target, together=together))


@st.dialog(_("Attach to a work item"), icon=":material/attach_file_add:")
def _attach(scope: Scope, chosen: Chosen) -> None:
    _count(chosen)
    found = work_items.candidates(scope, next(iter(chosen)))
    reasons = {"thread": _("same conversation"), "sender": _("same sender"), "domain": _("same domain"),
               "subject": _("similar subject")}  # fmt: skip
    captions = {row.reference: f"{row.reference} · {row.subject or _('(no subject)')} · "
                + ", ".join(reasons[why] for why in row.why) for row in found.itertuples()}  # fmt: skip
    picked = st.selectbox(_("Likely work items"), list(captions), format_func=lambda one: captions[one], index=None,
                          key="attach-candidate", disabled=not captions,
                          placeholder=_("Choose one") if captions else _("None looks alike"))  # fmt: skip
    typed = st.text_input(_("Or its reference"), key="attach-reference", placeholder="T-000123")
    if st.button(_("Attach"), key="attach-now", type="primary", disabled=not (typed or picked)):
        _do(lambda: acting.attach(scope, chosen, typed or str(picked)))


@st.dialog(_("Delete"), icon=":material/delete:")
def _delete(scope: Scope, chosen: Chosen) -> None:
    _count(chosen)
    usual = [_("Spam"), _("Newsletter"), _("Automatic reply"), _("Duplicate"), _("Not for us")]
    reason = st.selectbox(_("Reason"), usual, key="delete-reason", index=0, accept_new_options=True)
    st.caption(_("It stays restorable, and everybody can see who deleted it and why."))
    if st.button(_("Delete"), key="delete-now", type="primary", disabled=not reason):
        _do(lambda: acting.delete(scope, chosen, str(reason)))


def _do(action: Callable[[], Outcome]) -> None:
    """Act, say what happened on the next run, and start over with nothing selected."""
    try:
        notice.remember(action())
    except StraydeskError as problem:
        notice.remember_problem(problem)
    st.session_state["round"] = st.session_state.get("round", 0) + 1
    st.rerun()


def _count(chosen: Chosen) -> None:
    if len(chosen) > 1:
        st.caption(n_("{count} message", "{count} messages", len(chosen)).format(count=len(chosen)))


def _only(options: object) -> int | None:
    return 0 if len(list(options)) == 1 else None  # type: ignore[call-overload]
