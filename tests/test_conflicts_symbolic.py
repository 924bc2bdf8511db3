"""What is said about routes, against trying them on every mail of a small world."""
# ruff: noqa: E501 (a row is a line)

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.conflicts.extent import Placed
from core.conflicts.finding import Finding
from core.conflicts.patterns import Patterns
from core.conflicts.searching import meetings
from core.routes import Route, Target
from tests.desk import INVOICES, PAYMENTS, DeskUnderTest

MAILBOXES = ("AP", "AR")
# For each name that routes can say, there is an address or text that says it, and one that nobody names.
ADDRESSES = ("a@x", "b@x", "other@x", "a@y", "other@y", "other@elsewhere")
PATTERNS = ("a@x", "b@x", "*@x", "a@y", "*@y", "*")
SENDERS = ("s@p", "t@p", "other@p", "s@q", "other@q", "")
SENDER_PATTERNS = ("s@p", "t@p", "*@p", "s@q", "*@q")
WORDS = ("invoice", "voice", "pay")
TEXTS = ("", "invoice", "voice", "pay", "invoice pay", "voice pay")
LISTS = ("l", "m", "")
Extent = npt.NDArray[np.bool_]


def named(address: str, pattern: str) -> bool:
    return pattern in (address, "*") or (pattern.startswith("*@") and address.endswith(pattern[1:]))


def extent_of(route: Route) -> Extent:
    """DESIGN §4 once more, as plainly as it can be said: a truth value for each mail of the world."""
    sides = [
        [named(address, route.recipient) for address in ADDRESSES],
        [route.match_delivered or not delivered for delivered in (False, True)],
        [not route.sender or any(named(sender, each) for each in route.sender) for sender in SENDERS],
        [route.mailbox in (None, mailbox) for mailbox in MAILBOXES],
        [route.list_id in (None, list_id) for list_id in LISTS],
        [route.has_attachment in (None, attached) for attached in (False, True)],
        [not (words := route.subject_contains) or any(word in text for word in words) for text in TEXTS],
        [not (words := route.body_contains) or any(word in text for word in words) for text in TEXTS],
    ]
    return reduce(np.logical_and.outer, [np.array(side) for side in sides]).ravel()


def extents(routes: Sequence[Placed]) -> list[Extent]:
    return [extent_of(each.route) for each in routes]


def before(extent: Sequence[Extent], place: int) -> Extent:
    """The mails that the routes before a place catch."""
    return reduce(np.logical_or, extent[:place], np.zeros_like(extent[0]))


def sometimes(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), st.none(), strategy)


def some(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.one_of(st.just([]), st.just([]), st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True))


def routes_of(targets: Sequence[object] = (INVOICES, PAYMENTS)) -> st.SearchStrategy[Route]:
    return st.builds(
        _route,
        recipient=st.sampled_from(PATTERNS), sender=some(SENDER_PATTERNS), mailbox=sometimes(st.sampled_from(MAILBOXES)),
        list_id=sometimes(st.sampled_from(LISTS[:2])), has_attachment=sometimes(st.booleans()),
        match_delivered=st.sampled_from([False, False, True]), subject_contains=some(WORDS), body_contains=some(WORDS[:2]),
        target=st.sampled_from(targets),
    )  # fmt: skip


def _route(**given: Any) -> Route:
    """A route; `*` as recipient needs a sender or a list."""
    if given["recipient"] == "*" and not given["sender"] and not given["list_id"]:
        given["sender"] = ["*@p"]
    return Route(name="r", **given)


def numbered(routes: Sequence[Route]) -> list[Placed]:
    return [Placed(place, route.model_copy(update={"name": str(place)})) for place, route in enumerate(routes)]


SETS = st.lists(routes_of(), min_size=2, max_size=5).map(numbered)


@pytest.fixture(scope="module")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patterns]:
    desk = DeskUnderTest(tmp_path_factory.mktemp("patterns"))
    with desk.desk.store.reading() as db:
        yield Patterns(db, ())


def said(routes: Sequence[Placed], patterns: Patterns) -> list[Finding]:
    return meetings(routes, patterns, frozenset(MAILBOXES))


@settings(max_examples=250, deadline=None)
@given(routes=SETS)
def test_a_route_is_said_never_to_fire_exactly_when_no_mail_in_the_world_lets_it(
    patterns: Patterns, routes: list[Placed]
) -> None:
    extent = extents(routes)
    never = {each.route for each in said(routes, patterns) if each.kind in ("shadowed", "redundant")
             and all(int(other) < int(each.route) for other in each.others)}  # fmt: skip
    for late in range(len(routes)):
        assert (str(late) in never) == (not (extent[late] & ~before(extent, late)).any())


