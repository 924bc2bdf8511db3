"""DESIGN §2 written down a second time, in plain Python, one mail after the other: the SQL must agree with it.

Hypothesis draws small worlds: a few addresses, routes and mails, in batches of any size.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import collection
from core.routes import Target
from tests.desk import INVOICES, DeskUnderTest, mail, route

EXAMPLES = int(os.environ.get("STRAYDESK_TEST_EXAMPLES", "8"))
GONE = Target(customer="Gone", contract="Long ago", service="Nothing")
ROBOT = "robot@acme.example"
OURS = "ar@desk.example"
PLUS = "ap+t-000001@desk.example"
RECIPIENTS = ["a@desk.example", "b@desk.example", "c@out.example", "ap@desk.example", "All staff", PLUS]
LIST = "l.example"
ENDED = """
SELECT v.uid, m.status, m.cause, d.step,
       coalesce(list(DISTINCT f.uid || w.opened_by ORDER BY f.uid || w.opened_by) FILTER (w.id IS NOT NULL), [])
FROM message AS m JOIN delivery AS v ON v.message_id = m.id JOIN decision AS d ON d.message_id = m.id
LEFT JOIN work_item_message AS i ON i.message_id = m.id
LEFT JOIN work_item AS w ON w.id = i.work_item_id
LEFT JOIN work_item_message AS o ON o.work_item_id = w.id AND o.how = 'opened'
LEFT JOIN delivery AS f ON f.message_id = o.message_id
GROUP BY v.uid, m.status, m.cause, d.step ORDER BY v.uid
"""
Ended = tuple[str, str | None, str, list[str]]


@dataclass(frozen=True)
class Mail:
    message_id: int
    answers: int
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    sender: str = "s@acme.example"
    subject: str = "alpha"
    listed: bool = False
    attached: bool = False
    automatic: bool = False

    def composed(self) -> bytes:
        return mail(
            message_id=f"m{self.message_id}@x", in_reply_to=f"m{self.answers}@x", to=", ".join(self.to),
            cc=", ".join(self.cc), delivered=self.delivered, sender=self.sender, subject=self.subject,
            list_id=LIST * self.listed, attached=["a.pdf"] * self.attached, precedence="bulk" * self.automatic,
        )  # fmt: skip

    def reached(self) -> set[str]:
        """The valid addresses that the mail itself names."""
        return {address for address in self.to + self.cc + self.delivered if "@" in address}

    def lies_at(self) -> set[str]:
        return set(self.delivered) or {"ap@desk.example"}


# The work item T-000001, and a robot that has nearly been too eager.
BEFORE = [
    Mail(100, 999, to=("first@desk.example",)),
    *(Mail(101 + n, 999, sender=ROBOT, automatic=True) for n in range(18)),
]
MAILS = st.builds(
    Mail,
    message_id=st.integers(0, 15),
    answers=st.integers(0, 25),
    to=st.lists(st.sampled_from(RECIPIENTS), max_size=3).map(tuple),
    cc=st.lists(st.sampled_from(RECIPIENTS), max_size=1).map(tuple),
    delivered=st.lists(st.sampled_from(RECIPIENTS[:3]), max_size=2, unique=True).map(tuple),
    sender=st.sampled_from(["s@acme.example", "s@acme.example", "t@acme.example", "u@zen.example", OURS, ROBOT]),
    subject=st.sampled_from(["alpha", "alpha", "beta", "alpha beta", "gamma"]),
    listed=st.sampled_from([False, False, False, True]),
    attached=st.booleans(),
    automatic=st.booleans(),
)
ROUTES = st.fixed_dictionaries(
    {"recipient": st.sampled_from(["a@desk.example", "b@desk.example", "*@desk.example", "*@out.example", "*"])},
    optional={
        "sender": st.lists(st.sampled_from(["s@acme.example", "*@acme.example", "*@zen.example"]), max_size=2),
        "subject_contains": st.lists(st.sampled_from(["alpha", "beta"]), max_size=2),
        "list_id": st.just(LIST),
        "has_attachment": st.booleans(),
        "match_delivered": st.booleans(),
        "active": st.booleans(),
        "gone": st.just(True),
    },
).filter(lambda given: bool(given["recipient"] != "*" or given.get("sender") or given.get("list_id")))
BLOCKS = st.sets(
    st.sampled_from([("address", "t@acme.example"), ("domain", "zen.example"), ("list_id", LIST)]), max_size=1
)


@dataclass
class Item:
    """A work item: the mail and route that opened it, and the addresses it came in by."""

    opened_by: str
    addresses: set[str]


@dataclass
class ByHand:
    """The desk of DESIGN §2 and §3, without a database."""

    routes: list[dict[str, Any]]
    blocks: set[tuple[str, str]]
    items: list[Item] = field(default_factory=list)
    seen: list[tuple[Mail, list[Item]]] = field(default_factory=list)
    robots: int = 0

    def decide(self, uid: str, one: Mail) -> Ended:
        """One mail, after all that were decided before it."""
        self.robots += one.automatic and one.sender == ROBOT
        step, status, cause, items = self._decide(uid, one)
        self.seen.append((one, items))
        return status, cause, step, sorted(item.opened_by for item in items)

    def _decide(self, uid: str, one: Mail) -> tuple[str, str, str | None, list[Item]]:
        domain = one.sender.split("@")[1]
        if self.blocks & {("address", one.sender), ("domain", domain), ("list_id", LIST * one.listed)}:
            return "block", "deleted", None, []
        if one.sender == OURS and PLUS not in one.reached():
            return "own_address", "unprocessed", "own_address", []
        if one.automatic and one.sender == ROBOT and self.robots > 20:
            return "flood", "unprocessed", "flood", []
        if answered := self._answered(one):
            return "reply", "processed", None, answered
        step, hits = self._hits(one)
        if not hits:
            return "none", "unprocessed", self._cause(one), []
        opened = self._open(uid, one, hits)
        return (step, "processed", None, opened) if opened else ("none", "unprocessed", "target_missing", [])

    def _answered(self, one: Mail) -> list[Item]:
        """The items that the mail belongs to already: by what it names, or as another copy of what went there."""
        found = [self.items[0]] if PLUS in one.reached() else []
        for earlier, items in self.seen:
            copy = (earlier.message_id, earlier.sender, earlier.subject) == (one.message_id, one.sender, one.subject)
            if copy or earlier.message_id == one.answers:
                found += [item for item in items if item not in found and item.addresses & one.reached()]
        return found

    def _hits(self, one: Mail) -> tuple[str, list[tuple[int, str]]]:
        """The step that caught it, and the first route that takes each address."""
        named = {address for address in one.to + one.cc if "@" in address}
        if hits := [(rank, address) for address in named for rank in self._ranks(one, address)[:1]]:
            return "route", hits
        blind = [(rank, address) for address in one.lies_at() for rank in self._ranks(one, address)
                 if self.routes[rank].get("match_delivered")]  # fmt: skip
        return "delivered", sorted(blind)[:1]

    def _ranks(self, one: Mail, address: str) -> list[int]:
        return [rank for rank, each in enumerate(self.routes) if _names(each, address) and _holds(each, one)]

    def _open(self, uid: str, one: Mail, hits: list[tuple[int, str]]) -> list[Item]:
        beside = one.lies_at() - set(one.to + one.cc)
        ranks = sorted({rank for rank, _address in hits if not self.routes[rank].get("gone")})
        opened = [Item(f"{uid}R{rank}", {address for at, address in hits if at == rank} | beside) for rank in ranks]
        self.items += opened
        return opened

    def _cause(self, one: Mail) -> str:
        valid = {address for address in one.to + one.cc if "@" in address}
        if not valid:
            return "no_valid_address" if one.to + one.cc else "bcc_only"
        own = [each for each in self.routes if each["recipient"] != "*" and each.get("active", True)]
        missed = any(_names(each, address) for each in own for address in valid)
        return "conditions_not_met" if missed else "no_route"


def _names(each: dict[str, Any], address: str) -> bool:
    return each["recipient"] in ("*", address, "*@" + address.split("@")[1])


def _holds(each: dict[str, Any], one: Mail) -> bool:
    senders, words = each.get("sender"), each.get("subject_contains")
    return bool(
        each.get("active", True)
        and (not senders or {one.sender, "*@" + one.sender.split("@")[1]} & set(senders))
        and (not words or any(word in one.subject for word in words))
        and ("list_id" not in each or one.listed)
        and each.get("has_attachment", one.attached) == one.attached
    )


def written(rank: int, each: dict[str, Any]) -> dict[str, Any]:
    """A drawn route as a desk takes it."""
    conditions = {name: value for name, value in each.items() if name not in ("recipient", "gone")}
    return route(f"R{rank}", each["recipient"], GONE if each.get("gone") else INVOICES, **conditions)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(
    routes=st.lists(ROUTES, max_size=8),
    blocks=BLOCKS,
    mails=st.lists(MAILS, min_size=5, max_size=40),
    at_once=st.integers(4, 40),
)
def test_the_sql_decides_every_mail_as_the_rules_read_by_hand(
    routes: list[dict[str, Any]], blocks: set[tuple[str, str]], mails: list[Mail], at_once: int
) -> None:
    routes = [{"recipient": "first@desk.example"}, *routes]
    by_hand = ByHand(routes, blocks)
    with TemporaryDirectory() as folder, patch.object(collection, "AT_ONCE", at_once):
        desk = DeskUnderTest(Path(folder), [written(rank, each) for rank, each in enumerate(routes)])
        for kind, value in blocks:
            desk.block(kind, value)
        desk.receive(*(one.composed() for one in BEFORE))
        desk.receive(*(one.composed() for one in mails))
        ended = {uid: tuple(rest) for uid, *rest in desk.rows(ENDED)}
    uids = [f"{number:06}.eml" for number in range(1, len(BEFORE) + len(mails) + 1)]
    expected = {uid: by_hand.decide(uid, one) for uid, one in zip(uids, [*BEFORE, *mails], strict=True)}
    assert ended == expected
