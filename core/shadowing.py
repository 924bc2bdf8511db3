"""Routes in shadow: what they would have taken of the mail that came, against what people did with it."""

import pandas as pd

from core.errors import NotFound
from core.language import _
from core.scope import Scope
from core.store import Connection, sql

SCORES = """
SELECT s.id::VARCHAR AS id, s.name, s.version, s.mailbox,
       concat_ws(' · ', upper(s.target_kind[1]) || s.target_kind[2:], s.target_customer, s.target_contract,
                 s.target_service) AS target,
       v.since, coalesce(n.caught, 0) AS caught, coalesce(n.taken_from_others, 0) AS taken_from_others,
       coalesce(n.agreed, 0) AS agreed, coalesce(n.disagreed, 0) AS disagreed, coalesce(n.undecided, 0) AS undecided,
       wilson_lower(n.agreed, n.agreed + n.disagreed) AS at_least
FROM route_shadow AS s
JOIN (SELECT id, min(created_at) AS since FROM shadow_version GROUP BY id) AS v ON v.id = s.id
LEFT JOIN (SELECT route_id, count(*) AS caught, count(taken_from) AS taken_from_others,
                  count(*) FILTER (verdict = 'agreed') AS agreed, count(*) FILTER (verdict = 'disagreed') AS disagreed,
                  count(*) FILTER (verdict = 'undecided') AS undecided
           FROM shadow_caught GROUP BY route_id) AS n ON n.route_id = s.id
ORDER BY s.position, s.name, s.id
"""
# A route of a mailbox out of scope does not exist for the person, so that it is not named as who took the mail either.
CATCHES = """
SELECT c.message_id::VARCHAR AS message_id, m.subject, m.from_address, m.received_at, c.address, t.name AS taken_from,
       c.verdict, c.became
FROM shadow_caught AS c JOIN message AS m ON m.id = c.message_id
LEFT JOIN route_newest AS t
  ON t.id = c.taken_from AND (t.mailbox IS NULL OR list_contains(getvariable('mailboxes'), t.mailbox))
WHERE c.route_id = $id::UUID ORDER BY m.received_at DESC, m.id LIMIT $limit
"""
KNOWN = "SELECT id::VARCHAR FROM shadow_version WHERE id = try_cast($id AS UUID)"


def shadow_scores(scope: Scope) -> pd.DataFrame:
    """The routes in shadow that the person sees, in order, with what they would have done since they run as they do:
    id, name, version, mailbox, target, since (UTC), caught (mails in scope), taken_from_others (of these another route
    took it), agreed (people gave it the same target), disagreed (another one, or deleted it), undecided (no person
    has decided it), at_least (share of agreement behind this, one-sided 95 % Wilson bound, 0 to 1; NaN where nothing
    is decided)."""
    with scope.store.reading() as db:
        _look(db, scope)
        db.script(sql("wilson"))
        return db.frame(SCORES)


def shadow_catches(scope: Scope, id: str, limit: int = 200) -> pd.DataFrame:
    """The newest mails that a route in shadow would have taken: message_id, subject, from_address, received_at,
    address, taken_from (the route that took it instead; None: none that the person sees), verdict (agreed, disagreed,
    undecided), became (its targets, `deleted`, or None). Raises NotFound."""
    with scope.store.reading() as db:
        _look(db, scope)
        known = db.value(KNOWN, id=id)
        if known is None:
            raise NotFound(_("There is no such route in shadow."))
        return db.frame(CATCHES, id=known, limit=limit)


def _look(db: Connection, scope: Scope) -> None:
    db.run("SET VARIABLE mailboxes = $names::VARCHAR[]", names=list(scope.mailboxes))
    db.script(sql("shadow_caught"))
