"""A mail to ask about: as a file, pasted as it came, or typed field by field."""

from dataclasses import dataclass

import streamlit as st

from core.asked_mail import TypedMail
from core.language import _
from core.scope import Scope
from pages.components import choice


@dataclass(frozen=True, slots=True)
class Asked:
    """The bytes of a mail, and the mailbox it would come to."""

    raw: bytes
    mailbox: str


def show(scope: Scope) -> Asked | None:
    """The form; answers the mail that stands in it, None while there is none."""
    way = choice.view(_("How"), "way", {"file": _("A file"), "pasted": _("Pasted"), "typed": _("Typed")})
    mailbox = str(st.selectbox(_("It comes to"), scope.mailboxes, key="why-mailbox"))
    raw = _typed(mailbox) if way == "typed" else _pasted() if way == "pasted" else _file()
    return Asked(raw, mailbox) if raw else None


def _file() -> bytes:
    given = st.file_uploader(_("Original mail (.eml)"), type=["eml", "txt"], key="why-file")
    return given.getvalue() if given else b""


def _pasted() -> bytes:
    text = st.text_area(_("Original mail, with its header"), key="why-pasted", height=320,
                        placeholder="From: zoe@acme.example\nTo: invoices@desk.example\nSubject: …")  # fmt: skip
    return text.lstrip().encode("utf-8", "replace")


def _typed(mailbox: str) -> bytes:
    """The mail that the fields describe; none before an address or a sender is typed."""
    to = st.text_input(_("To"), key="why-to", placeholder="invoices@desk.example")
    cc = st.text_input(_("Cc"), key="why-cc", placeholder=_("optional"))
    sender = st.text_input(_("From"), key="why-sender", placeholder="zoe@acme.example")
    subject = st.text_input(_("Subject"), key="why-subject")
    body = st.text_area(_("Text"), key="why-body", placeholder=_("optional"))
    list_id = st.text_input(_("Mailing list"), key="why-list", placeholder=_("optional"))
    attached = st.checkbox(_("It has an attachment"), key="why-attached")
    if not any(each.strip() for each in (to, cc, sender, list_id)):
        return b""
    return TypedMail(mailbox, to, cc, sender, subject, body, list_id, attached).as_bytes()
