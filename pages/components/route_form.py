"""The fields of a route, each with a sentence that says what it does."""

from typing import Any

import streamlit as st

from core.language import _
from core.routes import Target
from core.scope import Scope
from pages.components import route_reading, route_target

Fields = dict[str, Any]
RUNS = ("live", "shadow", "off")
EITHER = {"yes": True, "no": False}
TYPED = "350ms"  # without further typing, before what was typed counts


def show(scope: Scope, start: Fields, key: str) -> Fields:
    """The form, filled with `start` (the keys of a `[[route]]`); answers what stands in it, `target` None if none."""
    fields: Fields = {"name": st.text_input(_("Name"), start.get("name", ""), key=f"{key}-name", live=TYPED,
                                            placeholder=_("What people call it"))}  # fmt: skip
    everywhere = route_reading.sees_all(scope)
    if not everywhere:
        fields |= _mailbox(start, list(scope.mailboxes), key)
    fields |= _usual(start, key)
    filled = Target.model_validate(start["target"]) if start.get("target") else None
    fields["target"] = route_target.show(scope, filled, key)
    with st.expander(_("More conditions"), icon=":material/tune:", expanded=_has_more(start), key=f"{key}-more"):
        if everywhere:
            fields |= _mailbox(start, ["", *scope.mailboxes], key)
        fields |= _more(start, key)
    return fields | _runs(start, key)


def labels() -> dict[str, str]:
    """The fields by how the form calls them."""
    return {
        "name": _("Name"), "recipient": _("Sent to"), "sender": _("From"),
        "subject_contains": _("Words in the subject"), "mailbox": _("Mailbox"),
        "subject_regex": _("Subject matches"), "body_contains": _("Words in the text"), "list_id": _("Mailing list"),
        "has_attachment": _("Attachment"), "match_delivered": _("Also mail that names nobody"), "target": _("Opens a"),
    }  # fmt: skip


def _usual(start: Fields, key: str) -> Fields:
    said = labels()
    return {
        "recipient": st.text_input(said["recipient"], start.get("recipient", ""), key=f"{key}-recipient", live=TYPED,
                                   placeholder="invoices@desk.example", help=_(
            "An address, *@domain for any address there, or * for any address at all; * needs a sender or a list.")),
        "sender": _several(said["sender"], start, "sender", key, "*@acme.example", _(
            "Any of these: addresses, or *@domain for everybody there. Empty: anybody.")),
        "subject_contains": _several(said["subject_contains"], start, "subject_contains", key, _("invoice"), _(
            "Any of these, in capitals or not. Empty: any subject.")),
    }  # fmt: skip


def _mailbox(start: Fields, boxes: list[str], key: str) -> Fields:
    """Whoever does not see every mailbox names one of their own."""
    mailbox = start.get("mailbox") or ""
    chosen = st.selectbox(labels()["mailbox"], boxes, index=boxes.index(mailbox) if mailbox in boxes else 0,
                          key=f"{key}-mailbox", format_func=lambda one: one or _("any"),
                          help=_("Only mail that arrived in this mailbox first."))  # fmt: skip
    return {"mailbox": chosen or None}


def _more(start: Fields, key: str) -> Fields:
    said = labels()
    either = {"": _("either way"), "yes": _("must have one"), "no": _("must have none")}
    return {
        "body_contains": _several(said["body_contains"], start, "body_contains", key, _("purchase order"), _(
            "Any of these in the text of the mail.")),
        "subject_regex": st.text_input(said["subject_regex"], start.get("subject_regex") or "",
                                       key=f"{key}-subject_regex", live=TYPED, placeholder=r"(?i)^invoice \d+", help=_(
            "A regular expression (RE2). It is found anywhere in the subject; (?i) ignores capitals.")),
        "list_id": st.text_input(said["list_id"], start.get("list_id") or "", key=f"{key}-list_id", live=TYPED,
                                 placeholder="news.acme.example", help=_("The List-Id of the mail.")),
        "has_attachment": EITHER.get(str(st.segmented_control(
            said["has_attachment"], list(either), key=f"{key}-has_attachment", required=True,
            default={True: "yes", False: "no"}.get(start.get("has_attachment"), ""),  # type: ignore[arg-type]
            format_func=lambda one: either[one]))),
        "match_delivered": st.checkbox(said["match_delivered"], bool(start.get("match_delivered")),
                                       key=f"{key}-match_delivered", help=_(
            "Catches blind copies too: mail that was delivered to this address without naming it in To or Cc.")),
    }  # fmt: skip


def _runs(start: Fields, key: str) -> Fields:
    words = {"live": _("in force"), "shadow": _("in shadow"), "off": _("switched off")}
    now = "off" if not start.get("active", True) else "shadow" if start.get("shadow") else "live"
    runs = st.segmented_control(_("Runs"), RUNS, default=now, required=True, key=f"{key}-runs",
                                format_func=lambda one: words[one], help=_(
        "In shadow it takes nothing: you watch what it would have done to the mail that comes."))  # fmt: skip
    return {"active": runs != "off", "shadow": runs == "shadow"}


def _several(label: str, start: Fields, field: str, key: str, example: str, help: str) -> list[str]:
    """Words that people type, each ended by Enter."""
    words = list(start.get(field) or [])
    return list(st.multiselect(label, words, default=words, key=f"{key}-{field}", accept_new_options=True, help=help,
                               placeholder=_("{example} – Enter after each").format(example=example)))  # fmt: skip


def _has_more(start: Fields) -> bool:
    names = ("subject_regex", "body_contains", "list_id", "match_delivered")
    return any(start.get(name) for name in names) or start.get("has_attachment") is not None
