"""What can be done with all broken mail at once: reading again what an older parser read with defects."""

import streamlit as st

from core.bench import older
from core.errors import StraydeskError
from core.language import _, n_
from core.reparsing import reparse_in_portions
from core.scope import Scope
from pages.components import dialog, notice
from pages.components.reading import number


def show(scope: Scope) -> None:
    """The button, for those who may act and while there is such mail."""
    if scope.person.role == "analyst":
        return
    waiting = older(scope)
    if waiting and st.button(_("Read again"), key="read-again", icon=":material/refresh:"):
        dialog.show(_("Read again what an older parser read"), "refresh", _body, scope, waiting)


def _body(scope: Scope, waiting: dict[str, int]) -> None:
    count = len(waiting)
    st.write(n_("{count} broken message was read by an older version of the parser, which this one may read better.",
                "{count} broken messages were read by an older version of the parser, which this one may read better.",
                count).format(count=number(count)))  # fmt: skip
    st.write(_("What still waits is decided again. What was decided stays as it is, but shows what is read now."))
    if st.button(_("Read all of it again"), type="primary", key="read-all-again"):
        _carry_out(scope, waiting)


def _carry_out(scope: Scope, waiting: dict[str, int]) -> None:
    """Portion by portion; any click in between ends it, and what was read stays so."""
    bar = st.progress(0.0, _("Working. Cancel ends it after the current portion."))
    st.button(_("Cancel"), key="cancel-work")
    try:
        for so_far in reparse_in_portions(scope, waiting):
            notice.remember(so_far)
            done = len(so_far.ids) + len(so_far.refused) + len(so_far.overtaken)
            bar.progress(min(done / len(waiting), 1.0), _("{done} of {count} messages").format(
                done=number(done), count=number(len(waiting))))  # fmt: skip
    except StraydeskError as problem:
        notice.remember_problem(problem)
    dialog.close()
