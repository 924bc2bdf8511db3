"""Newest first, and no further back than a page needs: what makes the first page of a long record cheap."""

from collections.abc import Callable
from datetime import datetime, timedelta

WINDOWS = (timedelta(days=7), timedelta(days=90))
BEGINNING = datetime(1970, 1, 1)
MOST = 10_000  # rows that can be paged through; who looks for older ones narrows the filter


def look_back(find: Callable[[datetime], int], now: datetime, since: datetime | None, most: int = MOST) -> int:
    """Call `find(after)` over growing windows of time until it has found `most` rows, or all since `since`.

    `find` lays out what it found and answers how many rows that is; the answer is that of its last call. Times are UTC.
    """
    beginning = since or BEGINNING
    for window in WINDOWS:
        if now - window > beginning and (found := find(now - window)) >= most:
            return found
    return find(beginning)
