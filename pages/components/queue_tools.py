"""Around the list of the queue: saved views, export, help, and what stands there when nothing waits."""

from datetime import timedelta

import streamlit as st

from core.exporting import as_csv, as_parquet
from core.language import _, n_
from core.queue import QueueFilter, decided_automatically, waiting
from core.scope import Scope
from pages.components import dialog, live, view_menu
from pages.components.look import soft
from pages.components.reading import age, number

MOST = 100_000  # rows in an export


def show(scope: Scope) -> None:
    """The tools beside the title: how much waits, saved views and the keys."""
    now = live.counted(scope)
    words = [_("{count} waiting").format(count=number(now.waiting)), _("oldest {age}").format(age=age(now.oldest_at)),
             _("{count} in the last 24 hours").format(count=number(now.fresh))]  # fmt: skip
    st.markdown(" · ".join(words if now.waiting else words[:1]), width="stretch")
    with st.popover(_("Views"), icon=":material/bookmark:", key="views"):
        view_menu.show(scope)
    if st.button(_("Keys"), key="help", shortcut="F1", icon=":material/keyboard:", type="tertiary"):
        dialog.show(_("Keys"), "keyboard", _keys)


def everything(count: str) -> bool:
    """Whether an action means all that match, not only those on this page. No checkbox: one that was just ticked
    would keep the keys of all actions to itself."""
    chosen = bool(st.session_state.get("everything"))
    words = _("{messages} selected") if chosen else _("Select all {messages}")
    st.button(words.format(messages=count), key="all", shortcut="E", type="tertiary", on_click=_turn,
              args=(not chosen,),
              icon=":material/check_box:" if chosen else ":material/check_box_outline_blank:")  # fmt: skip
    return chosen


def selected(count: int) -> None:
    """Above the actions: how many messages they mean, where that is not the open one."""
    if count:
        with st.container(key="selected"):
            words = n_("{count} message selected: actions mean it, not the one below.",
                       "{count} messages selected: actions mean all of them.", count)  # fmt: skip
            st.html(soft(words.format(count=number(count))))


def _turn(chosen: bool) -> None:
    st.session_state["everything"] = chosen


def export(scope: Scope, chosen: QueueFilter) -> None:
    """Exactly what the filter shows, as a file."""
    with st.container(horizontal=True, key="export"):
        st.download_button("CSV", lambda: as_csv(waiting(scope, chosen, limit=MOST)), "queue.csv", "text/csv",
                           key="csv", icon=":material/download:", type="tertiary", on_click="ignore",
                           help=_("Safe to open in a spreadsheet"))  # fmt: skip
        st.download_button("Parquet", lambda: as_parquet(waiting(scope, chosen, limit=MOST)), "queue.parquet",
                           "application/octet-stream", key="parquet", icon=":material/download:", type="tertiary",
                           on_click="ignore", help=_("For notebooks"))  # fmt: skip


def nothing(scope: Scope) -> None:
    """In place of the list: nothing matches, or nothing waits at all."""
    left = live.counted(scope).waiting
    if left:
        st.info(n_("Nothing matches this filter; {count} message waits outside it.",
                   "Nothing matches this filter; {count} messages wait outside it.", left).format(count=number(left)),
                icon=":material/filter_alt_off:")  # fmt: skip
    else:
        count = decided_automatically(scope, scope.desk.now() - timedelta(hours=24))
        words = n_("Nothing waits. {count} message was decided automatically in the last 24 hours.",
                   "Nothing waits. {count} messages were decided automatically in the last 24 hours.",
                   count)  # fmt: skip
        st.success(words.format(count=number(count)), icon=":material/done_all:")


def _keys() -> None:
    keys = {"J K": _("next, previous message"), "T": _("create a ticket or case"), "1 2 3": _("take a likely target"),
            "A": _("attach to a work item"), "D": _("delete"), "S": _("put aside for later"), "G": _("claim"),
            "H": _("hand over"),
            "E": _("select all that match, or none"), "N": _("note"), "B": _("block the sender"),
            "Z": _("undo the last action"), "Ctrl+Enter": _("confirm a dialog"), "Esc": _("close a dialog"),
            "F1": _("this list")}  # fmt: skip
    st.table({_("Key"): list(keys), _("What it does"): list(keys.values())}, hide_index=True)
