"""What routes stand in: the desk's mailboxes, blocks and catalog; and what a route can't do there on its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.conflicts.extent import Placed
from core.conflicts.finding import Finding, Fix
from core.store import Connection

Block = tuple[str, str, str | None]  # kind, value, mailbox

ENTRIES = """
SELECT DISTINCT effect, kind, value, mailbox FROM entry_in_force
WHERE expires_at IS NULL OR expires_at > $now::TIMESTAMP
"""


@dataclass(frozen=True)
class Surroundings:
    """The mailboxes (name → address), the blocks and allows in force and the catalog of a desk."""

    addresses: dict[str, str]
    blocks: frozenset[Block]
    allows: frozenset[Block]
    catalog: frozenset[tuple[str, str, str]]

    @property
    def mailboxes(self) -> frozenset[str]:
        """The names of all mailboxes."""
        return frozenset(self.addresses)

    def blocked(self, kind: str, value: str, mailbox: str | None) -> bool:
        """Whether mail of a sender, domain or list is blocked wherever the route looks."""
        return (kind, value, None) in self.blocks or (mailbox is not None and (kind, value, mailbox) in self.blocks)

    def may_be_spared(self, sender: str, mailbox: str | None) -> bool:
        """Whether an allow may let some mail of this sender (an address, `*@domain`, or `*`) through where it looks."""
        return any(
            _may_match(kind, value, sender) and (where is None or mailbox is None or where == mailbox)
            for kind, value, where in self.allows
        )


def surroundings(db: Connection, now: datetime) -> Surroundings:
    """What routes stand in at this moment (UTC)."""
    entries = db.rows(ENTRIES, now=now)
    return Surroundings(
        dict(db.rows("SELECT name, address FROM mailbox")),
        frozenset((kind, value, mailbox) for effect, kind, value, mailbox in entries if effect == "block"),
        frozenset((kind, value, mailbox) for effect, kind, value, mailbox in entries if effect == "allow"),
        frozenset(db.rows("SELECT customer, contract, service FROM catalog")),
    )


def _may_match(kind: str, value: str, sender: str) -> bool:
    """Whether an allow may be about some of this sender's mail: any of it may come by a list."""
    domain = sender.rpartition("@")[2]
    if kind == "list_id" or sender == "*":
        return True
    if kind == "domain":
        return value == domain
    return value == sender or (sender.startswith("*@") and value.endswith(f"@{domain}"))


def alone(routes: Sequence[Placed], around: Surroundings) -> list[Finding]:
    """What can never hold, and what would open nothing, whatever the other routes are."""
    return [finding for each in routes for finding in _alone(each, around)]


def _alone(placed: Placed, around: Surroundings) -> Iterator[Finding]:
    keys = (placed.key,) if placed.key else ()
    if why := _never(placed, around):
        yield Finding("never_holds", placed.name, fix=Fix("remove", placed.name), why=why, keys=keys)
    target = placed.route.target
    if (target.customer, target.contract, target.service) not in around.catalog:
        yield Finding("target_missing", placed.name, keys=keys)


def _never(placed: Placed, around: Surroundings) -> str:
    route = placed.route
    if route.mailbox is not None and route.mailbox not in around.mailboxes:
        return "mailbox_gone"
    own = frozenset(around.addresses.values())
    if route.sender and all(each in own for each in route.sender):
        return "own_senders"
    if (route.list_id and around.blocked("list_id", route.list_id, route.mailbox)
            and not around.may_be_spared("*", route.mailbox)):  # fmt: skip
        return "list_blocked"
    if route.sender and all(_ended(each, route.mailbox, own, around) for each in route.sender):
        return "senders_blocked"
    return ""


def _ended(sender: str, mailbox: str | None, own: frozenset[str], around: Surroundings) -> bool:
    """Whether mail of a sender ends before the routes are asked (DESIGN §2, steps 3 and 4)."""
    domain = sender.rpartition("@")[2]
    if sender in own:
        return True
    blocked = around.blocked("domain", domain, mailbox) or around.blocked("address", sender, mailbox)
    return blocked and not around.may_be_spared(sender, mailbox)
