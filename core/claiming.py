"""Who works on what: taking waiting messages on for a while, handing them over, letting go.

A claim is a lease: it ends by itself, so nobody's holiday holds a mail. It keeps nobody from acting; it is seen.
"""

from collections.abc import Callable
from datetime import timedelta

from core.changing import Asked, change, choose, new_batch, outcome
from core.errors import InvalidInput
from core.language import _
from core.outcome import Outcome
from core.scope import Scope
from core.store import Connection

LEASE = timedelta(hours=4)

Work = Callable[[Connection, str], Outcome]

HELD_BY_OTHERS = """
INSERT INTO overtaken
SELECT c.id, c.subject, k.person, 'claim', k.claimed_at
FROM chosen AS c JOIN claim AS k ON k.message_id = c.id WHERE k.person <> $me AND k.until > $now
"""
UNSEEN = """
SELECT count(*) FROM message
WHERE id IN (SELECT id FROM chosen) AND NOT list_has_any(mailboxes, $theirs::VARCHAR[])
"""
LET_GO = "DELETE FROM claim WHERE message_id IN (SELECT id FROM chosen)"
TAKE = "INSERT INTO claim SELECT id, $person, $now, $until FROM chosen"


def claim(scope: Scope, asked: Asked, *, take_over: bool = False) -> Outcome:
    """Take waiting messages on for LEASE; those somebody else holds are left alone and named, unless `take_over`."""

    def work(db: Connection, batch: str) -> Outcome:
        if not take_over:
            db.run(HELD_BY_OTHERS, me=scope.person.email, now=scope.desk.now())
            db.run("DELETE FROM chosen WHERE id IN (SELECT id FROM overtaken)")
        return _lease(db, scope, "claim", scope.person.email, batch)

    return _changed(scope, asked, work)


def hand_over(scope: Scope, asked: Asked, to: str) -> Outcome:
    """Give waiting messages to another person. InvalidInput when that person does not see all their mailboxes."""
    receiver = scope.desk.acting(to)

    def work(db: Connection, batch: str) -> Outcome:
        unseen = db.value(UNSEEN, theirs=list(receiver.mailboxes))
        if unseen or receiver.person.role == "analyst":
            raise InvalidInput(_("{name} does not work on this mailbox.").format(name=receiver.person.name),
                               _("Choose somebody of its team."))  # fmt: skip
        return _lease(db, scope, "hand_over", receiver.person.email, batch)

    return _changed(scope, asked, work)


def release(scope: Scope, asked: Asked) -> Outcome:
    """Let go of waiting messages, whoever held them."""

    def work(db: Connection, batch: str) -> Outcome:
        db.run(LET_GO)
        change(db, scope, "release", None, batch=batch)
        return outcome(db, batch, "release")

    return _changed(scope, asked, work)


def _lease(db: Connection, scope: Scope, action: str, person: str, batch: str) -> Outcome:
    now = scope.desk.now()
    db.run(LET_GO)
    db.run(TAKE, person=person, now=now, until=now + LEASE)
    change(db, scope, action, None, batch=batch, reason=person)
    return outcome(db, batch, action)


def _changed(scope: Scope, asked: Asked, work: Work) -> Outcome:
    batch = new_batch()

    def once(db: Connection) -> Outcome:
        choose(db, scope, asked, "unprocessed")
        return work(db, batch)

    return scope.store.change(once)
