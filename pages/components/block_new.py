"""The dialogs that make a block or an allow, from a message or from nothing, and those that change one."""

from typing import Any

import streamlit as st

from core import blocking
from core.blocked import KINDS, Kind
from core.item_outcome import Changed
from core.language import _, n_
from core.messages import message
from core.outcome import Outcome
from core.scope import Scope
from pages.components import block_form, doing
from pages.components.doing import Chosen
from pages.components.reading import number


def from_message(scope: Scope, chosen: Chosen) -> None:
    """Block the sender of a message that is open."""
    about = message(scope, next(iter(chosen)))
    values: dict[Kind, str] = {
        "address": about["from_address"],
        "domain": about["from_domain"],
        "list_id": about["list_id"],
    }
    words = {"address": _("This address"), "domain": _("Its whole domain"), "list_id": _("This mailing list")}
    kinds = [kind for kind in KINDS if values[kind]]
    if not kinds:
        st.caption(_("It names neither a sender nor a mailing list, so there is nobody to block."))
        return
    kind = st.selectbox(_("What"), kinds, format_func=lambda one: f"{words[one]}: {values[one]}", key="block-kind")
    _block(scope, kind, values[kind], about["mailboxes"])


def block(scope: Scope) -> None:
    """Block somebody whose address, domain or list one knows."""
    _block(scope, *_whom(""), list(scope.mailboxes))


def allow(scope: Scope, value: str = "") -> None:
    """Let somebody through, whatever block would delete their mail."""
    kind, whom = _whom(value)
    st.caption(_("An allow beats every block: block a domain, and allow the one address there that you need."))
    mailbox, owner, reason = _where_and_why(scope, list(scope.mailboxes), _("Writes about work"))
    end = block_form.until(scope)
    if st.button(_("Let through"), key="allow-now", type="primary", shortcut="Mod+Enter", disabled=not whom.strip()):
        doing.at_once(lambda: blocking.allow(scope, kind, whom, reason, mailbox=mailbox, expires_at=end, owner=owner))


def change(scope: Scope, entry: dict[str, Any]) -> None:
    """Another end or owner for a block or an allow."""
    end = block_form.until(scope, entry["expires_at"])
    owner = block_form.owner(scope, entry["owner"])
    if st.button(_("Save"), key="change-now", type="primary", shortcut="Mod+Enter"):
        doing.at_once(lambda: _change(scope, entry, owner, end))


def _change(scope: Scope, entry: dict[str, Any], owner: str, end: Any) -> Outcome:
    blocking.change_entry(scope, entry["id"], owner=owner, expires_at=end)
    return Changed("", "change", value=entry["value"])


def _block(scope: Scope, kind: Kind, value: str, boxes: list[str]) -> None:
    mailbox, owner, reason = _where_and_why(scope, boxes, _("Spam"))
    end = block_form.until(scope)
    if not value.strip():
        return
    insist = block_form.insisting(scope, kind, value)
    would = block_form.preview(scope, kind, value, mailbox)
    if would is None:
        return
    label = n_("Block, and delete {count}", "Block, and delete {count}", would.waiting).format(
        count=number(would.waiting)) if would.waiting else _("Block")  # fmt: skip
    if st.button(label, key="block-now", type="primary", shortcut="Mod+Enter", disabled=not reason.strip()):
        doing.at_once(lambda: blocking.block(scope, kind, value, reason, mailbox=mailbox, expires_at=end, owner=owner,
                                             insist=insist))  # fmt: skip


def _whom(value: str) -> tuple[Kind, str]:
    words = block_form.kind_words()
    kind = st.segmented_control(_("What"), KINDS, default="address", key="block-kind", required=True,
                                format_func=lambda one: words[one]) or "address"  # fmt: skip
    shown = {"address": "news@shop.example", "domain": "shop.example", "list_id": "news.shop.example"}
    return kind, st.text_input(words[kind].capitalize(), value, key="block-value", placeholder=shown[kind])


def _where_and_why(scope: Scope, boxes: list[str], usual: str) -> tuple[str | None, str, str]:
    """The mailbox (None: every one), the owner and the reason."""
    left, right = st.columns(2)
    with left:
        mailbox = block_form.where(scope, boxes)
    with right:
        owner = block_form.owner(scope)
    return mailbox, owner, st.text_input(_("Reason"), usual, key="block-reason")
