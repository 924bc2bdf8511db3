"""The ledger of a mailbox, a line each day: what was listed, where it went, and red where it does not add up."""

from html import escape
from typing import Any

import pandas as pd
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
    body = "".join(_line(row, list(shown)) for _place, row in rows.iterrows())
    st.html(f'<table class="sd-board sd-ledger"><thead><tr><th scope="col">{escape(_("Day"))}</th>{head}'
            f'<th scope="col">{escape(_("Adds up"))}</th></tr></thead><tbody>{body}</tbody></table>')  # fmt: skip


def _line(row: "pd.Series[Any]", names: list[str]) -> str:
    cells = "".join(f'<td class="sd-number">{_count(row["stored" if name == "again" else name])}</td>'
                    for name in names)  # fmt: skip
    well = balances(row)
    mark = f'<span class="sd-yes">✓</span> <span class="sd-soft">{escape(_("yes"))}</span>' if well else (
        f'<span class="sd-bad">▲ {escape(_("not yet") if not row["unaccounted"] else _("no"))}</span>')  # fmt: skip
    failed = "" if well and not row["failed"] else ' class="sd-bad"'
    return f"<tr{failed}><td>{escape(label(row['day']))}</td>{cells}<td>{mark}</td></tr>"


def _count(value: int) -> str:
    return number(int(value)) if value else '<span class="sd-soft">0</span>'
