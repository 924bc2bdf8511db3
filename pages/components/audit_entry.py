"""One entry of the record: who did what and why, what else was done with it, the mail to read, and taking it back."""

from typing import Any

import streamlit as st

from core.acting import restore
from core.audit import together
from core.errors import NotFound
from core.language import _, n_
from core.messages import history
from core.scope import Scope
from core.undoing import undo
from pages.components import dialog, doing, message_view
from pages.components.audit_filters import action_words, who
from pages.components.look import row, text
from pages.components.reading import age, moment, number

Entry = dict[str, Any]


def show(scope: Scope, entry: Entry, selected: dict[str, int]) -> None:
    """The entry beside the list; `selected` are deleted messages that were ticked there, with their versions."""
    # What one collection brought is a batch too, but nobody's doing.
    others = together(scope, entry["batch"]) if entry["actor_kind"] == "person" else 0
    _head(entry, others)
    _actions(scope, entry, others, selected)
    if entry["message_id"]:
        try:
            message_view.show(scope, entry["message_id"])
        except NotFound:
            st.info(_("You may no longer see this message."))
        else:
            _before_and_after(history(scope, entry["message_id"]))


def _head(entry: Entry, others: int) -> None:
    done = text(action_words().get(entry["action"], entry["action"]))
    lines = [row(_("Done"), f'<span class="sd-strong">{done}</span>', _("undone") if entry["undone"] else "", "sd-no"),
             row(_("Who"), text(who(entry["actor_kind"], entry["actor_name"]))),
             row(_("When"), text(f"{moment(entry['happened_at'])} · {age(entry['happened_at'])}"))]  # fmt: skip
    if entry["reason"]:
        lines.append(row(_("Why"), text(entry["reason"])))
    if others > 1:
        in_one_go = n_("{count} message in one go", "{count} messages in one go", others)
        lines.append(row(_("Together"), text(in_one_go.format(count=number(others)))))
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')


def _actions(scope: Scope, entry: Entry, others: int, selected: dict[str, int]) -> None:
    off = scope.person.role == "analyst"
    ours = {entry["message_id"]: int(entry["version"])} if entry["status"] == "deleted" else {}
    back, done_by_hand = selected or ours, entry["actor_kind"] == "person" and entry["action"] != "undo"
    with st.container(key="actions", horizontal=True, gap="small"):
        words = _("Restore {count}").format(count=number(len(back))) if len(back) > 1 else _("Restore")
        if back and st.button(words, key="restore", shortcut="S", icon=":material/restore_from_trash:", disabled=off,
                              type="primary"):  # fmt: skip
            doing.at_once(lambda: restore(scope, back))
        undo_words = _("Undo all {count}").format(count=number(others)) if others > 1 else _("Undo")
        if done_by_hand and not entry["undone"] and st.button(undo_words, key="undo-batch", shortcut="U",
                                                              icon=":material/undo:", disabled=off):  # fmt: skip
            dialog.show(_("Undo"), "undo", _undo, scope, entry, others)
        if others > 1 and st.query_params.get("batch") != entry["batch"]:
            st.button(_("Show all of them"), key="show-batch", type="tertiary", on_click=_only, args=(entry["batch"],))
        if entry["work_item"] and st.button(entry["work_item"], key="go-item", type="tertiary", icon=":material/task:"):
            st.switch_page("pages/work_items.py", query_params={"reference": entry["work_item"]})


def _undo(scope: Scope, entry: Entry, others: int) -> None:
    count = n_("{count} message", "{count} messages", others).format(count=number(others))
    what = _("This takes back what {who} did on {when} to {messages}.") if others else _(
        "This takes back what {who} did on {when} to work items.")  # fmt: skip
    st.html(text(what.format(who=entry["actor_name"], when=moment(entry["happened_at"]), messages=count)))
    st.caption(_("What has been changed again since is left alone, and named."))
    if st.button(_("Undo"), key="undo-now", type="primary", shortcut="Mod+Enter"):
        doing.at_once(lambda: undo(scope, entry["batch"]))


def _only(batch: str) -> None:
    st.query_params["batch"] = batch


def _before_and_after(history: list[dict[str, Any]]) -> None:
    """All that was done to this message, oldest first."""
    words = action_words()
    with st.expander(_("What was done to this message"), icon=":material/history:"):
        for one in history:
            done, why = text(words.get(one["action"], one["action"])), text(one["reason"] or "")
            value = f'<span class="sd-strong">{done}</span> {text(one["actor"])} <span class="sd-soft">{why}</span>'
            st.html(row(moment(one["happened_at"]), value))
