"""Administration: what must not be removed for now, whatever the rules of retention say."""

import pandas as pd
import streamlit as st

from core import retention
from core.item_outcome import Held
from core.language import _
from core.outcome import Outcome
from core.retention import HOLDABLE, Holdable
from core.scope import Scope
from pages.components import doing, look, settling
from pages.components.look import text
from pages.components.reading import day, who


def show(scope: Scope, held: pd.DataFrame) -> None:
    """The holds, and putting one on or lifting one."""
    look.heading(_("Holds"))
    kinds, chosen = _kinds(), None
    if held.empty:
        st.caption(
            _("Nothing is held. A hold keeps a message, a work item or all mail of a sender, domain or mailbox.")
        )
    else:
        held["what"] = held["kind"].map(kinds)
        held["since"] = [f"{day(at.to_pydatetime())} · {who(by)}"
                         for at, by in zip(held["held_at"], held["held_by_name"], strict=True)]  # fmt: skip
        held["state"] = ["" if pd.isna(at) else _("lifted by {who}").format(who=who(by))
                         for at, by in zip(held["lifted_at"], held["lifted_by_name"], strict=True)]  # fmt: skip
        column = st.column_config.TextColumn
        chosen = settling.choose(held, key="holds", about=_("Holds"), columns={
            "what": column(_("What"), width=110), "value": column(_("Which"), width=300),
            "reason": column(_("Why"), width=260), "since": column(_("Since"), width=180),
            "state": column("", width=150),
        })  # fmt: skip
    lifting: list[settling.Button] | None = [] if held.empty else None
    if chosen is not None:
        about = (scope, str(chosen["id"]), str(chosen["value"]))
        lifted = bool(chosen["state"])
        lifting = [] if lifted else [settling.Button(_("Lift"), "lock_open", _("Lift the hold"), _lift, about)]
    settling.buttons("holds", [settling.Button(_("Hold"), "lock", _("Hold"), _hold, (scope,))], lifting)


def _hold(scope: Scope) -> None:
    kinds = _kinds()
    kind = st.selectbox(_("What"), HOLDABLE, format_func=lambda code: kinds[code], key="hold-kind")
    if kind == "mailbox":
        value = str(st.selectbox(kinds[kind], scope.mailboxes, key="hold-mailbox") or "")
    else:
        value = st.text_input(kinds[kind], key="hold-value", placeholder={
            "message": _("its id, as in its address"), "work_item": "T-000123", "sender": "ana@shop.example",
            "domain": "shop.example"}[kind])  # fmt: skip
    reason = st.text_input(_("Reason"), key="hold-reason")
    if st.button(_("Hold"), key="hold-now", type="primary", shortcut="Mod+Enter"):
        doing.at_once(lambda: _put_on(scope, kind, value, reason))


def _lift(scope: Scope, id: str, value: str) -> None:
    st.html(f"<p>{text(value)}</p>")
    st.caption(_("From then on the rules count for it again."))
    if st.button(_("Lift"), key="lift-hold-now", type="primary", shortcut="Mod+Enter"):
        doing.at_once(lambda: _lifted(scope, id, value))


def _put_on(scope: Scope, kind: Holdable, value: str, reason: str) -> Outcome:
    retention.hold(scope, kind, value, reason)
    return Held("", "hold", value=value)


def _lifted(scope: Scope, id: str, value: str) -> Outcome:
    retention.lift_hold(scope, id)
    return Held("", "lift_hold", value=value)


def _kinds() -> dict[Holdable, str]:
    return {"message": _("Message"), "work_item": _("Work item"), "sender": _("Sender"), "domain": _("Domain"),
            "mailbox": _("Mailbox")}  # fmt: skip
