"""What can be done with a work item: merge it, close it, open it again; each with a reason and an undo."""

from typing import Any

import streamlit as st

from core.item_outcome import ItemOutcome
from core.language import _
from core.scope import Scope
from core.work_items import close, merge, mergeable, reopen
from pages.components import dialog, doing, item_passing_on

Item = dict[str, Any]


def show(scope: Scope, item: Item) -> None:
    """The buttons that fit the item's status; off for those who only look."""
    off = scope.person.role == "analyst"
    with st.container(key="actions", horizontal=True, gap="small"):
        if item["status"] == "open":
            if st.button(_("Merge"), key="merge", shortcut="M", icon=":material/merge:", disabled=off):
                dialog.show(_("Merge into another work item"), "merge", _merge, scope, item)
            if st.button(_("Close"), key="close", shortcut="X", icon=":material/task_alt:", disabled=off):
                dialog.show(_("Close the work item"), "task_alt", _close, scope, item)
        elif item["status"] == "closed" and st.button(_("Open again"), key="reopen", shortcut="O",
                                                      icon=":material/undo:", disabled=off):  # fmt: skip
            dialog.show(_("Open the work item again"), "undo", _reopen, scope, item)
        item_passing_on.show(scope, item, off)
    item_passing_on.states(scope, item)


def _merge(scope: Scope, item: Item) -> None:
    found = mergeable(scope, item["reference"])
    reasons = {"thread": _("same conversation"), "sender": _("same sender"), "domain": _("same domain"),
               "subject": _("similar subject")}  # fmt: skip
    nameless = _("(no subject)")
    captions = {each["reference"]: f"{each['reference']} · {each['subject'] or nameless} · "
                + ", ".join(reasons[why] for why in each["why"]) for each in found.to_dict("records")}  # fmt: skip
    picked = st.selectbox(_("Likely work items"), list(captions), format_func=lambda one: captions[one], index=None,
                          key="merge-candidate", disabled=not captions,
                          placeholder=_("Choose one") if captions else _("None looks alike"))  # fmt: skip
    typed = st.text_input(_("Or its reference"), key="merge-reference", placeholder="T-000123")
    st.caption(_("{reference} ends in the other one: its messages go along, and later answers land there.").format(
        reference=item["reference"]))  # fmt: skip
    into = (typed or picked or "").strip().upper()
    if st.button(_("Merge"), key="merge-now", type="primary", shortcut="Mod+Enter", disabled=not into):
        doing.at_once(lambda: ItemOutcome(merge(scope, [item["reference"]], into), "merge",
                                          references=[item["reference"]], into=into))  # fmt: skip


def _close(scope: Scope, item: Item) -> None:
    reason = _reason(
        "close", [_("Done"), _("Answered"), _("Duplicate"), _("No answer came"), _("Withdrawn by the sender")]
    )
    st.caption(_("Later answers no longer land in it; they are decided as new mail."))
    if st.button(_("Close"), key="close-now", type="primary", shortcut="Mod+Enter", disabled=not reason):
        doing.at_once(lambda: ItemOutcome(close(scope, [item["reference"]], reason), "close",
                                          references=[item["reference"]]))  # fmt: skip


def _reopen(scope: Scope, item: Item) -> None:
    reason = _reason("reopen", [_("The sender wrote again"), _("Closed by mistake"), _("Not finished")])
    if st.button(_("Open again"), key="reopen-now", type="primary", shortcut="Mod+Enter", disabled=not reason):
        doing.at_once(lambda: ItemOutcome(reopen(scope, [item["reference"]], reason), "reopen",
                                          references=[item["reference"]]))  # fmt: skip


def _reason(action: str, usual: list[str]) -> str:
    """Why: one of the usual reasons, or what the person types."""
    return str(st.selectbox(_("Reason"), usual, key=f"{action}-reason", index=0, accept_new_options=True) or "").strip()
