"""What is attached: its kind by content, a safe download, and attached messages opened."""

from functools import partial
from html import escape
from typing import Any

import streamlit as st

from core import messages
from core.attached import nested, real_kind
from core.language import _
from core.scope import Scope
from pages.components.look import row, soft, text
from pages.components.reading import moment, size


def show(scope: Scope, message: dict[str, Any]) -> None:
    """A line for each attachment."""
    if not message["attachments"]:
        st.caption(_("Nothing is attached."))
    kept = "raw" not in message["removed"]
    for one in message["attachments"]:
        if not kept:
            st.html(" ".join((text(one["name"]) or escape(_("(no name)")), _said(one))))
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(_line(scope, message["id"], one), width="stretch")
            # Never the type the sender names: a browser might open it in place.
            st.download_button(_("Download"), key=f"file-{one['part']}", icon=":material/download:", on_click="ignore",
                               data=partial(messages.attachment, scope, message["id"], one["part"]),
                               file_name=one["name"] or "attachment.bin", mime="application/octet-stream")  # fmt: skip
        if one["is_message"]:
            _nested(scope, message["id"], one["part"])


def _line(scope: Scope, id: str, one: dict[str, Any]) -> str:
    name = text(one["name"]) or escape(_("(no name)"))
    really = real_kind(scope, id, one["part"], one["name"], one["content_type"])
    words = escape(_("is really {kind}").format(kind=really))
    mark = f' <span class="sd-mark sd-bad">{words}</span>' if really else ""
    return f"{name} {_said(one)}{mark}"


def _said(one: dict[str, Any]) -> str:
    """The kind that the sender names, and the size."""
    return soft(text(one["content_type"]) + " · " + size(one["size"]))


def _nested(scope: Scope, id: str, part: str) -> None:
    with st.expander(_("Open the attached message"), icon=":material/drafts:"):
        inside = nested(scope, id, part)
        lines = [row(_("From"), text(f"{inside.from_name} {inside.from_address}")),
                 row(_("Sent"), text(moment(inside.sent_at))), row(_("Subject"), text(inside.subject))]  # fmt: skip
        st.html(f'<div class="sd-head">{"".join(lines)}</div>')
        st.text(inside.text or _("There is no text in this message."))
