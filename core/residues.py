"""Residues: what a server lists and does not hand out, by name, until it comes or is listed no more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from core.scope import Scope
from core.sources import Listed, Observed
from core.store import Connection, LaidOut

NAMED = 20  # residues of a mailbox that are named; of the rest there is the number
LISTED = {"folder": "VARCHAR", "uid_validity": "BIGINT", "uid": "VARCHAR"}

# Most runs leave nothing, and need not look through all that is stored to know that.
ANY = "SELECT count(*) > 0 FROM residue WHERE mailbox = $mailbox"
NOTHING = "CREATE OR REPLACE TEMP TABLE left_out AS FROM wanted WHERE $mailbox IS NULL"
LEFT_OUT = """
CREATE OR REPLACE TEMP TABLE left_out AS
SELECT DISTINCT folder, uid_validity, uid FROM wanted
ANTI JOIN (SELECT folder, uid_validity, uid FROM delivery WHERE mailbox = $mailbox) USING (folder, uid_validity, uid)
"""
SETTLED = """
DELETE FROM residue WHERE mailbox = $mailbox AND
    (($everything AND (folder, uid_validity, uid) NOT IN (SELECT (folder, uid_validity, uid) FROM left_out))
     OR (folder, uid_validity, uid) IN (SELECT (folder, uid_validity, uid) FROM delivery WHERE mailbox = $mailbox))
"""
AGAIN = """
UPDATE residue SET tries = tries + 1, last_tried_at = $at, run_id = $run::UUID FROM left_out AS l
WHERE residue.mailbox = $mailbox AND residue.folder = l.folder AND residue.uid_validity = l.uid_validity
  AND residue.uid = l.uid
"""
NEW = """
INSERT INTO residue (mailbox, folder, uid_validity, uid, first_seen_at, last_tried_at, tries, run_id)
SELECT $mailbox, folder, uid_validity, uid, $at, CASE WHEN $run IS NOT NULL THEN $at END,
       CASE WHEN $run IS NULL THEN 0 ELSE 1 END, $run::UUID
FROM left_out
ANTI JOIN (SELECT folder, uid_validity, uid FROM residue WHERE mailbox = $mailbox) USING (folder, uid_validity, uid)
"""
OF_MAILBOX = """
SELECT folder, uid_validity, uid, first_seen_at, last_tried_at, tries FROM residue
WHERE mailbox = $mailbox AND list_contains($mailboxes::VARCHAR[], mailbox)
ORDER BY folder, length(uid), uid LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """A folder as a comparison found it: messages the server lists, and those stored from it that it lists no more."""

    folder: str
    uid_validity: int
    on_server: int
    gone: int


@dataclass
class Seen:
    """What a run saw of its source: what was `wanted` (listed and not known), and the folders it compared, if it did.

    `asked_for_all` says that it came to the end: who is cut short does not know what it would have been handed out.
    """

    wanted: Sequence[Listed] = ()
    folders: Sequence[Counted] = ()
    asked_for_all: bool = False
    observed: Observed = field(default_factory=Observed)

    @property
    def everything(self) -> bool:
        """Whether what was not listed does not lie there any more."""
        return self.asked_for_all and not self.observed.problems

    def laid_out(self, *, nothing: bool = False) -> LaidOut:
        """What was wanted, as rows for the store; or no row."""
        kept = () if nothing else self.wanted
        return LaidOut(LISTED, [(each.folder, each.uid_validity, each.uid) for each in kept])


def write_residues(
    db: Connection, mailbox: str, wanted: LaidOut, at: datetime, *, run: str | None, everything: bool
) -> None:
    """Bring the residues of a mailbox up to date as part of the caller's transaction; leaves `left_out` behind.

    `wanted` is what was asked for by a `run`, or what a comparison found (None). With `everything`, what is not in it
    is listed no more.
    """
    db.lay("wanted", wanted)
    db.run(LEFT_OUT if wanted.table.num_rows else NOTHING, mailbox=mailbox)
    if db.value(ANY, mailbox=mailbox):
        db.run(SETTLED, mailbox=mailbox, everything=everything)
    if run is not None and wanted.table.num_rows:
        db.run(AGAIN, mailbox=mailbox, at=at, run=run)
    db.run(NEW, mailbox=mailbox, at=at, run=run)


def residues(scope: Scope, mailbox: str, limit: int = 1000) -> pd.DataFrame:
    """What a mailbox's server lists and does not hand out: folder, uid_validity, uid, first_seen_at, last_tried_at
    (UTC; None: found by a comparison, not asked for yet), tries. Empty out of scope."""
    with scope.store.reading() as db:
        return db.frame(OF_MAILBOX, mailbox=mailbox, mailboxes=list(scope.mailboxes), limit=limit)
