"""One message, safe to look at: its head, what it says, what is attached, what stands around it."""

from typing import Any

import streamlit as st

from core import messages
from core.language import _, n_
from core.opening import opened
from core.parsing import quoted_history
from core.retention.words import gone as gone_words
from core.sanitising import framed
from core.scope import Scope
from pages.components import attachments, bench_actions, message_head, surroundings, why_message
from pages.components.look import box, text

FRAME = 460  # pixels


def show(scope: Scope, id: str) -> None:
    """The message beside the list. Raises NotFound."""
    message = opened(scope, id)
    message_head.show(scope, message)
    if gone := gone_words(message["removed"]):
        st.html(box(text(gone)))
    if scope.reads_bodies:
        _contents(scope, message)
    else:
        st.info(_("Analysts don't see the text of mail."))
        with st.expander(_("Why"), icon=":material/help:", key="why", on_change="rerun") as asked:
            if asked.open:
                why_message.show(scope, id, message["mailbox"])


def _contents(scope: Scope, message: dict[str, Any]) -> None:
    files = n_("{count} file", "{count} files", len(message["attachments"])).format(count=len(message["attachments"]))
    names = [_("Text"), _("HTML"), files, _("Why"), _("Around it"), _("Original")]
    plain, html, attached, reasons, around, headers = st.tabs(names, key="reading", on_change="rerun")
    with plain:
        _text(message)
    if html.open:
        with html:
            _html(scope, message)
    if attached.open:
        with attached:
            attachments.show(scope, message)
    if reasons.open:
        with reasons:
            why_message.show(scope, message["id"], message["mailbox"])
    if around.open:
        with around:
            surroundings.show(scope, message["id"])
    if headers.open:
        with headers:
            _original(scope, message)


def _text(message: dict[str, Any]) -> None:
    words = message["text"] or ""
    new = quoted_history(words)
    if "body" in message["removed"]:
        st.caption(_("It is not kept any more."))
        return
    if not words.strip():
        st.caption(_("There is no text in this message."))
    with st.container(key="text"):
        st.text(words[:new].rstrip() or words)
    if words[new:].strip() and words[:new].strip():
        with st.expander(_("Quoted history"), icon=":material/history:"):
            st.text(words[new:])


def _html(scope: Scope, message: dict[str, Any]) -> None:
    if "body" in message["removed"]:
        st.caption(_("It is not kept any more."))
        return
    if not message["has_html"]:
        st.caption(_("This message has no HTML."))
        return
    shown = messages.html(scope, message["id"])
    if shown.blocked:
        blocked = n_("{count} remote reference was blocked: {hosts}", "{count} remote references were blocked: {hosts}",
                     shown.blocked)  # fmt: skip
        st.html(box(text(blocked.format(count=shown.blocked, hosts=", ".join(shown.blocked_hosts[:5])))))
    st.iframe(framed(shown.document, FRAME), height=FRAME + 10)


def _original(scope: Scope, message: dict[str, Any]) -> None:
    if "raw" in message["removed"]:
        st.caption(_("It is not kept any more."))
        return
    st.download_button(_("Download the original (.eml)"), key="original", icon=":material/download:", on_click="ignore",
                       data=lambda: messages.raw(scope, message["id"]), file_name=f"{message['id']}.eml",
                       mime="application/octet-stream")  # fmt: skip
    if message["defects"]:
        st.html(box(text(_("What was wrong with it: {defects}").format(defects="; ".join(message["defects"])))))
    bench_actions.repaired(scope, {"id": message["id"], "repaired": True})
    st.text("\n".join(f"{name}: {value}" for name, value in messages.header_fields(scope, message["id"])))
