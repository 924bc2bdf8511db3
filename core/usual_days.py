"""What came into a mailbox day by day, beside what is usual for that weekday, and what that says in a sentence."""

from collections.abc import Callable
from datetime import datetime

import pandas as pd

from core.language import _, n_
from core.scope import Scope
from core.store import sql
from core.unusual import LEAST_WEEKS, WEEKS

DAYS = 28


def usual_days(scope: Scope, mailbox: str, today: datetime) -> pd.DataFrame:
    """A row for each of the last DAYS days of which something is known, oldest first: day (when it began, UTC), arrived
    (messages), typical, low and high (None: too little history), unlike (more or less than that; never today, which is
    not over) and is_today. `today` is when today began (UTC). Empty out of scope."""
    with scope.store.reading() as db:
        rows = db.frame(sql("usual_days"), mailbox=mailbox, mailboxes=list(scope.mailboxes), since=today, days=DAYS,
                        weeks=WEEKS, least_weeks=LEAST_WEEKS)  # fmt: skip
    is_today = rows["day"] == 0
    beyond = (rows["arrived"] > rows["high"]) | (~is_today & (rows["arrived"] < rows["low"]))
    return rows.assign(day=today + pd.to_timedelta(rows["day"], unit="D"), is_today=is_today, unlike=beyond)


def finding(rows: pd.DataFrame, written: Callable[[datetime], str]) -> str:
    """What the days say, in a sentence; `written` writes the day that begins at a moment (UTC)."""
    total, known = int(rows["arrived"].sum()), rows[rows["high"].notna()]
    if not total:
        return _("Nothing has come in {days} days").format(days=DAYS)
    if known.empty:
        return n_("{count} message so far; what is usual is known after {weeks} weeks",
                  "{count} messages so far; what is usual is known after {weeks} weeks",
                  total).format(count=total, weeks=LEAST_WEEKS)  # fmt: skip
    unlike = known[known["unlike"]]
    if unlike.empty:
        return n_("{count} day, and it was as usual for its weekday",
                  "{count} days, each as usual for its weekday", len(known)).format(count=len(known))  # fmt: skip
    last = unlike.iloc[-1]
    told = n_("{day} was unusual: {arrived} messages where {low} to {high} are usual",
              "{count} days were unusual, the last one {day}: {arrived} messages where {low} to {high} are usual",
              len(unlike))  # fmt: skip
    return told.format(count=len(unlike), day=written(last["day"].to_pydatetime()), arrived=int(last["arrived"]),
                       low=int(last["low"]), high=int(last["high"]))  # fmt: skip
