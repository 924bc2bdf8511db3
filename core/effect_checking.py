"""Whether mail is stored as it was collected, looked at right before anything is done to it on the server."""

from hashlib import sha256

from core.store import Connection, sql

CONTENT = """
SELECT content FROM raw_part WHERE message_id IN (SELECT message_id FROM server_effect WHERE turn = $turn::UUID)
ORDER BY message_id, part
"""


def stored_as_collected(db: Connection, turn: str) -> dict[str, tuple[int, str]]:
    """The mails of a turn whose bytes, read again, are what was collected: uid → length in bytes and SHA-256."""
    whole, begins, lies_at = memoryview(db.joined(CONTENT, turn=turn)), 0, dict[str, int]()
    intact: dict[str, tuple[int, str]] = {}
    for uid, message_id, length, expected, complete, size in db.rows(sql("effects_stored"), turn=turn):
        if message_id not in lies_at:  # several deliveries may be of one message
            lies_at[message_id], begins = begins, begins + length
        digest = sha256(whole[lies_at[message_id] : lies_at[message_id] + length])
        if not complete:  # of mail over the size limit there is the header, and its size is hashed with it (intake.py)
            digest.update(b"\0%d" % (size or 0))
        if digest.hexdigest() == expected:
            intact[uid] = (length, expected)
    return intact
