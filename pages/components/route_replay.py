"""Deciding the queue again: first what would leave it, into what; then as one batch, with progress, cancel and undo."""

import pandas as pd
import streamlit as st

from core.causes import causes
from core.errors import StraydeskError
from core.language import _, n_
from core.replaying import replay_in_portions, replay_preview
from core.scope import Scope
from pages.components import dialog, notice, route_reading
from pages.components.look import box, text
from pages.components.reading import age, number


def button(scope: Scope, key: str) -> None:
    """The button that opens the dialog."""
    if st.button(_("Decide the queue again"), key=key, icon=":material/replay:"):
        dialog.show(_("Decide the queue again"), "replay", _dry_run, scope, width="large")


def _dry_run(scope: Scope) -> None:
    """Nothing is done before the person has seen what would be."""
    try:
        with st.spinner(_("Deciding what waits, without doing anything …")):
            rows = replay_preview(scope)
    except StraydeskError as problem:
        st.html(box(text(problem), warn=True))
        return
    leaving = int((rows["becomes"] != "cause").sum())
    st.html(f'<div class="sd-head"><span class="sd-strong">{text(said(rows))}</span></div>')
    if leaving < len(rows):
        others = len(rows) - leaving
        st.caption(n_("{count} would wait for another cause.", "{count} would wait for another cause.", others).format(
            count=number(others)))  # fmt: skip
    if rows.empty:
        return
    _table(rows)
    st.caption(_("One batch: it stands in the audit, and one Undo takes it back, save what people touch meanwhile."))
    label = n_("Decide {count} message again", "Decide {count} messages again", len(rows))
    if st.button(label.format(count=number(len(rows))), key="replay-now", type="primary", shortcut="Mod+Enter"):
        _apply(scope, dict(zip(rows["id"], rows["version"].astype(int), strict=True)))


def said(rows: pd.DataFrame) -> str:
    """What would leave the queue, and into what."""
    leaving = rows[rows["becomes"] != "cause"]
    if leaving.empty:
        return str(_("Nothing would leave the queue: the routes decide what waits as before."))
    appended = int((leaving["becomes"] == "reply").sum())
    told = n_("{count} message would leave the queue", "{count} messages would leave the queue", len(leaving))
    into = n_("{count} of them into an item that is there", "{count} of them into items that are there", appended)
    parts = [told, *([into] if appended else [])]
    counts = [number(len(leaving)), number(appended)]
    return "; ".join(part.format(count=count) for part, count in zip(parts, counts, strict=False)) + "."


def _table(rows: pd.DataFrame) -> None:
    short = {code: cause.short for code, cause in causes().items()}
    waits = _("waits: {cause}")
    column = st.column_config.TextColumn
    st.dataframe(pd.DataFrame({
        "subject": rows["subject"].where(rows["subject"].fillna("") != "", _("(no subject)")),
        "from": rows["from_address"], "age": [age(at.to_pydatetime()) for at in rows["received_at"]],
        "route": rows["routes"].fillna(""),
        "into": [each["appended_to"] or each["targets"]
                 or waits.format(cause=short.get(each["new_cause"], each["new_cause"]))
                 for each in rows.to_dict("records")],
        "claimed": rows["claimed_by"].fillna(""), "mailbox": rows["mailbox"],
    }), hide_index=True, height=36 * min(len(rows) + 1, 10) + 2, row_height=36, key="replay-rows",
        alt=_("Messages that would be decided otherwise"), column_config={
        "subject": column(_("Subject"), width=210), "from": column(_("From"), width=150),
        "age": column(_("Age"), width=50), "route": column(_("Route"), width=150),
        "into": column(_("Into"), width=210), "claimed": column(_("Claimed by"), width=120),
        "mailbox": column(_("Mailbox"), width=130),
    })  # fmt: skip


def _apply(scope: Scope, chosen: dict[str, int]) -> None:
    """Portion by portion. Any click in between ends it: what is done is done, said, and undone as one."""
    bar = st.progress(0.0, _("Working. Cancel ends it after the current portion."))
    st.button(_("Cancel"), key="replay-cancel")
    try:
        for so_far in replay_in_portions(scope, chosen):
            notice.remember(so_far)
            bar.progress(min(1.0, so_far.looked_at / len(chosen)), _("{done} of {count} messages").format(
                done=number(so_far.looked_at), count=number(len(chosen))))  # fmt: skip
    except StraydeskError as problem:
        notice.remember_problem(problem)
    route_reading.forget()
    st.session_state["round"] = st.session_state.get("round", 0) + 1
    dialog.close()