@settings(max_examples=200, deadline=None)
@given(routes=SETS)
def test_pairs_are_called_by_what_they_are_in_the_world(patterns: Patterns, routes: list[Placed]) -> None:
    extent = extents(routes)
    pairs = {(each.kind, each.route, each.others[0]) for each in said(routes, patterns) if len(each.others) == 1}
    for early, late in combinations(range(len(routes)), 2):
        one, other = extent[early], extent[late]
        same = routes[early].route.target == routes[late].route.target
        forth, back = not (other & ~one).any(), not (one & ~other).any()
        crossing = bool((one & other).any()) and not forth and not back
        assert (("shadowed", str(late), str(early)) in pairs) == (forth and not same)
        assert (("redundant", str(late), str(early)) in pairs) == (forth and same)
        assert (("generalised", str(late), str(early)) in pairs) == (back and not forth and not same)
        assert (("correlated", str(late), str(early)) in pairs) == (crossing and not same)


@settings(max_examples=200, deadline=None)
@given(routes=SETS)
def test_removing_what_is_called_redundant_changes_no_target(patterns: Patterns, routes: list[Placed]) -> None:
    for finding in said(routes, patterns):
        if finding.kind == "redundant":
            kept = [each for each in routes if each.name != finding.route]
            for target in (INVOICES, PAYMENTS):
                assert (opening(routes, target) == opening(kept, target)).all()


def opening(routes: Sequence[Placed], target: Target) -> Extent:
    """The mails for which the first route that catches them has this target."""
    extent = extents(routes)
    first = [extent[place] & ~before(extent, place) for place in range(len(routes))]
    mine = [each for each, placed in zip(first, routes, strict=True) if placed.route.target == target]
    return reduce(np.logical_or, mine, np.zeros_like(extent[0]))


@settings(max_examples=150, deadline=None)
@given(routes=SETS)
def test_a_route_that_was_moved_as_advised_fires(patterns: Patterns, routes: list[Placed]) -> None:
    extent, found = extents(routes), said(routes, patterns)
    never = {each.route for each in found if each.kind in ("shadowed", "redundant")}
    for finding in found:
        if finding.fix and finding.fix.action == "move" and finding.fix.before not in never:
            there = int(str(finding.fix.before))
            assert (extent[int(finding.route)] & ~before(extent, there)).any()


@settings(max_examples=150, deadline=None)
@given(routes=SETS, place=st.integers(0, 4))
def test_what_concerns_one_route_is_a_part_of_what_concerns_all(
    patterns: Patterns, routes: list[Placed], place: int
) -> None:
    about = routes[min(place, len(routes) - 1)]
    whole = [each for each in said(routes, patterns) if about.name in (each.route, *each.others)]
    part = meetings(routes, patterns, frozenset(MAILBOXES), about)
    assert sorted(map(str, part)) == sorted(map(str, whole))


# Patterns: nothing is said that is not proved


def named_routes(*given: dict[str, Any]) -> list[Placed]:
    return [Placed(place, Route(name="AB"[place], recipient="a@x", **each)) for place, each in enumerate(given)]


@pytest.mark.parametrize(("early", "late", "kinds"), [
    ({"subject_regex": "^Re"}, {"subject_regex": "^Re"}, ["shadowed"]),
    ({"subject_regex": "."}, {"subject_regex": "^Re"}, []),  # true, but not provable here
    ({"subject_regex": "^Re"}, {}, ["generalised"]),
    ({"subject_regex": ".*"}, {}, ["shadowed"]),
    ({}, {"subject_regex": "^Re"}, ["shadowed"]),
    ({"subject_regex": "x*"}, {}, []),  # shadowed in truth, which nobody proves
    ({"subject_regex": r"INV-\d{4}"}, {"subject_contains": ["urgent"]}, ["correlated"]),
    ({"subject_regex": "^INV$"}, {"subject_contains": ["urgent"]}, []),
    ({"subject_regex": "alpha"}, {"subject_regex": "beta"}, ["correlated"]),
    ({"subject_regex": "(?i)credit|refund", "sender": ["s@p"]}, {"sender": ["*@p"]}, ["generalised"]),
    ({"subject_regex": "(?i)credit|refund"}, {"sender": ["*@p"]}, ["correlated"]),
])  # fmt: skip
def test_of_patterns_only_what_is_proved_is_said(
    tmp_path: Path, early: dict[str, Any], late: dict[str, Any], kinds: list[str]
) -> None:
    routes = named_routes(early | {"target": INVOICES}, late | {"target": PAYMENTS})
    with DeskUnderTest(tmp_path).desk.store.reading() as db:
        known = Patterns(db, [each.pattern for each in routes if each.pattern],
                         [word for each in routes for word in each.route.subject_contains])  # fmt: skip
        found = [each.kind for each in said(routes, known)]
    assert found == kinds
