"""What a route could catch, as sets: a pair of mail and address lies in a route's extent when its conditions hold.

Conditions are independent of one another, so a set is a product of sides; one holds another when each of its sides
does. What a pattern (subject_regex) lets through is only known where that is proved: answers are True, False, or None.
"""

from dataclasses import dataclass
from functools import cached_property

from core.conflicts.patterns import Patterns
from core.routes import Route

ANY = "*"


def within(inner: str, outer: str) -> bool:
    """Whether an address or pattern (`*@domain`, `*`) lies within a pattern."""
    return outer in (ANY, inner) or (outer.startswith("*@") and inner.endswith(outer[1:]))


@dataclass(frozen=True)
class Placed:
    """A route at its place in the set; `key` is its id and version where it is stored like this."""

    place: int
    route: Route
    key: tuple[str, int] | None = None
    enforced: bool = True  # False: in shadow, it takes nothing from others

    @property
    def name(self) -> str:
        """The route's name."""
        return self.route.name

    @cached_property
    def exact(self) -> frozenset[str]:
        """Senders named by their address."""
        return frozenset(each for each in self.route.sender if not each.startswith("*@"))

    @cached_property
    def domains(self) -> frozenset[str]:
        """Domains whose senders are all meant."""
        return frozenset(each[2:] for each in self.route.sender if each.startswith("*@"))

    @cached_property
    def exact_domains(self) -> frozenset[str]:
        """The domains of the senders named by their address."""
        return frozenset(each.rpartition("@")[2] for each in self.exact)

    @cached_property
    def pattern(self) -> str | None:
        """subject_regex, unless it plainly lets everything through."""
        return self.route.subject_regex if self.route.subject_regex not in (None, "", "^", "$", ".*") else None

    def subjects(self, patterns: Patterns) -> set[str]:
        """Subjects that the route may well let through."""
        return {"", *self.route.subject_contains, *([patterns.example(self.pattern)] if self.pattern else [])}

    def allows(self, subject: str, patterns: Patterns) -> bool:
        """Whether the conditions on the subject hold for one that `subjects` gave."""
        words = self.route.subject_contains
        fits = not words or any(word in subject.lower() for word in words)
        return fits and (self.pattern is None or patterns.match(self.pattern, subject))


def disjoint(a: Placed, b: Placed) -> bool:
    """Whether no mail can meet both for one address, whatever their patterns say."""
    one, other = a.route, b.route
    return bool(
        _differ(one.mailbox, other.mailbox) or _differ(one.list_id, other.list_id)
        or _differ(one.has_attachment, other.has_attachment)
        or not (within(one.recipient, other.recipient) or within(other.recipient, one.recipient))
        or not _senders_meet(a, b)
    )  # fmt: skip


def meet(a: Placed, b: Placed, patterns: Patterns) -> bool | None:
    """Whether some mail meets both for one address."""
    if disjoint(a, b):
        return False
    wanted = {pattern for pattern in (a.pattern, b.pattern) if pattern}
    if all(patterns.is_open(each) for each in wanted):
        return True
    subjects = a.subjects(patterns) | b.subjects(patterns)
    return any(a.allows(one, patterns) and b.allows(one, patterns) for one in subjects) or None


def holds(big: Placed, small: Placed, patterns: Patterns) -> bool | None:
    """Whether whatever the small one could catch lies within the big one's conditions."""
    outer, inner = big.route, small.route
    if (
        not within(inner.recipient, outer.recipient) or outer.mailbox not in (None, inner.mailbox)
        or outer.list_id not in (None, inner.list_id) or outer.has_attachment not in (None, inner.has_attachment)
        or (inner.match_delivered and not outer.match_delivered)
        or not _senders_within(small, big) or not words_within(inner.body_contains, outer.body_contains)
    ):  # fmt: skip
        return False
    return _subjects_within(small, big, patterns)


def words_within(inner: list[str], outer: list[str]) -> bool:
    """Whether every text with one of the inner words has one of the outer words; no words: any text."""
    return not outer or (bool(inner) and all(any(part in word for part in outer) for word in inner))


def _subjects_within(small: Placed, big: Placed, patterns: Patterns) -> bool | None:
    words = words_within(small.route.subject_contains, big.route.subject_contains)
    if words and big.pattern in (None, small.pattern):
        return True
    if not words and not small.pattern:
        return False
    return False if any(small.allows(one, patterns) and not big.allows(one, patterns)
                        for one in small.subjects(patterns)) else None  # fmt: skip


def _senders_within(small: Placed, big: Placed) -> bool:
    if not big.route.sender:
        return True
    return bool(small.route.sender) and small.domains <= big.domains and all(
        each in big.exact or each.rpartition("@")[2] in big.domains for each in small.exact
    )  # fmt: skip


def _senders_meet(a: Placed, b: Placed) -> bool:
    if not a.route.sender or not b.route.sender:
        return True
    return not (a.exact.isdisjoint(b.exact) and a.domains.isdisjoint(b.domains)
                and a.domains.isdisjoint(b.exact_domains) and b.domains.isdisjoint(a.exact_domains))  # fmt: skip


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other
