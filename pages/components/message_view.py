"""One message, safe to look at: who really sent it, to whom, why it is here, what it says."""

from collections.abc import Iterator
from html import escape
from typing import Any

import streamlit as st

from core import messages
from core.causes import causes
from core.language import _, n_
from core.parsing import quoted_history
from core.sanitising import framed
from core.scope import Scope
from pages.components.look import box, row, text
from pages.components.reading import age, moment, size

FRAME = 460  # pixels


def show(scope: Scope, id: str) -> dict[str, Any]:
    """The message beside the list; answers its fields for the actions around it. Raises NotFound."""
    message = messages.message(scope, id)
    lines = [f"<h2>{text(message['subject']) or escape(_('(no subject)'))}</h2>", *_sender(message),
             *_recipients(scope, message), *_reason(message)]  # fmt: skip
    st.html(f'<div class="sd-head">{"".join(lines)}</div>')
    if scope.reads_bodies:
        _contents(scope, message)
    else:
        st.info(_("Analysts don't see the text of mail."))
    return message


def _sender(message: dict[str, Any]) -> Iterator[str]:
    address = text(message["from_address"]) or escape(_("no valid address"))
    name = f'<span class="sd-strong">{text(message["from_name"])}</span> ' if message["from_name"] else ""
    yield row(_("From"), f"{name}{address}")
    when = f"{moment(message['received_at'])} · {age(message['received_at'])} · {message['mailbox']}"
    yield row(_("Received"), text(when))
    if message["automatic"]:
        yield row(_("Automatic"), text(message["automatic"]))
    elsewhere = [one["address"] for one in message["recipients"]
                 if one["kind"] == "reply_to" and one["address"] != message["from_address"]]  # fmt: skip
    if elsewhere:
        yield row(_("Answers go to"), text(", ".join(elsewhere)), _("differs from the sender"), "sd-bad")


def _recipients(scope: Scope, message: dict[str, Any]) -> Iterator[str]:
    labels = {"to": _("To"), "cc": _("Cc"), "delivered": _("Delivered to")}
    for one in messages.why(scope, message["id"])["recipients"]:
        if not one["valid"]:
            mark, kind = _("no address"), "sd-bad"
        elif one["route"]:
            mark, kind = f"→ {one['route']}", "sd-yes"
        else:
            mark, kind = (_("no route"), "sd-no") if one["kind"] != "delivered" else ("", "")
        yield row(labels[one["kind"]], text(one["address"]), mark, kind)


def _reason(message: dict[str, Any]) -> Iterator[str]:
    cause = causes().get(message["cause"] or "")
    if cause and message["status"] == "unprocessed":
        help_from = _("Who can help: {who}.").format(who=cause.who)
        yield box(f'<span class="sd-strong">{escape(cause.short)}.</span> {escape(cause.sentence)} '
                  f'<span class="sd-soft">{escape(help_from)}</span>')  # fmt: skip
    for item in message["work_items"]:
        yield box(text(f"{item['reference']} · {item['customer']} · {item['contract']} · {item['service']}"))


def _contents(scope: Scope, message: dict[str, Any]) -> None:
    files = n_("{count} file", "{count} files", len(message["attachments"])).format(count=len(message["attachments"]))
    plain, html, attached, headers = st.tabs([_("Text"), _("HTML"), files, _("Original")], key="reading", on_change="rerun")
    with plain:
        _text(message)
    if html.open:
        with html:
            _html(scope, message)
    with attached:
        _attachments(scope, message)
    if headers.open:
        with headers:
            _original(scope, message)


def _text(message: dict[str, Any]) -> None:
    words = message["text"] or ""
    new = quoted_history(words)
    if not words.strip():
        st.caption(_("There is no text in this message."))
    with st.container(key="text"):
        st.text(words[:new].rstrip() or words)
    if words[new:].strip() and words[:new].strip():
        with st.expander(_("Quoted history"), icon=":material/history:"):
            st.text(words[new:])


def _html(scope: Scope, message: dict[str, Any]) -> None:
    if not message["has_html"]:
        st.caption(_("This message has no HTML."))
        return
    shown = messages.html(scope, message["id"])
    if shown.blocked:
        blocked = n_("{count} remote reference was blocked: {hosts}", "{count} remote references were blocked: {hosts}",
                     shown.blocked)  # fmt: skip
        st.html(box(text(blocked.format(count=shown.blocked, hosts=", ".join(shown.blocked_hosts[:5])))))
    st.iframe(framed(shown.document, FRAME), height=FRAME + 10)


def _attachments(scope: Scope, message: dict[str, Any]) -> None:
    if not message["attachments"]:
        st.caption(_("Nothing is attached."))
    for one in message["attachments"]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f"{text(one['name']) or escape(_('(no name)'))} "
                    f'<span class="sd-soft">{text(one["content_type"])} · {size(one["size"])}</span>')  # fmt: skip
            st.download_button(_("Download"), key=f"file-{one['part']}", icon=":material/download:", on_click="ignore",
                               data=lambda part=one["part"]: messages.attachment(scope, message["id"], part),
                               file_name=one["name"] or "attachment.bin", mime="application/octet-stream")  # fmt: skip


def _original(scope: Scope, message: dict[str, Any]) -> None:
    st.download_button(_("Download the original (.eml)"), key="original", icon=":material/download:", on_click="ignore",
                       data=lambda: messages.raw(scope, message["id"]), file_name=f"{message['id']}.eml",
                       mime="application/octet-stream")  # fmt: skip
    if message["defects"]:
        st.html(box(text(_("What was wrong with it: {defects}").format(defects="; ".join(message["defects"])))))
    st.text("\n".join(f"{name}: {value}" for name, value in messages.header_fields(scope, message["id"])))
