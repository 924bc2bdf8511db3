"""The list of blocks and allows, with its filter; a click opens one beside it."""

import pandas as pd
import streamlit as st

from core.language import _
from core.scope import Scope
from pages.components import block_form, choice, clickable
from pages.components.reading import age, day


def filtered(scope: Scope, rows: pd.DataFrame) -> pd.DataFrame:
    """The filter bar, and the rows that it leaves. Its names in the address are its own: other pages keep theirs."""
    boxes = {name: name for name in scope.mailboxes}
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(_("Search"), key="whom", icon=":material/search:", bind="query-params",
                              placeholder=_("sender, reason, owner"))  # fmt: skip
        standing = choice.one(_("State"), "standing", {"any": _("any")} | state_words())
        effect = choice.one(_("Effect"), "effect", {"any": _("any")} | effect_words())
        where = choice.several(_("Mailbox"), "reach", boxes)
    text = (
        rows[["value", "reason", "created_by", "owner", "owner_name"]].fillna("").agg(" ".join, axis=1).str.lower()
        if len(rows)
        else rows["value"]
    )
    kept = [
        all(word in said for word in (words or "").lower().split())
        and standing in ("any", row.state) and effect in ("any", row.effect)
        and (not where or not row.mailbox or row.mailbox in where)
        for said, row in zip(text, rows.fillna({"mailbox": ""}).itertuples(), strict=True)
    ]  # fmt: skip
    return rows[kept]


def show(rows: pd.DataFrame) -> str:
    """The list; answers the id of the entry that is opened."""
    return clickable.show(_table(rows), list(rows["id"]), "block", _columns(), _("Blocks")).opened


def state_words() -> dict[str, str]:
    """Whether an entry counts, in the language in use, by its code."""
    return {"in_force": _("in force"), "expired": _("expired"), "lifted": _("lifted")}


def effect_words() -> dict[str, str]:
    """What an entry does with mail, in the language in use, by its code."""
    return {"block": _("blocked"), "allow": _("let through")}


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    states, kinds, effects = state_words(), block_form.kind_words(), effect_words()
    return pd.DataFrame({
        "value": rows["value"], "effect": [effects[code] for code in rows["effect"]],
        "kind": [kinds[code] for code in rows["kind"]],
        "state": [states[code] for code in rows["state"]], "hits": rows["hits"],
        "last": [age(at.to_pydatetime()) if pd.notna(at) else "" for at in rows["last_hit_at"]],
        "mailbox": rows["mailbox"].fillna(_("everywhere")), "owner": rows["owner_name"],
        "until": [day(at.to_pydatetime()) if pd.notna(at) else "" for at in rows["expires_at"]],
        "why": rows["reason"],
    })  # fmt: skip


def _columns() -> dict[str, object]:
    column, count = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "value": column(_("Sender"), width=180), "effect": column(_("Effect"), width=78),
        "kind": column(_("Kind"), width=70), "state": column(_("State"), width=66),
        "hits": count(_("Mail"), width=50), "last": column(_("Last"), width=56),
        "mailbox": column(_("Mailbox"), width=124), "owner": column(_("Owner"), width=96),
        "until": column(_("Until"), width=60), "why": column(_("Why"), width=140),
    }  # fmt: skip
