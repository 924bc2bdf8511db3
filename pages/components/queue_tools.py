"""Around the list of the queue: saved views, export, help, pages, and what stands there when nothing waits."""

from urllib.parse import parse_qsl, urlencode

import streamlit as st

from core.errors import StraydeskError
from core.exporting import as_csv, as_parquet
from core.language import _, n_
from core.queue import QueueFilter, tally, waiting
from core.saved_views import forget_view, save_view, saved_views
from core.scope import Scope
from pages.components import dialog, notice
from pages.components.reading import age, number

MOST = 100_000  # rows in an export


def show(scope: Scope) -> None:
    """The tools beside the title: how much waits, saved views and the keys."""
    now = tally(scope)
    words = [_("{count} waiting").format(count=number(now.waiting)), _("oldest {age}").format(age=age(now.oldest_at)),
             _("{count} in the last 24 hours").format(count=number(now.fresh))]  # fmt: skip
    st.markdown(" · ".join(words if now.waiting else words[:1]), width="stretch")
    with st.popover(_("Views"), icon=":material/bookmark:", key="views"):
        _views(scope)
    if st.button(_("Keys"), key="help", shortcut="F1", icon=":material/keyboard:", type="tertiary"):
        dialog.show(_("Keys"), "keyboard", _keys)


def page(count: int, per_page: int) -> int:
    """The page of the list that is shown, from 1."""
    return int(min(st.session_state.get("page", 1), max(1, -(-count // per_page))))


def turn_pages(count: int, per_page: int) -> None:
    """Under the list: its pages, where it has more than one."""
    if count > per_page:
        st.pagination(-(-count // per_page), key="page")


def everything(count: str) -> bool:
    """Whether an action means all that match, not only those on this page. No checkbox: one that was just ticked
    would keep the keys of all actions to itself."""
    chosen = bool(st.session_state.get("everything"))
    words = _("{messages} selected") if chosen else _("Select all {messages}")
    st.button(words.format(messages=count), key="all", shortcut="E", type="tertiary", on_click=_turn,
              args=(not chosen,),
              icon=":material/check_box:" if chosen else ":material/check_box_outline_blank:")  # fmt: skip
    return chosen


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
    left = tally(scope).waiting
    if left:
        st.info(n_("Nothing matches this filter; {count} message waits outside it.",
                   "Nothing matches this filter; {count} messages wait outside it.", left).format(count=number(left)),
                icon=":material/filter_alt_off:")  # fmt: skip
    else:
        st.success(_("Nothing waits."), icon=":material/done_all:")


def _views(scope: Scope) -> None:
    for name, query in saved_views(scope).items():
        with st.container(horizontal=True, key=f"view-{name}"):
            st.button(name, key=f"go-{name}", type="tertiary", on_click=_go, args=(query,), width="stretch")
            st.button("", key=f"forget-{name}", type="tertiary", icon=":material/delete:", on_click=forget_view,
                      args=(scope, name), help=_("Forget this view"))  # fmt: skip
    name = st.text_input(_("Keep these filters as"), key="view-name")
    st.button(_("Save"), key="save-view", disabled=not name, on_click=_save, args=(scope, name))


def _save(scope: Scope, name: str) -> None:
    kept = [(key, value) for key in st.query_params for value in st.query_params.get_all(key) if key != "id"]
    try:
        save_view(scope, name, urlencode(kept))
    except StraydeskError as problem:
        notice.remember_problem(problem)


def _go(query: str) -> None:
    """Show a saved view: its parameters take the place of the choices made."""
    for key in ("mailbox", "address", "cause", "order", "team", "age", "files", "automatic", "claimed", "aside"):
        st.session_state.pop(key, None)
    st.session_state["sender"] = st.session_state["search"] = ""
    given = parse_qsl(query)
    st.query_params.from_dict({key: [value for name, value in given if name == key] for key, __ in given})
    for key, value in given:
        if key in ("sender", "search"):
            st.session_state[key] = value


def _keys() -> None:
    keys = {"J K": _("next, previous message"), "T": _("create a ticket or case"), "1 2 3": _("take a likely target"),
            "A": _("attach to a work item"), "D": _("delete"), "S": _("put aside"), "G": _("claim"),
            "H": _("hand over"),
            "E": _("select all that match, or none"), "N": _("note"), "B": _("block the sender"),
            "Z": _("undo the last action"), "Ctrl+Enter": _("confirm a dialog"), "Esc": _("close a dialog"),
            "F1": _("this list")}  # fmt: skip
    st.table({_("Key"): list(keys), _("What it does"): list(keys.values())}, hide_index=True)
