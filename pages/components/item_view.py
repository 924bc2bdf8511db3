"""One work item: what it is for, its mail to read, and what happened to it."""

from html import escape
from typing import Any

import streamlit as st

from core.errors import NotFound
from core.item_history import item_history, told
from core.language import _, n_
from core.scope import Scope
from core.work_items import status_words, work_item
from pages.components import item_actions, message_view
from pages.components.item_filters import kind_words
from pages.components.look import plain, row, text
from pages.components.reading import age, moment, number

MARKS = {"open": "sd-yes", "merged": "sd-no"}


def show(scope: Scope, reference: str) -> None:
    """The item beside the list, or a word that there is none of this reference."""
    try:
        item = work_item(scope, reference)
    except NotFound as problem:
        st.info(plain(problem.sentence), icon=":material/search_off:")
        return
    _head(item)
    item_actions.show(scope, item)
    count = len(item["messages"])
    mails = n_("{count} message", "{count} messages", count).format(count=number(count))
    mail, history = st.tabs([mails, _("History")], key="item-parts", on_change="rerun")
    with mail:
        _messages(scope, item)
    if history.open:
        with history:
            _history(scope, item["reference"])


def _head(item: dict[str, Any]) -> None:
    subject = text(item["subject"]) or escape(_("(no subject)"))
    opened = f"{moment(item['opened_at'])} · {age(item['opened_at'])} · {item['opened_by_name']}"
    lines = [
        f"<h2>{subject}</h2>",
        row(kind_words()[item["kind"]], f'<span class="sd-strong">{text(item["reference"])}</span>',
            status_words()[item["status"]], MARKS.get(item["status"], "")),
        row(_("For"), text(" · ".join((item["customer"], item["contract"], item["service"])))),
        row(_("Opened"), text(opened)),
    ]  # fmt: skip
    if item["status"] != "open":
        lines.append(row(_("Since"), text(f"{moment(item['status_at'])} · {age(item['status_at'])}")))
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')
    if item["merged_into"]:
        st.button(_("Merged into {reference}").format(reference=item["merged_into"]), key="go-merged",
                  type="tertiary", icon=":material/merge:", on_click=go, args=(item["merged_into"],))  # fmt: skip


def go(reference: str) -> None:
    """Open this item on the next run."""
    st.query_params["reference"] = reference


def _messages(scope: Scope, item: dict[str, Any]) -> None:
    """The mail, oldest first; one is unfolded at a time, the newest to begin with."""
    how = {"opened": _("opened it"), "appended": _("answer"), "attached": _("attached"), "merged": _("by merging")}
    ids, state = [each["id"] for each in item["messages"]], f"unfolded-{item['reference']}"
    unfolded = st.session_state.get(state, ids[-1] if ids else "")
    for place, each in enumerate(item["messages"]):
        with st.container(key=f"mail-{place}", horizontal=True, vertical_alignment="center"):
            sender = text(each["from_name"] or each["from_address"]) or escape(_("no valid address"))
            when = f"{moment(each['received_at'])} · {how[each['how']]}"
            said = "" if each["id"] == unfolded else f'<div class="sd-soft">{text((each["preview"] or "")[:120])}</div>'
            st.html(f'<div class="sd-head"><span class="sd-strong">{sender}</span> <span class="sd-soft">{text(when)}'
                    f"</span>{said}</div>", width="stretch")  # fmt: skip
            folded = each["id"] != unfolded
            st.button(_("Read") if folded else _("Fold"), key=f"read-{place}", type="tertiary", on_click=_unfold,
                      args=(state, each["id"] if folded else ""),
                      icon=":material/expand_more:" if folded else ":material/expand_less:")  # fmt: skip
        if not folded:
            with st.container(key="unfolded", border=True):
                message_view.show(scope, each["id"])


def _unfold(state: str, id: str) -> None:
    st.session_state[state] = id


def _history(scope: Scope, reference: str) -> None:
    for entry in item_history(scope, reference):
        about = entry["from_name"] or entry["from_address"] or ""
        reason = "" if entry["action"] in ("merge", "undo") else entry["reason"] or ""
        words = " · ".join(filter(None, (about, reason)))
        mark = _("undone") if entry["undone"] else ""
        value = f'<span class="sd-strong">{text(told(entry))}</span> {text(entry["actor_name"])}'
        st.html(
            row(moment(entry["happened_at"]), f'{value}<br><span class="sd-soft">{text(words)}</span>', mark, "sd-no")
        )
