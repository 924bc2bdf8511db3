"""The mailboxes, a line each: how each is in words, what waits, and the ledger of the day."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from core.collecting_now import Going
from core.errors import StraydeskError
from core.health import Trouble
from core.language import _, n_
from core.scope import Scope
from core.source_address import read_source_address
from core.status import mailbox_states, new_by_day
from pages.components import collecting, frame, ledger, mailbox_reading, mailbox_state
from pages.components.look import soft, text
from pages.components.reading import age, ago, day, day_began, moment, number

EVERY = 10  # seconds
NUMBERS = (3, 4)  # columns whose cells stand at the right
STYLE = """<style>
.sd-board{width:100%;border-collapse:collapse;line-height:1.4;font-variant-numeric:tabular-nums}
.sd-board th{text-align:left;font-weight:500;opacity:.7;font-size:.82rem;padding:.2rem .7rem .2rem 0;white-space:nowrap}
.sd-board td{vertical-align:top;padding:.55rem .7rem .55rem 0;border:0;overflow-wrap:anywhere;
border-top:1px solid color-mix(in srgb,currentColor 14%,transparent)}
.sd-board td:first-child{width:21%}.sd-board td:nth-child(2){width:16%}.sd-board td:nth-child(3){width:17%}
.sd-board .sd-number{text-align:right;white-space:nowrap}
.sd-board.sd-ledger td{width:auto!important;padding:.22rem .7rem .22rem 0}
.sd-board.sd-ledger :is(th,td).sd-number{padding-right:1.4rem}
.sd-days{display:inline-flex;gap:2px;align-items:flex-end;height:1.6rem}
.sd-days i{width:9px;background:light-dark(#1f6f78,#5fb8c0);min-height:1px}
</style>"""


def show(scope: Scope, names: list[str]) -> None:
    """The board; it keeps itself up to date."""
    st.fragment(_draw, run_every=collecting.WATCH if collecting.is_under_way(scope) else EVERY)(scope, names)


def _draw(scope: Scope, names: list[str]) -> None:
    frame.speak_as_chosen()
    try:
        with scope.store.reading():
            states, days = mailbox_states(scope, day_began()), new_by_day(scope, day_began())
            found = mailbox_reading.read(scope)
    except StraydeskError as problem:
        st.error(problem.sentence)
        return
    sources = {each.name: each.source for each in scope.desk.configuration.mailboxes}
    headings = [
        _("Mailbox"),
        _("Team and source"),
        _("State"),
        _("Waiting"),
        _("Last new mail"),
        _("Today"),
        _("7 days"),
    ]
    head = "".join(f'<th scope="col"{_kind(place)}>{escape(heading)}</th>' for place, heading in enumerate(headings))
    going, rows = collecting.going(scope), mailbox_reading.worst_first(states.to_dict("records"), found)
    lines = [_line(scope, row, sources.get(row["mailbox"], ""), days.get(row["mailbox"], []), going.get(row["mailbox"]),
                   found.get(row["mailbox"], []))
             for row in rows if row["mailbox"] in names]  # fmt: skip
    st.html(f'{STYLE}<table class="sd-board"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>')


def _line(scope: Scope, row: dict[Any, Any], source: str, days: list[int], going: Going | None,
          found: list[Trouble]) -> str:  # fmt: skip
    now = scope.desk.now()
    row = {name: value if name == "residue_uids" or not pd.isna(value) else None for name, value in row.items()}
    cells = [
        f'<span class="sd-strong">{text(row["mailbox"])}</span><br>{soft(row["mailbox_address"])}',
        f'{text(row["team"])}<br><span title="{text(source)}">{soft(_source(source))}</span>',
        mailbox_state.markup(row, going, now, scope.desk.configuration.collect.every_seconds, found),
        _waiting(row, now),
        _when(row["last_new_at"], now),
        ledger.markup(row),
        _days(days),
    ]
    return "<tr>" + "".join(f"<td{_kind(place)}>{cell}</td>" for place, cell in enumerate(cells)) + "</tr>"


def _kind(column: int) -> str:
    return ' class="sd-number"' if column in NUMBERS else ""


def _waiting(row: dict[Any, Any], now: datetime) -> str:
    oldest = _("oldest {age}").format(age=age(row["oldest_at"], now)) if row["oldest_at"] is not None else ""
    return f"{escape(number(int(row['waiting'])))}<br>{soft(oldest)}"


def _when(at: datetime | None, now: datetime) -> str:
    return f'<span title="{escape(moment(at))}">{escape(ago(at, now))}</span>' if at is not None else "–"


def _source(source: str) -> str:
    """Where it is read, without the user's name: `IMAP mail.example INBOX`; passwords never stand in a source."""
    if not source:
        return _("not in the configuration file any more")
    where = read_source_address(source)
    kind = {"imaps": "IMAP", "imap": "IMAP", "maildir": "Maildir", "mbox": "mbox", "eml": "eml"}[where.scheme]
    return " ".join(part for part in (kind, where.host, where.folder, where.path) if part)


def _days(counts: Iterable[int]) -> str:
    """A bar each day, today at the right, with the numbers for those who point at it or listen."""
    counts = list(counts)
    most, first = max([1, *counts]), day_began() - timedelta(days=len(counts) - 1)
    told = escape(", ".join(f"{day(first + timedelta(days=place, hours=12))}: {number(count)}"
                            for place, count in enumerate(counts)))  # fmt: skip
    bars = "".join(f'<i style="height:{round(100 * count / most)}%"></i>' for count in counts)
    total = n_("{count} new", "{count} new", sum(counts)).format(count=number(sum(counts)))
    return f'<span class="sd-days" role="img" aria-label="{told}" title="{told}">{bars}</span><br>{soft(total)}'
