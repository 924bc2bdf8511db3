"""Passing a work item on to a system the company already has, and whether it has arrived there."""

from typing import Any

import streamlit as st

from core.errors import StraydeskError
from core.handing_over import handed_over, pass_on
from core.language import _
from core.scope import Scope
from pages.components import dialog, notice
from pages.components.look import box, text
from pages.components.reading import moment


def show(scope: Scope, item: dict[str, Any], off: bool) -> None:
    """The button, where the configuration names a system to pass items on to."""
    if scope.desk.configuration.hand_over and st.button(_("Pass on"), key="pass-on", shortcut="P", disabled=off,
                                                         icon=":material/outbox:"):  # fmt: skip
        dialog.show(_("Pass the work item on"), "outbox", _choose, scope, item["reference"])


def states(scope: Scope, item: dict[str, Any]) -> None:
    """A line for each system it was passed on to: sent, waiting, or what went wrong."""
    for each in handed_over(scope, item["reference"]):
        if each["sent_at"]:
            words = _("Passed on to {system} at {time}.").format(system=each["recipient"], time=moment(each["sent_at"]))
        elif each["problem"]:
            words = _("Not yet passed on to {system}: {problem} It is tried again.").format(
                system=each["recipient"], problem=each["problem"])  # fmt: skip
        else:
            words = _("Waits to be passed on to {system}.").format(system=each["recipient"])
        st.html(box(text(words), warn=bool(each["problem"])))


def _choose(scope: Scope, reference: str) -> None:
    names = [system.name for system in scope.desk.configuration.hand_over]
    system = st.selectbox(_("System"), names, key="pass-on-system")
    st.caption(_("It is sent once, and tried again until the other system has taken it."))
    if st.button(_("Pass on"), key="pass-on-now", type="primary", shortcut="Mod+Enter"):
        try:
            pass_on(scope, reference, str(system))
        except StraydeskError as problem:
            notice.remember_problem(problem)
        dialog.close()
