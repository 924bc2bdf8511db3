"""Unusual silence, and floods: what comes into a mailbox, against the same hours of the same weekday before."""

import pandas as pd

from core.scope import Scope
from core.store import sql

WEEKS = 8  # of history that is looked at
LEAST_WEEKS = 4  # of history there have to be
# Mails that usually come while it is silent. A mailbox that gets fewer in a day is not called silent for one day, so
# that a holiday does not alarm all the small ones; nor is a busy one for a lull, as mail comes in heaps.
LEAST = 20
LEAST_HOURS = 1  # that silence lasts: mail comes in heaps, and sooner nobody would do anything about it
BURST_HOURS = 2
BURST = 50  # mails; fewer are no flood for a person
TIMES = 3  # as many as ever came in these hours


def unusual(scope: Scope) -> pd.DataFrame:
    """Mailboxes in scope in which it is unusual now: mailbox, kind (silence or flood), since (UTC: the last mail, or
    when the flood began), arrived (mails since), low and high (what came in the same hours before), weeks (of history).
    """
    bounds = {"weeks": WEEKS, "least_weeks": LEAST_WEEKS, "least": LEAST, "least_hours": LEAST_HOURS,
              "burst_hours": BURST_HOURS, "burst": BURST, "times": TIMES}  # fmt: skip
    with scope.store.reading() as db:
        return db.frame(sql("unusual"), mailboxes=list(scope.mailboxes), now=scope.desk.now(), **bounds)
