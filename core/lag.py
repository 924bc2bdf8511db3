"""How far collecting is behind the servers."""

import pandas as pd

from core.scope import Scope
from core.store import sql


def lags(scope: Scope) -> pd.DataFrame:
    """A row for each mailbox in scope: mailbox, lag_seconds and worst_lag_seconds (median and longest time from a
    server's receiving to collecting, of the mail of the last day; None where none came), backlog (messages listed and
    not taken in when the newest run looked)."""
    with scope.store.reading() as db:
        return db.frame(sql("lag"), mailboxes=list(scope.mailboxes), now=scope.desk.now())
