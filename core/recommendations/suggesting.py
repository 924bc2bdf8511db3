"""What one message will probably become, from what people made of mail that has something in common with it."""

from dataclasses import dataclass
from typing import Any

from core.language import n_
from core.messages import must_exist
from core.recommendations.learning import suggest
from core.routes import Target
from core.scope import Scope
from core.store import Connection
from core.surroundings import likely_targets

MOST = 3
SUGGESTED = """
SELECT t.kind, t.customer, t.contract, t.service, s.kind AS trait, s.value, s.alike, s.given
FROM suggestion AS s JOIN rec_target AS t ON t.number = s.target
WHERE (t.customer, t.contract, t.service) IN (SELECT (customer, contract, service) FROM catalog) ORDER BY s.place
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A target, the `reason` in a sentence, and the share (0 to 1) of the mail it is about that got this target."""

    target: Target
    reason: str
    share: float


def suggest_targets(scope: Scope, id: str) -> list[Suggestion]:
    """At most three targets for a message, the likeliest first. Raises NotFound.

    They come from what people decided by hand in the mailboxes of the person; where that is too little, from what the
    sender's mail became by whichever way.
    """
    with scope.store.reading() as db:
        asked = must_exist(db, scope, id)["id"]
        found = [_told(row) for row in _suggested(db, scope, asked)]
        if len(found) < MOST:
            known = {each.target for each in found}
            found += [_before(*each) for each in likely_targets(scope, asked) if each[0] not in known]
    return found[:MOST]


def _suggested(db: Connection, scope: Scope, id: str) -> list[dict[str, Any]]:
    db.temporary("asked", {"id": "UUID"}, [(id,)])
    suggest(db, scope, as_of=scope.desk.now())
    return db.records(SUGGESTED)


def _told(row: dict[str, Any]) -> Suggestion:
    target = Target(kind=row["kind"], customer=row["customer"], contract=row["contract"], service=row["service"])
    given, alike = int(row["given"]), int(row["alike"])
    reasons = {
        "sender": n_("{given} of {alike} mail from {value}", "{given} of {alike} mails from {value}", alike),
        "domain": n_("{given} of {alike} mail from anyone at {value}",
                     "{given} of {alike} mails from anyone at {value}", alike),
        "list": n_("{given} of {alike} mail of the list {value}",
                   "{given} of {alike} mails of the list {value}", alike),
        "shape": n_("{given} of {alike} mail with the subject “{value}”",
                    "{given} of {alike} mails with the subject “{value}”", alike),
        "word": n_("{given} of {alike} mail with “{value}” in the subject",
                   "{given} of {alike} mails with “{value}” in the subject", alike),
        "address": n_("{given} of {alike} mail to {value}", "{given} of {alike} mails to {value}", alike),
        "mailbox": n_("{given} of {alike} mail in {value}", "{given} of {alike} mails in {value}", alike),
    }  # fmt: skip
    reason = reasons[row["trait"]].format(given=given, alike=alike, value=row["value"])
    return Suggestion(target, reason, given / alike)


def _before(target: Target, mails: int, own: bool) -> Suggestion:
    sender = n_("{count} mail of this sender became this", "{count} mails of this sender became this", mails)
    domain = n_("{count} mail of this domain became this", "{count} mails of this domain became this", mails)
    told = sender if own else domain
    return Suggestion(target, told.format(count=mails), 0.0)
