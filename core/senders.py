"""Senders whose mail keeps coming without a route: who a new route would help with, and since when."""

from datetime import timedelta

import pandas as pd

from core.scope import Scope
from core.store import sql


def unrouted_senders(scope: Scope, days: int = 84, *, at_least: int = 2) -> pd.DataFrame:
    """A row for each sender and week (from its Monday, UTC) with mail that no route wanted, the longest lasting first.

    Columns: from_address, from_name, week, messages (of the week), and of the sender over the last `days` days: total,
    weeks (how many brought mail), mailboxes, waiting, first_at (of all time), last_at. Senders with mail in fewer than
    `at_least` weeks are left out, and so is mail that never came to the routes: over a limit, blocked, our own.
    """
    since = scope.desk.now() - timedelta(days=days)
    with scope.store.reading() as db:
        return db.frame(sql("unrouted_senders"), mailboxes=list(scope.mailboxes), since=since, at_least=at_least)
