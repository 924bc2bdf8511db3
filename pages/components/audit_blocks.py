"""The blocks: what each has deleted, bringing that back, and lifting it."""

from typing import Any

import pandas as pd
import streamlit as st

from core.acting import restore
from core.audit import blocks_with_hits, deleted_by
from core.blocking import lift
from core.item_outcome import Lifted
from core.language import _, n_
from core.outcome import Outcome
from core.scope import Scope
from pages.components import clickable, dialog, doing
from pages.components.look import row, text
from pages.components.reading import age, moment, number


def show(scope: Scope) -> None:
    """The list of blocks with the opened one beside it."""
    rows = blocks_with_hits(scope)
    if rows.empty:
        st.info(_("Nobody is blocked. A sender is blocked from the queue; what that deletes is listed here."),
                icon=":material/block:")  # fmt: skip
        return
    left, right = st.columns([11, 9], gap="medium")
    with left:
        opened = clickable.show(_table(rows), list(rows["id"]), "block", _columns(), _("Blocks"), height=420).opened
    found = rows[rows["id"] == opened]
    with right, st.container(key="opened"):
        if found.empty:
            st.info(_("There is no such block."))
        else:
            _opened(scope, clickable.record(found, opened))


def _state_words() -> dict[str, str]:
    return {"in_force": _("in force"), "expired": _("expired"), "lifted": _("lifted")}


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    states, kinds = _state_words(), {"address": _("address"), "domain": _("domain"), "list_id": _("list")}
    return pd.DataFrame({
        "value": rows["value"], "kind": [kinds[code] for code in rows["kind"]],
        "state": [states[code] for code in rows["state"]], "hits": rows["hits"],
        "last": [age(at.to_pydatetime()) if pd.notna(at) else "" for at in rows["last_hit_at"]],
        "mailbox": rows["mailbox"].fillna(_("everywhere")), "why": rows["reason"], "who": rows["created_by_name"],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column, count = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "value": column(_("Blocked"), width=190), "kind": column(_("Kind"), width=70),
        "state": column(_("State"), width=70), "hits": count(_("Deleted"), width=60),
        "last": column(_("Last"), width=60),
        "mailbox": column(_("Mailbox"), width=130), "why": column(_("Why"), width=120),
        "who": column(_("By"), width=120),
    }  # fmt: skip


def _opened(scope: Scope, block: dict[str, Any]) -> None:
    since = f"{moment(block['created_at'])} · {block['created_by_name']}"
    hits = n_("{count} message", "{count} messages", block["hits"]).format(count=number(block["hits"]))
    lines = [f"<h2>{text(block['value'])}</h2>", row(_("State"), text(_state_words()[block["state"]])),
             row(_("Since"), text(since)), row(_("Mailbox"), text(block["mailbox"] or _("everywhere"))),
             row(_("Why"), text(block["reason"])), row(_("Deleted"), text(hits))]  # fmt: skip
    if block["last_hit_at"]:
        lines.append(row(_("Last"), text(f"{moment(block['last_hit_at'])} · {age(block['last_hit_at'])}")))
    if block["lifted_at"]:
        lines.append(row(_("Lifted"), text(f"{moment(block['lifted_at'])} · {block['lifted_by_name']}")))
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')
    off, may_lift = scope.person.role == "analyst", block["mailbox"] is not None or scope.administers
    with st.container(key="actions", horizontal=True, gap="small"):
        if st.button(_("Lift"), key="lift", type="primary", icon=":material/lock_open:", shortcut="L",
                     disabled=off or not may_lift or block["state"] != "in_force"):  # fmt: skip
            doing.at_once(lambda: _lift(scope, block))
        count, words = block["still_deleted"], _("Restore")
        if st.button(
            words, key="restore-block", icon=":material/restore_from_trash:", disabled=off or not count, shortcut="S"
        ):
            dialog.show(_("Restore"), "restore_from_trash", _restore, scope, block)


def _lift(scope: Scope, block: dict[str, Any]) -> Outcome:
    lift(scope, block["id"])
    return Lifted("", "lift", value=block["value"], still_deleted=block["still_deleted"])


def _restore(scope: Scope, block: dict[str, Any]) -> None:
    chosen = deleted_by(scope, block["id"])
    st.write(n_("{count} message goes back to where it would be without the block.",
                "{count} messages go back to where they would be without the block.", len(chosen)).format(
                    count=number(len(chosen))))  # fmt: skip
    if block["state"] == "in_force":
        st.caption(_("The block stays in force for new mail; lift it to let that in."))
    if st.button(_("Restore"), key="restore-now", type="primary", shortcut="Mod+Enter", disabled=not chosen):
        doing.at_once(lambda: restore(scope, chosen))
