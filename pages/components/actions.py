"""What can be done with the opened message, or with those selected: a button and a key for each."""

import streamlit as st

from core import claiming, snoozing
from core.language import _
from core.queue import QueueFilter
from core.recommendations.suggesting import suggest_targets
from core.scope import Scope
from pages.components import block_new, decisions, dialog, doing, later
from pages.components.doing import Chosen


def show(scope: Scope, chosen: Chosen, filtered: QueueFilter) -> None:
    """The buttons; off for those who only look and while nothing is chosen."""
    off = scope.person.role == "analyst" or not chosen
    with st.container(key="actions", horizontal=True, gap="small"):
        if st.button(_("Create"), key="create", type="primary", shortcut="T", icon=":material/add_task:", disabled=off):
            likely = suggest_targets(scope, next(iter(chosen)))
            dialog.show(_("Create a work item"), "add_task", decisions.create, scope, chosen, likely)
        if st.button(_("Attach"), key="attach", shortcut="A", icon=":material/attach_file_add:", disabled=off):
            dialog.show(_("Attach to a work item"), "attach_file_add", decisions.attach, scope, chosen)
        if st.button(_("Delete"), key="delete", shortcut="D", icon=":material/delete:", disabled=off):
            dialog.show(_("Delete"), "delete", decisions.delete, scope, chosen)
        _softer(scope, chosen, filtered, off)


def _softer(scope: Scope, chosen: Chosen, filtered: QueueFilter, off: bool) -> None:
    """What leaves the message in the queue, or out of sight for a while."""
    if filtered.aside:
        if st.button(_("Bring back"), key="wake", shortcut="S", icon=":material/alarm_off:", disabled=off):
            doing.at_once(lambda: snoozing.wake(scope, chosen))
    elif st.button(_("Aside"), key="snooze", shortcut="S", icon=":material/snooze:", disabled=off):
        dialog.show(_("Put aside for later"), "snooze", later.snooze, scope, chosen)
    if filtered.claimed_by == scope.person.email:
        if st.button(_("Release"), key="release", shortcut="G", icon=":material/person_remove:", disabled=off):
            doing.at_once(lambda: claiming.release(scope, chosen))
    elif st.button(_("Claim"), key="claim", shortcut="G", icon=":material/person:", disabled=off):
        doing.at_once(lambda: claiming.claim(scope, chosen))
    if st.button(_("Hand over"), key="hand-over", shortcut="H", icon=":material/person_add:", disabled=off):
        dialog.show(_("Hand over"), "person_add", later.hand_over, scope, chosen)
    if st.button(_("Note"), key="note", shortcut="N", icon=":material/edit_note:", disabled=off):
        dialog.show(_("Note"), "edit_note", later.note, scope, chosen)
    if st.button(_("Block"), key="block", shortcut="B", icon=":material/block:", disabled=off):
        dialog.show(_("Block the sender"), "block", block_new.from_message, scope, chosen, width="medium")
