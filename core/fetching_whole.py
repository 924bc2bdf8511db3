"""Mail that was over the size limit when it was collected, fetched whole as soon as the limit lets it in.

Till then only its header is stored. The whole takes its place in a transaction of its own, and is read afterwards; a
crash between the two leaves bytes that the next run reads.
"""

from collections.abc import Sequence
from hashlib import sha256

from core.changing import new_batch
from core.intake import PART_SIZE
from core.reparsing import reparse
from core.scope import Desk
from core.sources import Fetched, Listed, Source
from core.store import Connection, Pieces

OUTGROWN = """
SELECT d.folder, d.uid_validity, d.uid, d.message_id::VARCHAR FROM delivery AS d
JOIN message_raw AS r ON r.message_id = d.message_id
WHERE d.mailbox = $mailbox AND NOT r.complete AND r.size <= $size_limit
  AND d.message_id NOT IN (SELECT message_id FROM removed)
"""
WHOLE = """
UPDATE message_raw SET complete = true, sha256 = $sha256, sha256_head = $head, size = $size
WHERE message_id = $id::UUID AND NOT complete
"""
UNREAD = """
SELECT m.id::VARCHAR FROM message AS m JOIN message_raw AS r ON r.message_id = m.id
WHERE m.verdict = 'too_large' AND list_contains(m.defects, 'too_large: size') AND r.complete AND r.mailbox = $mailbox
"""


def fetch_whole(desk: Desk, mailbox: str, source: Source, listing: Sequence[Listed], size_limit: int) -> None:
    """Fetch those of the listed messages whose header alone is stored and that are within the limit (bytes) by now,
    and read them. Raises SourceProblem, StoreProblem."""
    with desk.store.reading(background=True) as db:
        outgrown = {(folder, uid_validity, uid): id for folder, uid_validity, uid, id
                    in db.rows(OUTGROWN, mailbox=mailbox, size_limit=size_limit)}  # fmt: skip
    wanted = [each for each in listing if (each.folder, each.uid_validity, each.uid) in outgrown] if outgrown else []
    for fetched in source.fetch(wanted, size_limit) if wanted else ():
        if fetched.complete:
            _complete(desk, outgrown[fetched.listed.folder, fetched.listed.uid_validity, fetched.listed.uid], fetched)
    with desk.store.reading(background=True) as db:
        unread = [id for (id,) in db.rows(UNREAD, mailbox=mailbox)]
    if unread:
        reparse(desk.operator(), unread, batch=new_batch())


def _complete(desk: Desk, id: str, fetched: Fetched) -> None:
    digest, parts = sha256(fetched.raw), Pieces([fetched.raw], PART_SIZE)

    def work(db: Connection) -> None:
        changed = db.run(WHOLE, id=id, sha256=digest.hexdigest(), size=len(fetched.raw),
                         head=int.from_bytes(digest.digest()[:8], "big"))  # fmt: skip
        if changed:  # another collector may have been faster
            db.show("whole_part", parts.table)
            db.run("DELETE FROM raw_part WHERE message_id = $id::UUID", id=id)
            db.run("INSERT INTO raw_part SELECT $id::UUID, part, content FROM whole_part", id=id)

    desk.store.change(work, background=True)
