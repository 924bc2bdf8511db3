"""What past mail says about routes: which never come to their turn, and which no mail fits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from core.conflicts.extent import Placed
from core.conflicts.finding import Finding, Fix
from core.laid_out_routes import lay_out_routes
from core.scope import Scope
from core.store import Connection, sql

SHORTEST = 28  # days of mail without which nothing is said about routes that no mail fits
CAME_TO_ROUTES = """
CREATE OR REPLACE TEMP TABLE deciding AS
SELECT m.* FROM message AS m
JOIN decision_newest AS n ON n.message_id = m.id JOIN decision AS d ON d.id = n.decision_id
WHERE m.received_at >= $since::TIMESTAMP AND list_contains($mailboxes::VARCHAR[], m.mailbox)
  AND d.step IN ('route', 'delivered', 'none')
"""
Row = tuple[int, int, bool, dict[int, int]]  # rank, mails, whether it fires, how many others took, by their rank


@dataclass(frozen=True)
class PastMail:
    """What the routes of a set did with the mail of the last `days` days; `enough`: it goes back far enough."""

    days: int
    rows: dict[int, Row]
    enough: bool
    sees_all: bool


def past_mail(db: Connection, scope: Scope, routes: Sequence[Placed], days: int) -> PastMail | None:
    """What the routes would have done with the mail that came to the routes; None where there is none."""
    db.run(CAME_TO_ROUTES, since=scope.desk.now() - timedelta(days=days), mailboxes=list(scope.mailboxes))
    oldest = db.value("SELECT min(received_at) FROM deciding")
    enforced = {each.place: each.route for each in routes if each.enforced}
    if oldest is None or not enforced:
        return None
    lay_out_routes(db, enforced)
    db.script(sql("conflicts_past"))
    db.script(sql("match"))
    rows = {row[0]: row for row in db.rows(sql("conflicts_data"))}
    unseen = db.value("SELECT count(*) FROM mailbox WHERE NOT list_contains($mailboxes::VARCHAR[], name)",
                      mailboxes=list(scope.mailboxes))  # fmt: skip
    enough = oldest <= scope.desk.now() - timedelta(days=min(days, SHORTEST))
    return PastMail(days, rows, enough, not unseen)


def from_mail(past: PastMail, routes: Sequence[Placed]) -> list[Finding]:
    """Routes that took no mail, with who took it instead, or that no mail fits: those all of whose mail is seen."""
    about = [each for each in routes if each.enforced and (each.route.mailbox or past.sees_all)]
    by_place = {each.place: each for each in routes}
    return [found for each in about for found in _said(each, past, by_place)]


def with_meetings(past: PastMail, routes: Sequence[Placed], findings: Iterable[Finding]) -> list[Finding]:
    """Correlated pairs with the number of past mails in which they met and the first one took it."""
    places = {each.name: each.place for each in routes}
    return [replace(each, days=past.days, mails=_met(past, places[each.route], places[each.others[0]]))
            if each.kind == "correlated" else each for each in findings]  # fmt: skip


def _met(past: PastMail, late: int, early: int) -> int:
    return past.rows[late][3].get(early, 0) if late in past.rows else 0


def _said(about: Placed, past: PastMail, routes: dict[int, Placed]) -> Iterator[Finding]:
    row, days = past.rows.get(about.place), past.days
    if row is None:
        if past.enough:
            yield Finding("dead", about.name, fix=Fix("switch_off", about.name), days=days, keys=_keys([about]))
        return
    _rank, mails, fires, takers = row
    if not fires:
        others = [routes[taker] for taker in sorted(takers)]
        names = tuple(each.name for each in others)
        yield Finding("never_first", about.name, names, Fix("move", about.name, names[0]),
                      mails=mails, days=days, keys=_keys([about, *others]))  # fmt: skip


def _keys(routes: Sequence[Placed]) -> tuple[tuple[str, int], ...]:
    known = tuple(each.key for each in routes if each.key)
    return known if len(known) == len(routes) else ()
