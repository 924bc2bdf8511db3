"""How one mailbox is: the verdict with its sentences, and the figures behind it."""

from datetime import datetime
from html import escape
from typing import Any

import streamlit as st

from core.findings import span
from core.health import verdict
from core.lag import lags
from core.language import _, n_
from core.scope import Scope
from core.status import mailbox_states
from pages.components import mailbox_reading
from pages.components.look import box, soft
from pages.components.reading import ago, clock_time, day_began, moment, number

GRID = "display:flex;flex-wrap:wrap;gap:.35rem 2rem;margin:.7rem 0 .2rem;font-variant-numeric:tabular-nums"


def show(scope: Scope, mailbox: str) -> None:
    """The verdict in a word, a sentence for each thing that is not well, and the figures."""
    with scope.store.reading():
        states = mailbox_states(scope, day_began()).merge(lags(scope), on="mailbox")
        found = mailbox_reading.read(scope).get(mailbox, [])
    rows = states[states["mailbox"] == mailbox].astype(object)
    if rows.empty:
        return
    (row,) = rows.where(rows.notna(), None).to_dict("records")
    told = {"well": ("sd-yes", "●", _("Well")), "warning": ("sd-no", "△", _("Look into this")),
            "red": ("sd-bad", "▲", _("Something is wrong"))}  # fmt: skip
    kind, mark, word = told[verdict(found)]
    lines = [f'<span class="sd-strong {kind}">{mark} {escape(word)}</span>',
             *(escape(mailbox_reading.sentence(each)) for each in found)]  # fmt: skip
    figures = "".join(f"<span>{soft(name)}<br>{escape(value)}</span>" for name, value in _figures(scope, row).items())
    st.html(f'{box("<br>".join(lines), warn=kind == "sd-bad")}<div style="{GRID}">{figures}</div>')


def _figures(scope: Scope, row: dict[Any, Any]) -> dict[str, str]:
    now = scope.desk.now()
    figures = {
        _("Last success"): _ago(row["last_success_at"], now),
        _("Last new mail"): _ago(row["last_new_at"], now),
        _("From server to desk, 24 h"): _lag(row),
        _("Listed, not taken in"): number(int(row["backlog"])),
        _("Compared with the server"): _compared(row),
    }
    if row["certificate_expires_at"] is not None:
        figures[_("Certificate until")] = moment(row["certificate_expires_at"])
    if row["token_expires_at"] is not None:
        figures[_("Access until")] = moment(row["token_expires_at"])
    return figures


def _ago(at: datetime | None, now: datetime) -> str:
    return _("{age} ago").format(age=ago(at, now)) if at is not None else _("never")


def _lag(row: dict[Any, Any]) -> str:
    if row["lag_seconds"] is None:
        return _("no new mail")
    half, worst = _span(row["lag_seconds"]), _span(row["worst_lag_seconds"])
    return _("half within {half}, the slowest {worst}").format(half=half, worst=worst)


def _span(seconds: float) -> str:
    return span(seconds / 3600) if seconds >= 60 else f"{round(seconds)} s"


def _compared(row: dict[Any, Any]) -> str:
    if row["compared_at"] is None:
        return _("not yet")
    there = n_("{count} there", "{count} there", int(row["on_server"])).format(count=number(int(row["on_server"])))
    missing = n_("{count} missing", "{count} missing", int(row["missing"])).format(count=number(int(row["missing"])))
    return f"{clock_time(row['compared_at'])}: {there}, {missing}"
