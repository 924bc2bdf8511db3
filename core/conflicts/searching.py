"""The conflicts of an ordered set: every pair that can meet, found by what it names."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from core.conflicts.covering import covered_by
from core.conflicts.extent import ANY, Placed, disjoint, holds, meet
from core.conflicts.finding import Finding, Fix
from core.conflicts.patterns import Patterns

ALL = "all"  # as key: whatever is named


class Neighbours:
    """Which routes of a set name an address and a sender that another one names, without looking at every pair."""

    def __init__(self, routes: Sequence[Placed]) -> None:
        self._named: defaultdict[tuple[str, str], list[Placed]] = defaultdict(list)
        for each in routes:
            recipient = each.route.recipient
            for key in product((recipient, _at(recipient), ALL), (*(_domains(each) or {""}), ALL)):
                self._named[key].append(each)

    def before(self, late: Placed) -> list[Placed]:
        """The earlier routes that can meet this one in a mail, in their order."""
        recipient = late.route.recipient
        wider = (ALL,) if recipient == ANY else (recipient, f"*@{recipient.rpartition('@')[2]}", ANY)
        named = (_at(recipient), ANY) if recipient.startswith("*@") else wider
        senders = (*_domains(late), "") if late.route.sender else (ALL,)
        found = {each.place: each for key in product(named, senders) for each in self._named[key]
                 if each.place < late.place and each.enforced}  # fmt: skip
        return [each for _place, each in sorted(found.items()) if not disjoint(each, late)]


def _at(recipient: str) -> str:
    return "at " + recipient.rpartition("@")[2]


def _domains(placed: Placed) -> frozenset[str]:
    return placed.domains | placed.exact_domains


def meetings(routes: Sequence[Placed], patterns: Patterns, mailboxes: frozenset[str],
             about: Placed | None = None) -> list[Finding]:  # fmt: skip
    """What the routes of an ordered set do to one another; with `about`, only what that one has to do with."""
    living = [each for each in routes if each.route.mailbox is None or each.route.mailbox in mailboxes]
    neighbours = Neighbours(living)
    found: list[Finding] = []
    for late in living:
        if about and late.place < about.place:
            continue
        before = neighbours.before(late)
        concerned = [each for each in before if about in (None, each, late)]
        holding = [each for each in before if holds(each, late, patterns)] if concerned else []
        pairs = [_pair(early, late, holding, living, patterns) for early in concerned]
        found += [each for each in pairs if each]
        if concerned and not holding:
            together = _together(late, before, mailboxes)
            found += [each for each in together if about is None or about.name in (each.route, *each.others)]
    return found


def _pair(early: Placed, late: Placed, holding: Sequence[Placed], routes: Sequence[Placed],
          patterns: Patterns) -> Finding | None:  # fmt: skip
    """Al-Shaer's and Hamed's four: what an earlier one does to a later one. `holding`: those that leave it nothing."""
    same = early.route.target == late.route.target
    forth, back = any(each is early for each in holding) or holds(early, late, patterns), holds(late, early, patterns)
    if forth:
        return _never(late, [early], holding[0], holds(late, holding[0], patterns) is False)
    if same:
        spare = back and late.enforced and not _between(early, late, routes)
        return _finding("redundant", early, [late], Fix("remove", early.name)) if spare else None
    if back and forth is False:
        return _finding("generalised", late, [early])
    if forth is False and back is False and meet(early, late, patterns):
        return _finding("correlated", late, [early])
    return None


def _never(late: Placed, before: Sequence[Placed], first: Placed, is_exception: bool) -> Finding:
    """A route that others leave nothing to; where it is the more exact one, it belongs before them."""
    if all(each.route.target == late.route.target for each in before):
        return _finding("redundant", late, before, Fix("remove", late.name))
    move = Fix("move", late.name, first.name)
    return _finding("shadowed", late, before, move if is_exception else Fix("remove", late.name))


def _together(late: Placed, before: Sequence[Placed], mailboxes: frozenset[str]) -> Iterator[Finding]:
    if several := covered_by(late, before, mailboxes):
        yield _never(late, several, several[0], is_exception=True)


def _between(early: Placed, late: Placed, routes: Sequence[Placed]) -> bool:
    """Whether mail of the early one could go elsewhere than to the late one, were the early one not there."""
    return any(
        early.place < each.place < late.place and each.enforced and each.route.target != late.route.target
        and (not disjoint(early, each) or (early.route.match_delivered and each.route.match_delivered))
        for each in routes
    )  # fmt: skip


def _finding(kind: str, about: Placed, others: Sequence[Placed], fix: Fix | None = None) -> Finding:
    keys = [each.key for each in (about, *others)]
    known = tuple(key for key in keys if key)
    return Finding(kind, about.name, tuple(each.name for each in others), fix,
                   keys=known if len(known) == len(keys) else ())  # fmt: skip
