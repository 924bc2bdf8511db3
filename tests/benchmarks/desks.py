"""The desk that benchmarks work on: six mailboxes with sixty addresses, a catalog, and route sets of any length."""

from collections.abc import Iterable, Mapping
from itertools import cycle, islice
from pathlib import Path
from random import Random

import tomli_w

from core.clock import now
from core.configuration import load
from core.route_versions import replace_routes
from core.routes import Route
from core.scope import Desk
from core.seeding import seed
from core.store import Store, open_store
from tests.homes import Place

DOMAIN = "desk.example"
MAILBOXES = {"Accounts Payable": "ap", "Receivables": "ar", "Payroll": "payroll", "Travel": "travel", "IT": "it",
             "Purchasing": "purchasing"}  # fmt: skip
TOPICS = ("invoices", "reminders", "orders", "claims", "master-data", "contracts", "urgent", "emea", "latam")
WORDS = ("invoice", "factura", "reminder", "purchase order", "credit note", "statement", "payslip", "travel", "refund",
         "access", "password", "delivery", "contract", "update", "urgent", "approval", "report", "new", "free",
         "re:")  # fmt: skip
CUSTOMERS = [f"Customer {number}" for number in range(1, 11)]
CONTRACTS = ("P2P", "O2C")
SERVICES = ("Invoices", "Payments", "Questions")


def addresses_of(mailbox: str) -> list[str]:
    """The ten addresses of a mailbox, its own first."""
    local = MAILBOXES[mailbox]
    return [f"{local}@{DOMAIN}", *(f"{local}-{topic}@{DOMAIN}" for topic in TOPICS)]


ADDRESSES = [address for mailbox in MAILBOXES for address in addresses_of(mailbox)]


def written_desk(folder: Path, mailboxes: Mapping[str, str] = MAILBOXES, **more: object) -> Path:
    """The configuration file of a desk whose mailboxes have these sources (`maildir:…` folders where none is named)."""
    path = folder / "straydesk.toml"
    sources = {name: source if ":" in source else f"maildir:{source}" for name, source in mailboxes.items()}
    contracts = [{"name": contract, "services": list(SERVICES)} for contract in CONTRACTS]
    document = {
        "person": [{"email": f"ana@{DOMAIN}", "name": "Ana", "role": "agent"}],
        "team": [{"name": "Desk", "members": [f"ana@{DOMAIN}"]}],
        "mailbox": [
            {"name": name, "address": addresses_of(name)[0], "team": "Desk", "source": source, **more}
            for name, source in sources.items()
        ],
        "customer": [{"name": name, "contracts": contracts} for name in CUSTOMERS],
    }
    path.write_text(tomli_w.dumps(document))
    return path


def opened_desk(configuration: Path, store: Path | Place, routes: Iterable[Route] = ()) -> Desk:
    """The desk of a configuration on a store; with these routes in force, if there are any."""
    desk = Desk(load(configuration), store.opened() if isinstance(store, Place) else open_store(store))
    seed(desk.store, desk.configuration, now())
    if made := list(routes):
        set_routes(desk.store, made)
    return desk


def set_routes(store: Store, routes: list[Route]) -> None:
    """Puts these routes in force instead of those that were."""
    store.change(lambda db: replace_routes(db, routes, "benchmark", now()))


def realistic_routes(count: int, senders: list[str], addresses: list[str] = ADDRESSES) -> list[Route]:
    """A route set as it grows on a desk: mostly one address, some customers and a few words, and then all the rest.

    Of a hundred routes 36 name an address and senders, 30 an address, senders and words, 12 an address and words, 7 a
    domain as recipient, 5 whatever comes from a sender, 4 a pattern, 2 words of the body, 2 attachments, 2 delivery.
    """
    dice = Random(count)
    kinds = cycle(_spread({"sender": 36, "sender words": 30, "words": 12, "domain": 7, "catch_all": 5, "regex": 4,
                           "body": 2, "attachment": 2, "delivered": 2}))  # fmt: skip
    return [_route(f"Route {number}", kind, dice, senders, addresses)
            for number, kind in enumerate(islice(kinds, count), start=1)]  # fmt: skip


def _spread(shares: Mapping[str, int]) -> list[str]:
    kinds = [kind for kind, share in shares.items() for _each in range(share)]
    Random(1).shuffle(kinds)
    return kinds


def _route(name: str, kind: str, dice: Random, senders: list[str], addresses: list[str]) -> Route:
    chosen = dice.sample(senders, dice.randint(1, 4))
    sender = [address if dice.random() < 0.4 else "*@" + address.partition("@")[2] for address in chosen]
    words = dice.sample(WORDS, dice.randint(1, 3))
    exact: dict[str, object] = {"recipient": dice.choice(addresses)}
    mailbox = next(name for name in MAILBOXES if exact["recipient"] in addresses_of(name))
    conditions: dict[str, dict[str, object]] = {
        "sender": exact | {"sender": sender},
        "sender words": exact | {"sender": sender, "subject_contains": words},
        "words": exact | {"subject_contains": words[:1], "mailbox": mailbox},
        "domain": {"recipient": f"*@{DOMAIN}", "sender": sender, "subject_contains": words},
        "catch_all": {"recipient": "*", "sender": sender},
        "regex": exact | {"subject_regex": rf"(?i)\b{words[0]} \d{(4,)} of {words[-1]}$"},
        "body": exact | {"sender": [*sender, "*@example.com"], "body_contains": [words[0], "account number"]},
        "attachment": exact | {"sender": sender, "has_attachment": True, "subject_contains": ["invoice", "factura"]},
        "delivered": exact | {"sender": sender, "match_delivered": True},
    }
    target = {"kind": dice.choice(("ticket", "case")), "customer": dice.choice(CUSTOMERS),
              "contract": dice.choice(CONTRACTS), "service": dice.choice(SERVICES)}  # fmt: skip
    return Route.model_validate({"name": name, "target": target, **conditions[kind]})
