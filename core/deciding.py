"""Deciding: the order of DESIGN §2, run as SQL over a batch of messages. The rules themselves are in sql/decide.sql."""

from core.store import Connection, sql

# The newest decision of a message is the one with the latest time: one made after the clock was set back must not look
# older than those before it.
AGAIN = """
CREATE OR REPLACE TEMP TABLE batch AS
SELECT m.*, CASE WHEN d.decided_at > $now::TIMESTAMP THEN d.decided_at + INTERVAL 1 MICROSECOND
                 ELSE $now::TIMESTAMP END AS decided_at,
       $exempt::BOOLEAN AS exempt_from_blocks
FROM message AS m SEMI JOIN chosen USING (id)
LEFT JOIN (SELECT message_id, max(decided_at) AS decided_at FROM decision SEMI JOIN chosen ON chosen.id = message_id
           GROUP BY message_id) AS d ON d.message_id = m.id
"""


CAME_LATER = """
CREATE OR REPLACE TEMP TABLE decided AS
SELECT id FROM message WHERE id > getvariable('first_id') AND mailbox IN (SELECT mailbox FROM batch)
"""
LEFT = "SELECT id::VARCHAR FROM batch WHERE id NOT IN (SELECT id FROM deciding)"


def decide_new(db: Connection) -> set[str]:
    """Decide and write the messages laid out in the temporary tables batch, batch_recipient, _body and _attachment.

    Runs inside the caller's transaction; `message` rows are written with the status they were given. Answers the ids of
    those that wait for what others of the batch became (sql/hold_back.sql): they belong into the next batch.
    """
    db.run("SET VARIABLE batch = uuidv7()")
    db.run(CAME_LATER)
    _round(db, "record_new", _prepare(db))
    db.run("CREATE OR REPLACE TEMP TABLE chosen AS SELECT id FROM deciding")
    db.script(sql("keep_waiting_words"))
    return {id for (id,) in db.rows(LEFT)}


def decide_again(db: Connection, now: object, batch: str, exempt_from_blocks: bool) -> None:
    """Decide the stored messages named in the temporary table `chosen` once more and change their status.

    `now` is a UTC datetime; `batch` is what the person did it with, so that undoing takes this back too;
    `exempt_from_blocks` leaves step 3 out, for mail that a person took back from a block.
    """
    db.run("SET VARIABLE batch = $batch::UUID", batch=batch)
    _lay_out_again(db, now, exempt_from_blocks)
    total = db.value("SELECT count(*) FROM batch")
    shadow = _prepare(db)
    while db.value("SELECT count(*) FROM decided") < total:
        _round(db, "record_again", shadow)
    db.run("CREATE OR REPLACE TEMP TABLE chosen AS SELECT id FROM batch")
    db.script(sql("keep_waiting_words"))


def conclude_again(db: Connection, now: object, exempt_from_blocks: bool) -> None:
    """What deciding the messages named in `chosen` once more would conclude, in the tables of sql/decide.sql.

    Nothing is written. `held_back` are those that wait for what others of them would become.
    """
    _lay_out_again(db, now, exempt_from_blocks)
    _prepare(db)
    for step in ("round", "match", "decide", "hold_back"):
        db.script(sql(step))


def _lay_out_again(db: Connection, now: object, exempt_from_blocks: bool) -> None:
    """The stored messages named in `chosen` as a batch to decide."""
    db.run(AGAIN, now=now, exempt=exempt_from_blocks)
    db.run("CREATE OR REPLACE TEMP TABLE batch_recipient AS "
           "SELECT r.* FROM recipient AS r SEMI JOIN chosen AS c ON c.id = r.message_id")  # fmt: skip
    db.run("CREATE OR REPLACE TEMP TABLE batch_body AS "
           "SELECT b.* FROM message_body AS b SEMI JOIN chosen AS c ON c.id = b.message_id")  # fmt: skip
    db.run("CREATE OR REPLACE TEMP TABLE decided (id UUID)")


def _prepare(db: Connection) -> tuple[str, ...]:
    """Lay out the routes; answers the steps that routes in shadow add to a round."""
    db.run("CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM route_set")
    if not _in_shadow(db):
        return ()
    db.run("CREATE OR REPLACE TEMP TABLE shadow_route AS SELECT * FROM route_shadow")
    return ("shadow_lay", "match", "shadow")


def _round(db: Connection, record_messages: str, shadow: tuple[str, ...]) -> None:
    """One round: an answer finds the work item its question opened in the round before."""
    for step in ("round", "match", "decide", "hold_back", "record", record_messages, *shadow):
        db.script(sql(step))


def _in_shadow(db: Connection) -> bool:
    """Whether any route is in shadow. Most desks never had one, which is quickly seen."""
    ever = db.value("SELECT bool_or(shadow) FROM route")
    return bool(ever and db.value("SELECT count(*) FROM route_shadow"))
