"""What deciding the queue again did, message by message, and which of it was taken back since."""

import pandas as pd
import streamlit as st

from core.causes import causes
from core.language import _
from core.replaying import Replayed, receipt
from core.scope import Scope
from pages.components import dialog


def button(scope: Scope) -> None:
    """Beside the word about a replay: what exactly it did."""
    last = st.session_state.get("notice")
    if isinstance(last, Replayed) and (last.ids or last.recaused) and st.button(
            _("Receipt"), key="receipt", type="tertiary", icon=":material/receipt_long:"):  # fmt: skip
        dialog.show(_("What was decided again"), "receipt_long", _show, scope, last.batch, width="large")


def _show(scope: Scope, batch: str) -> None:
    rows = receipt(scope, batch)
    short = {code: cause.short for code, cause in causes().items()}
    done = {"create": _("opened {reference}"), "append": _("added to {reference}"), "queue": _("waits: {cause}")}
    column = st.column_config.TextColumn
    st.dataframe(pd.DataFrame({
        "subject": rows["subject"].where(rows["subject"].fillna("") != "", _("(no subject)")),
        "what": [done[each["what"]].format(reference=each["reference"], cause=short.get(each["cause_after"], ""))
                 for each in rows.to_dict("records")],
        "route": rows["route"].fillna(""), "target": rows["target"].fillna(""),
        "before": [short.get(code, code) for code in rows["cause_before"]],
        "undone": rows["undone"].map({True: _("undone"), False: ""}),
    }), hide_index=True, height=36 * min(len(rows) + 1, 12) + 2, row_height=36, key="receipt-rows",
        alt=_("What was decided again"), column_config={
        "subject": column(_("Subject"), width=230), "what": column(_("Became"), width=150),
        "route": column(_("Route"), width=160), "target": column(_("Target"), width=220),
        "before": column(_("Waited because"), width=130), "undone": column("", width=80),
    })  # fmt: skip
    st.caption(_("It stands in the audit too, as one batch."))
