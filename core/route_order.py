"""The order of routes: positions with room between them, changed for as few routes as can be."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

STEP = 10  # between positions, so that a route can be put in between


def placed(old: Sequence[int | None]) -> list[int]:
    """Positions, from 1 and rising, for routes in the order they shall have; `old` has those they had (None: new).

    As many as can keep theirs: every position that changes is a new version of a route.
    """
    kept = _kept(old)
    fences = [(-1, 0), *((place, position) for place, position in enumerate(old) if position and place in kept)]
    positions = [0] * len(old)
    for (left, low), (right, high) in pairwise([*fences, (len(old), 0)]):
        for place in range(left + 1, right):
            room = STEP * (place - left) if right == len(old) else (high - low) * (place - left) // (right - left)
            positions[place] = low + room
        if right < len(old):
            positions[right] = high
    return positions


def _kept(old: Sequence[int | None]) -> set[int]:
    """The places that keep their position: the most of them that rise and leave room for all that stands between.

    Positions less their place must not fall: that is the longest such row, found by patience sorting.
    """
    tops: list[int] = []
    piles: list[int] = []
    before: dict[int, int | None] = {}
    for place, position in enumerate(old):
        if position is None or position <= place:
            continue
        pile = bisect_right(tops, position - place)
        before[place] = piles[pile - 1] if pile else None
        tops[pile : pile + 1], piles[pile : pile + 1] = [position - place], [place]
    last = piles[-1] if piles else None
    kept = set()
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept
