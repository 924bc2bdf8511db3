"""One broken mail: what is wrong with it, what was done about that, what is in its bytes, and what can be done now."""

from html import escape
from typing import Any

import streamlit as st

from core.bench import RAW_PAGE, raw_page
from core.causes import causes
from core.defect_words import explained
from core.language import _
from core.scope import Scope
from pages.components import bench_actions
from pages.components.audit_filters import status_words
from pages.components.look import row, soft, text
from pages.components.reading import age, moment, number, size

CODES = {"unreadable": "unparsable", "too_large": "too_large"}


def show(scope: Scope, broken: dict[str, Any]) -> None:
    """The mail of a row of `core.bench.broken`."""
    bench_actions.show(scope, broken)
    st.html(f'<div class="sd-head">{"".join(_head(broken))}</div>')
    bench_actions.repaired(scope, broken)
    _defects(broken)
    if scope.reads_bodies:
        _raw(scope, broken["id"])
    else:
        st.caption(_("Analysts don't see the text of mail."))


def _head(broken: dict[str, Any]) -> list[str]:
    sender = " · ".join(filter(None, [broken["from_name"], broken["from_address"]]))
    at, nothing = broken["received_at"].to_pydatetime(), escape(_("(no subject)"))
    lines = [
        f"<h2>{text(broken['subject']) or nothing}</h2>",
        row(_("From"), text(sender) or escape(_("(nobody)"))),
        row(_("Received"), text(f"{moment(at)} · {age(at)} · {broken['mailbox']}")),
        row(_("Size"), text(size(int(broken["size"])))),
        row(_("Standing"), text(status_words()[broken["status"]])),
    ]
    if reason := causes().get(CODES.get(broken["kind"], "")):
        lines.append(row(_("Reason"), text(reason.sentence)))
    return lines


def _defects(broken: dict[str, Any]) -> None:
    told = explained(list(broken["defects"]))
    if not told:
        return
    st.html(_title(_("What is wrong with it")))
    lines = [
        f'<div class="sd-box">{text(one.sentence)}<br>{soft(f"{one.code}: {one.detail}" if one.detail else one.code)}'
        "</div>"
        for one in told
    ]
    with st.container(key="defects"):
        st.html("".join(lines))


def _title(words: str) -> str:
    return f'<div class="sd-strong">{escape(words)}</div>'


def _raw(scope: Scope, id: str) -> None:
    """Its bytes as text in which nothing is hidden, a page of them at a time."""
    st.html(_title(_("As it was received")))
    key = f"raw-{id}"
    page = raw_page(scope, id, st.session_state.get(key, 0))
    at = page.begins // RAW_PAGE
    with st.container(key="raw-pages", horizontal=True, vertical_alignment="center"):
        st.caption(_("Bytes {begins} to {ends} of {stored}").format(
            begins=number(page.begins + 1 if page.stored else 0), ends=number(page.ends),
            stored=number(page.stored)))  # fmt: skip
        if page.stored > RAW_PAGE:
            st.button(_("Back"), key="raw-back", disabled=not at, on_click=_turn, args=(key, at - 1))
            st.button(_("More"), key="raw-more", disabled=page.ends >= page.stored, on_click=_turn, args=(key, at + 1))
    st.code(page.text or " ", language=None, height=420, wrap_lines=True)


def _turn(key: str, page: int) -> None:
    st.session_state[key] = page
