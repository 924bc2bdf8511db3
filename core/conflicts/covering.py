"""Whether several earlier routes together take all that a route could catch.

The route's extent is cut along what the earlier ones name into finitely many parts (a domain becomes the addresses of
it that somebody names, and "all others there"). Taking each earlier route's box away leaves at most one box a side;
what is left in the end is mail that the route does catch. Where cutting goes on for too long, nothing is said.
"""

from collections.abc import Sequence
from functools import reduce

from core.conflicts.extent import ANY, Placed, within, words_within
from core.routes import Route

Box = tuple[frozenset[str], ...]  # recipient, sender, mailbox, list, attachment, delivered, subject, body

LONGEST = 400  # cuts
MOST = 60  # earlier routes
GIVEN = {True: frozenset({"yes"}), False: frozenset({"no"}), None: frozenset({"yes", "no"})}


def covered_by(late: Placed, earlier: Sequence[Placed], mailboxes: frozenset[str]) -> list[Placed]:
    """Few of the earlier routes that together take all of the late one's mail; none where that is not proved."""
    able = [each for each in earlier if each.pattern in (None, late.pattern)]
    if not able or len(able) > MOST or not _hopeful(late, able):
        return []
    whole = _extent(late.route, able, mailboxes)
    if not _is_covered(whole, able):
        return []
    return reduce(lambda kept, each: _without(whole, kept, each), reversed(able), able)


def _hopeful(late: Placed, able: Sequence[Placed]) -> bool:
    """A quick look at the corner that is hardest to cover: mail that no earlier route names in particular."""
    route = late.route
    corners = [(sender, word) for sender in (route.sender or [ANY])[:20] for word in (route.subject_contains or [""])]
    return all(any(_takes_corner(each.route, route, *corner) for each in able) for corner in corners)


def _takes_corner(early: Route, late: Route, sender: str, word: str) -> bool:
    return (
        within(late.recipient, early.recipient) and early.list_id in (None, late.list_id)
        and (not early.sender or any(within(sender, each) for each in early.sender))
        and words_within([word], early.subject_contains) and (early.match_delivered or not late.match_delivered)
    )  # fmt: skip


def _without(whole: Box, kept: list[Placed], each: Placed) -> list[Placed]:
    fewer = [one for one in kept if one is not each]
    return fewer if fewer and _is_covered(whole, fewer) else kept


def _is_covered(whole: Box, able: Sequence[Placed]) -> bool:
    left, cuts = [whole], 0
    for each in able:
        pieces = [piece for box in left for piece in _cut(box, each.route)]
        cuts += len(pieces)
        if cuts > LONGEST:
            return False
        left = pieces
    return not left


def _cut(box: Box, route: Route) -> list[Box]:
    """What of a box lies outside a route's conditions, in boxes that do not overlap."""
    inside = _inside(box, route)
    if not all(inside):
        return [box]
    pieces = []
    for side, (part, taken) in enumerate(zip(box, inside, strict=True)):
        if rest := part - taken:
            pieces.append((*inside[:side], rest, *box[side + 1 :]))
    return pieces


def _extent(late: Route, able: Sequence[Placed], mailboxes: frozenset[str]) -> Box:
    routes = [each.route for each in able]
    return (
        _parts([late.recipient], {each.recipient for each in routes}),
        _parts(late.sender or [ANY], {sender for each in routes for sender in each.sender}),
        frozenset({late.mailbox}) if late.mailbox is not None else mailboxes,
        frozenset({late.list_id}) if late.list_id is not None
        else frozenset({ANY} | {each.list_id for each in routes if each.list_id is not None}),
        GIVEN[late.has_attachment], GIVEN[None] if late.match_delivered else GIVEN[False],
        # The least a mail must say: whoever takes that takes what says more, too.
        frozenset(late.subject_contains or [""]), frozenset(late.body_contains or [""]),
    )  # fmt: skip


def _inside(box: Box, route: Route) -> Box:
    recipient, sender, mailbox, list_id, attachment, delivered, subject, body = box
    return (
        frozenset(each for each in recipient if within(each, route.recipient)),
        frozenset(each for each in sender if not route.sender or any(within(each, one) for one in route.sender)),
        mailbox if route.mailbox is None else mailbox & {route.mailbox},
        list_id if route.list_id is None else list_id & {route.list_id},
        attachment & GIVEN[route.has_attachment],
        delivered if route.match_delivered else delivered & GIVEN[False],
        frozenset(each for each in subject if words_within([each], route.subject_contains)),
        frozenset(each for each in body if words_within([each], route.body_contains)),
    )  # fmt: skip


def _parts(own: Sequence[str], named: set[str]) -> frozenset[str]:
    """What the patterns of a side consist of, as far as anybody tells them apart."""
    return frozenset({*own} | {each for each in named if any(within(each, one) for one in own)})
