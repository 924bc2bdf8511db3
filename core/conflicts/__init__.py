"""Conflicts of the route set: what routes do to one another, found by what they say and by past mail."""

from collections.abc import Sequence

from core.conflicts.acknowledged import acknowledge, with_acknowledgements, withdraw_acknowledgement
from core.conflicts.extent import Placed
from core.conflicts.finding import GRAVITY, KINDS, Finding, Fix
from core.conflicts.from_mail import from_mail, past_mail, with_meetings
from core.conflicts.patterns import Patterns
from core.conflicts.placing import draft_set, put_in, set_in_force
from core.conflicts.searching import meetings
from core.conflicts.surroundings import alone, surroundings
from core.routes import Route
from core.scope import Scope
from core.store import Connection

__all__ = [
    "KINDS",
    "Finding",
    "Fix",
    "acknowledge",
    "conflicts",
    "conflicts_of",
    "withdraw_acknowledgement",
]

DAYS = 90


def conflicts(scope: Scope, draft: Sequence[Route] | None = None, days: int = DAYS) -> list[Finding]:
    """What is the matter with the routes in force, or with a draft set in its order: the gravest first.

    Found by what the routes say, and by the mail of the last `days` days. Only routes and mail that the person sees.
    """
    with scope.store.reading() as db:
        in_force = set_in_force(db, scope)
        routes = in_force if draft is None else draft_set(in_force, draft)
        said = _symbolic(db, scope, routes)
        settled = {each.route for each in said if each.kind in ("shadowed", "redundant", "never_holds")}
        past = past_mail(db, scope, routes, days)
        if past:
            said = with_meetings(past, routes, said)
            said += [each for each in from_mail(past, routes) if each.route not in settled]
        return _in_order(routes, with_acknowledgements(db, said))


def conflicts_of(scope: Scope, route: Route, replacing: str | None = None, before: str | None = None) -> list[Finding]:
    """What would be the matter with one route, and with others because of it: for the editor, no mail is read.

    It is looked at in place of the route named `replacing`, before the route named `before`, or last.
    """
    with scope.store.reading() as db:
        routes = put_in(set_in_force(db, scope), route, replacing, before)
        about = next(each for each in routes if each.route is route)
        return _in_order(routes, with_acknowledgements(db, _symbolic(db, scope, routes, about)))


def _symbolic(db: Connection, scope: Scope, routes: Sequence[Placed], about: Placed | None = None) -> list[Finding]:
    around = surroundings(db, scope.desk.now())
    patterns = Patterns(db, (each.pattern for each in routes if each.pattern),
                        (word for each in routes for word in each.route.subject_contains))  # fmt: skip
    return alone([about] if about else routes, around) + meetings(routes, patterns, around.mailboxes, about)


def _in_order(routes: Sequence[Placed], findings: Sequence[Finding]) -> list[Finding]:
    places = {each.name: each.place for each in reversed(routes)}
    return sorted(findings, key=lambda each: _place(each, places[each.route]))


def _place(finding: Finding, place: int) -> tuple[int, int, bool, int]:
    """What past mail has met before what it has not; the order of the routes last."""
    return GRAVITY.index(finding.severity), -finding.mails, finding.kind == "correlated", place
