"""How the desk does over time: what arrived and what became of it, how long people took, who keeps writing.

The same days, mailboxes and teams as core.overview, from which OverviewFilter is taken.
"""

from datetime import timedelta

import pandas as pd

from core.overview import OverviewFilter, lay_out
from core.scope import Scope
from core.store import sql

OUTCOMES = ("routed", "by_hand", "deleted", "blocked", "waiting")
AUTOMATIC = ("routed", "blocked")  # outcomes that no person had to bring about


def arrivals(scope: Scope, chosen: OverviewFilter) -> pd.DataFrame:
    """What arrived and what has become of it by now, a row each day and mailbox with mail: day, recent, mailbox, team,
    arrived, and the OUTCOMES (messages).

    The days chosen are `recent`; as many before them are there to compare. An outcome that was undone is none.
    """
    with scope.store.reading() as db:
        lay_out(db, scope, chosen, days=2 * chosen.days)
        rows = db.frame(sql("overview_arrivals"))
    return rows.assign(recent=rows["day"] >= pd.Timestamp(chosen.since(scope.desk.now())))


def share(rows: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Of rows of `arrivals`, the share no person had to decide (0 to 1), over all of them or for each value of a
    column: that column, arrived, automatic (messages), share. No row where nothing arrived."""
    counted = rows.assign(automatic=rows[list(AUTOMATIC)].sum(axis=1), all="all")
    sums = counted.groupby(by or "all", as_index=False)[["arrived", "automatic"]].sum()
    return sums.assign(share=sums["automatic"] / sums["arrived"])


def handling(scope: Scope, chosen: OverviewFilter) -> pd.DataFrame:
    """Hours from a mail's arrival to the person's decision, nights and weekends included, for the decisions that stand:
    part (period, day, week, mailbox or team), name, day, recent, decided (messages), median_hours, p90_hours.

    `recent` is false only for the period before the one chosen. With a `day` chosen, mailboxes and teams are about it.
    """
    with scope.store.reading() as db:
        lay_out(db, scope, chosen, days=2 * chosen.days)
        return db.frame(sql("overview_handling"), since=chosen.since(scope.desk.now()), only=chosen.day)


def recurring_senders(scope: Scope, chosen: OverviewFilter, limit: int = 15) -> pd.DataFrame:
    """Who sent mail that no route caught more than once, most first: from_address, from_name, mailbox (the usual one),
    messages, waiting, weeks (in how many of them), since_at (the first ever, UTC), last_action and last_reason (of the
    newest decision by a person; null where there is none), unrouted (messages of all senders on these days)."""
    now = scope.desk.now()
    first, last = (chosen.day, chosen.day) if chosen.day else (chosen.since(now), chosen.today(now) + timedelta(days=1))
    with scope.store.reading() as db:
        lay_out(db, scope, chosen, days=chosen.days)
        return db.frame(sql("overview_senders"), since=first, until=last, limit=limit)
