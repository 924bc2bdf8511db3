"""One block or allow: whom it is about, what it did, and ending or changing it."""

from typing import Any

import streamlit as st

from core.acting import restore
from core.blocked import deleted_by
from core.blocking import lift
from core.item_outcome import Lifted
from core.language import _, n_
from core.outcome import Outcome
from core.scope import Scope
from pages.components import block_form, block_list, block_mail, block_new, dialog, doing
from pages.components.look import row, text
from pages.components.reading import age, moment, number, who

Entry = dict[str, Any]

# Two in a row: in Spanish four of them would be wider than their place.
STYLE = "<style>.st-key-actions{grid-template-columns:repeat(2,minmax(max-content,1fr))!important}</style>"


def show(scope: Scope, entry: Entry) -> None:
    """The entry beside the list, with the mail it is about."""
    _head(entry)
    picked = block_mail.chosen(scope, entry)
    _actions(scope, entry, picked.ticked)
    block_mail.show(scope, entry, picked)


def _head(entry: Entry) -> None:
    since = f"{moment(entry['created_at'])} · {who(entry['created_by_name'])}"
    hits = n_("{count} message", "{count} messages", entry["hits"]).format(count=number(entry["hits"]))
    done = _("Deleted") if entry["effect"] == "block" else _("Let through")
    last = _("the last one {age} ago").format(age=age(entry["last_hit_at"])) if entry["last_hit_at"] else ""
    state = block_list.state_words()[entry["state"]]
    effect, kind = block_list.effect_words()[entry["effect"]], block_form.kind_words()[entry["kind"]]
    lines = [f"<h2>{text(entry['value'])}</h2>",
             row(_("State"), text(f"{effect} · {kind}"), state, "sd-yes" if entry["state"] == "in_force" else ""),
             row(_("Where"), text(entry["mailbox"] or _("everywhere"))), row(_("Why"), text(entry["reason"])),
             row(_("Since"), text(since)), row(_("Owner"), text(who(entry["owner_name"]))),
             row(_("Until"), text(moment(entry["expires_at"]) or _("for good"))),
             row(done, text(" · ".join(filter(None, (hits, last)))))]  # fmt: skip
    if entry["changed_at"]:
        lines.append(row(_("Changed"), text(f"{moment(entry['changed_at'])} · {who(entry['changed_by_name'])}")))
    if entry["lifted_at"]:
        lines.append(row(_("Lifted"), text(f"{moment(entry['lifted_at'])} · {who(entry['lifted_by_name'])}")))
    st.html(f'{STYLE}<div class="sd-head">{"".join(lines)}</div>')


def _actions(scope: Scope, entry: Entry, ticked: dict[str, int]) -> None:
    off, theirs = scope.person.role == "analyst", entry["mailbox"] is not None or scope.administers
    settled = off or not theirs or entry["state"] == "lifted"
    with st.container(key="actions", horizontal=True, gap="small"):
        if st.button(_("Lift"), key="lift", type="primary", icon=":material/lock_open:", shortcut="L",
                     disabled=settled):  # fmt: skip
            doing.at_once(lambda: _lift(scope, entry))
        if st.button(_("Change"), key="change", icon=":material/edit:", shortcut="E", disabled=settled):
            dialog.show(_("Change end or owner"), "edit", block_new.change, scope, entry)
        if entry["effect"] == "allow":
            return
        left = entry["still_deleted"]
        words = _("Restore {count}").format(count=number(len(ticked))) if ticked else _("Restore all")
        if st.button(words, key="restore-block", icon=":material/restore_from_trash:", shortcut="S",
                     disabled=off or not left):  # fmt: skip
            if ticked:
                doing.at_once(lambda: restore(scope, ticked))
            dialog.show(_("Restore"), "restore_from_trash", _restore, scope, entry)
        if st.button(_("Let one through"), key="allow-one", icon=":material/verified_user:", shortcut="A",
                     disabled=off):  # fmt: skip
            dialog.show(_("Let a sender through"), "verified_user", block_new.allow, scope, _at(entry))


def _at(entry: Entry) -> str:
    return f"@{entry['value']}" if entry["kind"] == "domain" else ""


def _lift(scope: Scope, entry: Entry) -> Outcome:
    lift(scope, entry["id"])
    return Lifted("", "lift", value=entry["value"], still_deleted=entry["still_deleted"], effect=entry["effect"])


def _restore(scope: Scope, entry: Entry) -> None:
    chosen = deleted_by(scope, entry["id"])
    st.write(n_("{count} message goes back to where it would be without the block.",
                "{count} messages go back to where they would be without the block.", len(chosen)).format(
                    count=number(len(chosen))))  # fmt: skip
    if entry["state"] == "in_force":
        st.caption(_("The block stays in force for new mail; lift it to let that in."))
    if st.button(_("Restore"), key="restore-now", type="primary", shortcut="Mod+Enter", disabled=not chosen):
        doing.at_once(lambda: restore(scope, chosen))
