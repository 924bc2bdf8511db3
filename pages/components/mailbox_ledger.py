"""The ledger of a mailbox, a line each day: what was listed, where it went, and red where it does not add up."""

from html import escape
from typing import Any

import streamlit as st

from core.language import _
from core.ledger import balances, ledger
from core.scope import Scope
from pages.components import export
from pages.components.mailbox_arrivals import label
from pages.components.reading import day_began, number

RARE = ("left_over", "unaccounted", "removed", "undecided")  # columns only where there is something in them


def show(scope: Scope, mailbox: str) -> None:
    """The days with both sums, and the table as a file."""
    rows = ledger(scope, day_began())
    rows = rows[rows["mailbox"] == mailbox]
    with st.container(horizontal=True, vertical_alignment="bottom", key="ledger-title"):
        st.subheader(_("Ledger of 14 days"), anchor=False, width="content")
        export.show("ledger", lambda: rows)
    names = {"listed": _("Listed"), "stored": "= " + _("Stored"), "duplicate": "+ " + _("Again"),
             "too_large": "+ " + _("Too large"), "failed": "+ " + _("Failed"), "left_over": "+ " + _("Left over"),
             "unaccounted": "+ " + _("Unaccounted for"), "again": _("Stored"), "processed": "= " + _("Processed"),
             "unprocessed": "+ " + _("Unprocessed"), "deleted": "+ " + _("Deleted"), "removed": "+ " + _("Removed"),
             "undecided": "+ " + _("Not decided yet")}  # fmt: skip
    shown = {name: words for name, words in names.items() if name not in RARE or rows[name].any()}
    head = "".join(f'<th scope="col" class="sd-number">{escape(words)}</th>' for words in shown.values())
    body = "".join(_line(row, list(shown)) for row in rows.to_dict("records"))
    first, last = _heading(_("Day")), _heading(_("Adds up"))
    st.html(
        f'<table class="sd-board sd-ledger"><thead><tr>{first}{head}{last}</tr></thead><tbody>{body}</tbody></table>'
    )


def _heading(words: str) -> str:
    return f'<th scope="col">{escape(words)}</th>'


def _line(row: dict[Any, Any], names: list[str]) -> str:
    counts = [row["stored" if name == "again" else name] for name in names]
    cells = "".join(f'<td class="sd-number">{_count(count)}</td>' for count in counts)
    failed = "" if balances(row) and not row["failed"] else ' class="sd-bad"'
    return f"<tr{failed}><td>{escape(label(row['day']))}</td>{cells}<td>{_mark(row)}</td></tr>"


def _mark(row: dict[Any, Any]) -> str:
    """Whether the day adds up; what a run has not come to yet, or the next one decides, is on its way."""
    if balances(row):
        told = _("yes")
        return f'<span class="sd-yes">✓</span> <span class="sd-soft">{escape(told)}</span>'
    told = _("no") if row["unaccounted"] else _("not yet")
    return f'<span class="sd-bad">▲ {escape(told)}</span>'


def _count(value: int) -> str:
    return number(int(value)) if value else '<span class="sd-soft">0</span>'
