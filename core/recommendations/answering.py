"""What a person says to a recommendation: accept it, refuse it with a reason, put it aside, or take that back.

A refused recommendation says nothing again until people have decided more mail by hand as it says; one that was put
aside, until its day. Everything raises NotAllowed for those who only look, and for mailboxes that are not the person's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import pandas as pd

from core.blocked import Kind
from core.blocking import block
from core.errors import InvalidInput, NotFound
from core.intake import new_id
from core.language import _
from core.outcome import Outcome
from core.recommendations.recommendation import Blocked, Recommendation
from core.route_checks import must_write
from core.route_edits import save_route
from core.route_turn import SavedRoute
from core.routes import Route
from core.scope import Scope
from core.store import Connection

How = Literal["draft", "shadow", "live"]
ANSWER = """
INSERT INTO recommendation_answer
VALUES ($id, $answer, $deed, $mailbox, $recipient, $sender, $subject_contains, $subject_regex, $list_id,
        $match_delivered, $told, $reason, $by, $now, $until, $route_id, NULL, NULL)
"""
ANSWERS = """
SELECT a.id::VARCHAR AS id, a.answer, a.told AS what, a.mailbox, a.reason, a.answered_by AS by,
       coalesce(p.name, a.answered_by) AS by_name, a.answered_at AS at, a.until
FROM recommendation_answer AS a LEFT JOIN person_ever AS p ON p.email = a.answered_by
WHERE a.withdrawn_at IS NULL AND (a.answer = 'refused' OR a.answer = 'snoozed' AND a.until > $now)
  AND (list_contains($mailboxes::VARCHAR[], a.mailbox)
       OR a.mailbox IS NULL AND NOT EXISTS (SELECT 1 FROM mailbox WHERE NOT list_contains($mailboxes::VARCHAR[], name)))
ORDER BY a.answered_at DESC
"""
WITHDRAW = """
UPDATE recommendation_answer SET withdrawn_by = $by, withdrawn_at = $now WHERE id = $id::UUID AND withdrawn_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was made of a recommendation: a route, or the outcome of a block, which `undo` takes back."""

    route: SavedRoute | None = None
    outcome: Outcome | None = None

    @property
    def sentence(self) -> str:
        """What happened."""
        return str(self.route or self.outcome)


def accept(scope: Scope, recommendation: Recommendation, how: How, *, name: str = "") -> Accepted:
    """Make it a route: switched off (`draft`), in `shadow`, or `live`, last in the order, under `name` if given.

    A block has no other way than to be made. Live routes are for leads and administrators, and so are blocks
    everywhere. Raises also InvalidInput and NotFound as `save_route` and `block` do.
    """
    if recommendation.block:
        return Accepted(outcome=_blocked(scope, recommendation, recommendation.block))
    if how == "live":
        scope.must_administer()
    route = cast(Route, recommendation.route)
    changes = {"name": name or route.name, "active": how != "draft", "shadow": how == "shadow"}
    saved = save_route(scope, route.model_copy(update=changes))
    _answer(scope, recommendation, "accepted", route_id=saved.id)
    return Accepted(route=saved)


def refuse(scope: Scope, recommendation: Recommendation, reason: str) -> None:
    """Say no, and why. InvalidInput without a reason."""
    if not reason.strip():
        raise InvalidInput(_("Refusing needs a reason."), _("Say in a few words why this would be wrong."))
    _answer(scope, recommendation, "refused", reason=reason.strip())


def snooze(scope: Scope, recommendation: Recommendation, until: datetime) -> None:
    """Put it aside until a moment (UTC). InvalidInput when that is over."""
    if until <= scope.desk.now():
        raise InvalidInput(_("That moment is over."), _("Choose a later one."))
    _answer(scope, recommendation, "snoozed", until=until)


def answers(scope: Scope) -> pd.DataFrame:
    """What was refused or put aside and still counts, newest first: id, answer (refused, snoozed), what (a sentence),
    mailbox, reason, by (address), by_name, at, until (UTC; NaT for what was refused)."""
    with scope.store.reading() as db:
        return db.frame(ANSWERS, mailboxes=list(scope.mailboxes), now=scope.desk.now())


def withdraw(scope: Scope, id: str) -> None:
    """Take an answer back: it may be recommended again. Raises NotFound."""
    scope.must_act()

    def work(db: Connection) -> None:
        known = {row["id"] for row in db.records(ANSWERS, mailboxes=list(scope.mailboxes), now=scope.desk.now())}
        if id not in known:
            raise NotFound(_("There is no such answer."))
        db.run(WITHDRAW, id=id, by=scope.person.email, now=scope.desk.now())

    scope.store.change(work)


def _blocked(scope: Scope, recommendation: Recommendation, who: Blocked) -> Outcome:
    reason = _("Recommended: {evidence}").format(evidence=recommendation.evidence)
    outcome = block(scope, cast(Kind, who.kind), who.value, reason, mailbox=who.mailbox)
    _answer(scope, recommendation, "accepted")
    return outcome


def _answer(scope: Scope, recommendation: Recommendation, answer: str, *, reason: str = "",
            until: datetime | None = None, route_id: str | None = None) -> None:  # fmt: skip
    given = {
        "id": new_id(), "answer": answer, "deed": recommendation.deed, "told": recommendation.sentence,
        "reason": reason, "by": scope.person.email, "now": scope.desk.now(), "until": until, "route_id": route_id,
        **_conditions(recommendation),
    }  # fmt: skip

    def work(db: Connection) -> None:
        must_write(db, scope, recommendation.mailbox)
        db.run(ANSWER, **given)

    scope.store.change(work)


def _conditions(recommendation: Recommendation) -> dict[str, Any]:
    names = ("mailbox", "recipient", "sender", "subject_contains", "subject_regex", "list_id", "match_delivered")
    if recommendation.route:
        return {name: getattr(recommendation.route, name) for name in names}
    who = cast(Blocked, recommendation.block)
    sender = {"address": [who.value], "domain": [f"*@{who.value}"]}.get(who.kind, [])
    return {"mailbox": who.mailbox, "recipient": "*", "sender": sender, "subject_contains": [], "subject_regex": None,
            "list_id": who.value if who.kind == "list_id" else None, "match_delivered": True}  # fmt: skip
