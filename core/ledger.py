"""The ledger of each mailbox and day: what was listed, and where it went."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from core.scope import Scope
from core.store import sql

DAYS = 14
LEDGER = ("listed", "stored", "duplicate", "too_large", "failed", "left_over", "unaccounted", "processed",
          "unprocessed", "deleted", "removed", "undecided")  # fmt: skip
LISTED_AS = ("stored", "duplicate", "too_large", "failed")
STORED_AS = ("processed", "unprocessed", "deleted", "removed")


def ledger(scope: Scope, today: datetime, days: int = DAYS) -> pd.DataFrame:
    """A row for each mailbox in scope and day, the newest day first: mailbox, day (when it began, UTC), and the LEDGER
    in messages. `today` is when the last of these days began (UTC).

    listed = stored + duplicate + too_large + failed + left_over + unaccounted. left_over is what a run that goes on, or
    was interrupted, has not taken in yet; unaccounted, by how much the books of the runs and the mail that is there
    differ: 0, if all is well. stored = processed + unprocessed + deleted + removed + undecided, as of now: removed is
    what retention has taken out since, undecided what the next run will decide.
    """
    first = today - timedelta(days=days - 1)
    with scope.store.reading() as db:
        rows = db.frame(sql("ledger"), mailboxes=list(scope.mailboxes), since=first, days=days)
    return rows.assign(day=first + pd.to_timedelta(rows["day"], unit="D"))


def balances(row: Mapping[Any, Any]) -> bool:
    """Whether a day adds up by itself, with nothing left over and nothing unaccounted for."""
    return bool(row["listed"] == sum(row[name] for name in LISTED_AS)
                and row["stored"] == sum(row[name] for name in STORED_AS))  # fmt: skip
