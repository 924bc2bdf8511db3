"""Finding work items: by what they are, who opened them, and the words of their mail; newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from core.looking_back import MOST, look_back
from core.scope import Scope
from core.store import Connection, sql

STATUSES = ("open", "closed", "merged")
FOUND = "SELECT count(*) FROM item_found"
SEPARATOR = chr(31)

Target = tuple[str, ...]
"""A customer, or one of its contracts, or a service of that contract: one to three names."""


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which work items: an empty tuple or string means any.

    `search` is looked for in reference, subject and target, and in sender, subject and (for those who may read it)
    text of their messages.
    """

    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    mailboxes: tuple[str, ...] = ()
    opened_by: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of `rows`; `total` counts all pages, up to `most`: then there are older ones that match as well."""

    rows: pd.DataFrame
    total: int
    more: bool


def matching_items(scope: Scope, chosen: ItemFilter, *, limit: int = 50, skip: int = 0, most: int = MOST) -> Found:
    """The work items in scope under this filter, newest first: reference, kind, status, customer, contract, service,
    subject, opened_at (UTC), opened_by, opened_by_name, status_at, merged_into, messages (how many), newest_at,
    from_address and from_name of the first. A page past the last is the last."""
    with scope.store.reading() as db:
        total = look_back(lambda after: _lay_out(db, scope, chosen, after), scope.desk.now(), None, most)
        counted = min(total, most)
        place = min(skip, max(0, counted - 1) // limit * limit)
        rows = db.frame(sql("work_item_page"), limit=min(limit, most), skip=place, mailboxes=list(scope.mailboxes))
    return Found(rows, counted, total > most)


def _lay_out(db: Connection, scope: Scope, chosen: ItemFilter, after: datetime) -> int:
    """Fill item_found with what matches and was opened at or after a moment; answers how many that is."""
    mailboxes = scope.within(chosen.mailboxes)
    db.run(sql("work_items"), mailboxes=mailboxes, statuses=list(chosen.statuses), kinds=list(chosen.kinds),
           targets=[SEPARATOR.join(target) for target in chosen.targets], after=after,
           opened_by=chosen.opened_by.strip().lower())  # fmt: skip
    # The first three words do, as in the queue.
    words = [*chosen.search.lower().split()[:3], "", "", ""]
    if words[0]:
        db.run(sql("work_item_words"), word1=words[0], word2=words[1], word3=words[2], mailboxes=mailboxes,
               bodies=scope.reads_bodies)  # fmt: skip
    return int(db.value(FOUND))
