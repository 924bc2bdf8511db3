"""The daily comparison: everything a mailbox's server lists against what is stored, as sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from core.configuration_file import MailboxConfiguration
from core.errors import StraydeskError
from core.intake import unknown
from core.residues import LISTED, Counted, Seen, write_residues
from core.scope import Desk, Scope
from core.sources import Listed, open_source
from core.store import Connection, sql

COMPARED = "SELECT count(*) > 0 FROM comparison WHERE mailbox = $mailbox AND day = $at::DATE"
REMOVE = "DELETE FROM comparison WHERE mailbox = $mailbox AND day = $at::DATE"
ADD = """
INSERT INTO comparison (mailbox, folder, uid_validity, day, compared_at, on_server, missing, gone)
SELECT $mailbox, $folder, $uid_validity, $at::DATE, $at, $on_server,
       (SELECT count(*) FROM left_out WHERE folder = $folder), $gone
"""
OF_MAILBOX = """
SELECT day, folder, on_server, on_server - missing AS known, missing, gone, compared_at FROM comparison
WHERE mailbox = $mailbox AND list_contains($mailboxes::VARCHAR[], mailbox)
ORDER BY day DESC, folder LIMIT $limit
"""


@dataclass(frozen=True)
class Compared:
    """A mailbox beside its server: messages it lists, those of them that are stored or `missing`, and those stored from
    there that it lists no more (`gone`). Where it could not be asked, `problem` says why."""

    mailbox: str
    on_server: int = 0
    known: int = 0
    missing: int = 0
    gone: int = 0
    problem: str | None = None


def look(desk: Desk, mailbox: str, listing: Sequence[Listed], wanted: Sequence[Listed], *, whole: bool = True,
         again: bool = False) -> Seen:  # fmt: skip
    """What a run sees of its source: what it wants and, for the first of a day (UTC) whose listing is `whole`, or
    `again`, each folder compared with what is stored."""
    if not whole:
        return Seen(wanted)
    with desk.store.reading(background=True) as db:
        if not again and db.value(COMPARED, mailbox=mailbox, at=desk.now()):
            return Seen(wanted)
        db.temporary("listed", LISTED, [(each.folder, each.uid_validity, each.uid) for each in dict.fromkeys(listing)])
        return Seen(wanted, [Counted(*row) for row in db.rows(sql("compare"), mailbox=mailbox)])


def write_comparison(db: Connection, mailbox: str, folders: Sequence[Counted], at: datetime) -> None:
    """Keep a comparison as that of its day, as part of the caller's transaction; reads what `write_residues` left."""
    db.run(REMOVE, mailbox=mailbox, at=at)
    for each in folders:
        db.run(ADD, mailbox=mailbox, folder=each.folder, uid_validity=each.uid_validity, at=at,
               on_server=each.on_server, gone=each.gone)  # fmt: skip


def compare_now(scope: Scope, names: Sequence[str] = ()) -> list[Compared]:
    """Ask each mailbox in scope (or those named) what lies there, and compare; nothing is collected.

    What is missing gets its residue, which the next run asks for. A mailbox that can't be read is answered with its
    problem. Raises NotAllowed.
    """
    scope.must_act()
    wanted = set(scope.within(names))
    return [_compared(scope.desk, one) for one in scope.desk.configuration.mailboxes if one.name in wanted]


def _compared(desk: Desk, mailbox: MailboxConfiguration) -> Compared:
    try:
        with open_source(mailbox, desk.configuration.collect, desk.configuration.base) as source:
            listing = source.list()
        seen = look(desk, mailbox.name, listing, unknown(desk.store, mailbox.name, listing), again=True)
        return desk.store.change(lambda db: _written(db, mailbox.name, seen, desk.now()), background=True)
    except StraydeskError as error:
        return Compared(mailbox.name, problem=str(error))


def _written(db: Connection, mailbox: str, seen: Seen, at: datetime) -> Compared:
    write_residues(db, mailbox, seen.laid_out(), at, run=None, everything=False)
    write_comparison(db, mailbox, seen.folders, at)
    missing = int(db.value("SELECT count(*) FROM left_out"))
    on_server = sum(each.on_server for each in seen.folders)
    return Compared(mailbox, on_server, on_server - missing, missing, sum(each.gone for each in seen.folders))


def comparisons(scope: Scope, mailbox: str, limit: int = 14) -> pd.DataFrame:
    """The last comparisons of a mailbox with its server, newest first: day, folder, on_server, known, missing, gone
    (messages), compared_at (UTC). Empty out of scope."""
    with scope.store.reading() as db:
        return db.frame(OF_MAILBOX, mailbox=mailbox, mailboxes=list(scope.mailboxes), limit=limit)
