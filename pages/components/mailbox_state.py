"""How a mailbox is, in words: well, overdue, never collected, under way, or what is wrong and since when."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from core.collecting_now import Going
from core.health import Trouble
from core.language import _
from pages.components.look import soft, text
from pages.components.mailbox_reading import sentence
from pages.components.reading import ago, clock_time, number

TOLD_ELSEWHERE = ("red", "silent", "backlog", "residue", "ledger")  # by the state and the ledger of the same line
OVERDUE = 10  # times the interval of collecting: then nobody seems to collect


def markup(row: dict[Any, Any], going: Going | None, now: datetime, every: float, found: Sequence[Trouble]) -> str:
    """The state of a mailbox (a row of mailbox_states) and what else was found that is not well; `every` is the
    interval of collecting, in seconds."""
    state = _under_way(going) if going and not going.ended else _state(row, now, every)
    return "<br>".join([state, *map(_further, (each for each in found if each.code not in TOLD_ELSEWHERE))])


def _further(trouble: Trouble) -> str:
    kind, mark = ("sd-bad", "▲") if trouble.level == "red" else ("sd-no", "△")
    return f'<span class="{kind}">{mark} {text(sentence(trouble))}</span>'


def _under_way(going: Going) -> str:
    told = _("collecting {done} of {total}") if going.total else _("looking for new mail")
    told = _("waits for its turn") if going.state == "waiting" else told
    return f"↻ {escape(told.format(done=number(going.done), total=number(going.total)))}"


def _state(row: dict[Any, Any], now: datetime, every: float) -> str:
    """In words: well, never, overdue, or what is wrong and since when."""
    if row["problem"]:
        since = _("since {time}").format(time=clock_time(row["problem_since"]))
        return f'<span class="sd-bad">▲ {text(row["problem"])}</span> {soft(since)}'
    if row["last_run_at"] is None:
        told = _("never collected")
        return f'<span class="sd-no">○ {escape(told)}</span>'
    told = _("collected {age} ago").format(age=ago(row["last_success_at"], now))
    if (now - row["last_run_at"]).total_seconds() > OVERDUE * every:
        hint = _("Is the collector running?")
        return f'<span class="sd-no">△ {escape(told)}</span><br>{soft(hint)}'
    return f'<span style="white-space:nowrap"><span class="sd-yes">●</span> {escape(told)}</span>'
