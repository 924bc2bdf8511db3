"""From messages to a route: the least general conditions that cover them, and what else they would catch."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import count
from typing import Any

import pandas as pd
from pydantic import ValidationError

from core.asked_mail import lay_out_stored
from core.backtesting import Backtest, backtest_route
from core.conflicts import Finding, conflicts_of
from core.errors import InvalidInput
from core.laid_out_routes import lay_out_routes
from core.language import _
from core.messages import must_exist
from core.routes import Route, Target
from core.scope import Scope
from core.store import Connection, sql
from core.surroundings import SHARED_DOMAINS

WORD = re.compile(r"[^\W\d_]{3,}")
NAMES = "SELECT name FROM route_newest WHERE NOT removed"
MOST = 200  # messages that a draft is made from
SAMPLE = ["id", "from_address", "subject", "received_at", "status", "became"]
MISSED = "SELECT id::VARCHAR FROM deciding WHERE id NOT IN (SELECT message_id FROM holding) ORDER BY id"


@dataclass(frozen=True)
class Draft:
    """A route made from messages, not stored.

    Of the mail of the last 90 days it would catch `count`, which people decided `otherwise` in so many cases; `samples`
    are some of it, newest first. `uncovered` are those chosen that it would not catch.
    """

    route: Route
    count: int
    otherwise: int
    samples: pd.DataFrame
    conflicts: list[Finding]
    uncovered: list[str]


def draft_from(scope: Scope, ids: Sequence[str], target: Target, name: str = "") -> Draft:
    """The route with the least general conditions that cover these messages, standing last in the set.

    Raises NotFound, and InvalidInput where nothing is chosen, too much, or the messages have nothing in common.
    """
    if not 0 < len(ids) <= MOST:
        raise InvalidInput(_("Choose between 1 and {most} messages.").format(most=MOST))
    with scope.store.reading() as db:
        chosen = list(dict.fromkeys(must_exist(db, scope, id)["id"] for id in ids))
        (common,) = db.records(sql("drafting"), ids=chosen, mailboxes=list(scope.mailboxes))
        route = _route(common, target, free_name(name or _name(common, target), names_taken(db)))
        tested = backtest_route(scope, route)
        if tested.disagree and (word := _telling_word(common["subjects"], tested)):
            route = route.model_copy(update={"subject_contains": [word]})
            tested = backtest_route(scope, route)
        return Draft(route, tested.count("newly_caught") + tested.count("taken"), tested.disagree, _samples(tested),
                     conflicts_of(scope, route), _uncovered(db, scope, route, chosen))  # fmt: skip


def names_taken(db: Connection) -> set[str]:
    """The names that routes of the desk have."""
    return {name for (name,) in db.rows(NAMES)}


def free_name(name: str, taken: Set[str]) -> str:
    """The name, with a number behind it where it is taken."""
    return next(each for number in count(1) if (each := name if number == 1 else f"{name} {number}") not in taken)


def _route(common: dict[str, Any], target: Target, name: str) -> Route:
    recipient, blind = _recipient(common)
    senders = [] if common["nameless"] else list(common["senders"] or [])
    by_list = bool(common["list_id"]) and len(senders) != 1
    try:
        return Route(
            name=name, mailbox=common["mailbox"], recipient=recipient, sender=[] if by_list else _senders(senders),
            list_id=common["list_id"] if by_list else None, match_delivered=blind, target=target,
        )  # fmt: skip
    except ValidationError as error:
        raise InvalidInput(_("These messages have too little in common for a route: neither an address nor a sender."),
                           _("Choose fewer of them.")) from error  # fmt: skip


def _recipient(common: dict[str, Any]) -> tuple[str, bool]:
    """The recipient that covers all, and whether blind copies have to be caught, too."""
    addressed = common["address"] or (f"*@{common['domain']}" if common["domain"] else "*")
    if not common["blind"]:
        return addressed, False
    blind_at = common["blind_address"]
    if common["blind"] == common["messages"]:
        return blind_at or "*", True
    if blind_at and blind_at.rpartition("@")[2] == common["domain"]:
        return (blind_at if blind_at == addressed else f"*@{common['domain']}"), True
    return "*", True


def _senders(addresses: Sequence[str]) -> list[str]:
    """The senders as they are; those of one domain as the domain, unless everybody can have an address there."""
    domains = Counter(each.rpartition("@")[2] for each in addresses)
    whole = {domain for domain, senders in domains.items() if senders > 1 and domain not in SHARED_DOMAINS}
    return list(dict.fromkeys(
        f"*@{domain}" if (domain := each.rpartition("@")[2]) in whole else each for each in addresses
    ))  # fmt: skip


def _telling_word(subjects: Iterable[str], tested: Backtest) -> str:
    """The word of all chosen subjects that is in the fewest of those that people decided otherwise; "" if all are."""
    common = set.intersection(*(set(WORD.findall(subject)) for subject in subjects))
    others = [str(subject).lower() for subject in tested.disagreements()["subject"]]
    spared = {word: sum(word not in subject for subject in others) for word in common}
    best = max(sorted(spared), key=lambda word: (spared[word], len(word)), default="")
    return best if spared.get(best) else ""


def _samples(tested: Backtest) -> pd.DataFrame:
    caught = tested.changes[tested.changes["kind"].isin(["newly_caught", "taken"])]
    return caught.sort_values("received_at", ascending=False)[SAMPLE].drop_duplicates("id").reset_index(drop=True)


def _uncovered(db: Connection, scope: Scope, route: Route, ids: Sequence[str]) -> list[str]:
    """Those of the chosen for which the conditions do not hold, tried as routing does."""
    lay_out_stored(db, scope, ids)
    lay_out_routes(db, {1: route})
    db.script(sql("match"))
    return [id for (id,) in db.rows(MISSED)]


def _name(common: dict[str, Any], target: Target) -> str:
    senders = common["senders"] or []
    domains = {each.rpartition("@")[2] for each in senders}
    whose = senders[0] if len(senders) == 1 else min(domains) if len(domains) == 1 else common["list_id"] or ""
    if not whose:
        return f"{target.customer} · {target.service}"
    return _("{service} from {sender}").format(service=target.service, sender=whose)
