"""The mails pinned to a route: what it must catch and must not, and whether it does."""

import pandas as pd
import streamlit as st

from core.examples import pin_example, unpin_example
from core.language import _
from core.one_route import OneRoute
from core.scope import Scope
from pages.components import route_deed
from pages.components.reading import age


def show(scope: Scope, route: OneRoute, pinned: pd.DataFrame) -> None:
    """The pinned mails in a table; a ticked one can be taken off again."""
    st.caption(_("Pin mails from the queue. Every change of any route is tried on all of them first."))
    if pinned.empty:
        return
    column = st.column_config.TextColumn
    picked = st.dataframe(_table(pinned), key=f"pinned-{st.session_state.get('round', 0)}-{route.id}", hide_index=True,
                          on_select="rerun", selection_mode="single-row", height="content", row_height=36,
                          alt=_("Pinned mails"), column_config={
        "holds": column("", width=86), "must": column(_("Must"), width=86), "subject": column(_("Subject"), width=200),
        "from": column(_("From"), width=150), "age": column(_("Age"), width=54), "note": column(_("Why"), width=160),
        "who": column(_("Pinned by"), width=130),
    })  # fmt: skip
    places = [place for place in picked["selection"]["rows"] if place < len(pinned)]
    if route.refusal or not places:
        return
    one = pinned.iloc[places[0]]
    if st.button(_("Take it off"), key="unpin", icon=":material/keep_off:"):
        route_deed.do(lambda _any: _unpinned(scope, route.id, str(one["message_id"])),
                      lambda scope, _id: pin_example(scope, route.id, str(one["message_id"]), bool(one["must_catch"]),
                                                     str(one["note"] or "")), replays=False)  # fmt: skip


def state(holds: object) -> str:
    """Whether a pinned mail goes where it must, as a sign and a word."""
    if holds is None or pd.isna(holds):  # type: ignore[call-overload]
        return _("– not asked")
    return _("✓ holds") if holds else _("▲ broken")


def _table(pinned: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        "holds": [state(holds) for holds in pinned["holds"]],
        "must": [_("catch") if must else _("leave") for must in pinned["must_catch"]],
        "subject": pinned["subject"].where(pinned["subject"].fillna("") != "", _("(no subject)")),
        "from": pinned["from_address"], "age": [age(at.to_pydatetime()) for at in pinned["received_at"]],
        "note": pinned["note"].fillna(""), "who": pinned["pinned_by"],
    })  # fmt: skip


def _unpinned(scope: Scope, route: str, message: str) -> str:
    unpin_example(scope, route, message)
    return _("The mail is no longer pinned.")
