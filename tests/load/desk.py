"""The desk that many work at: one team, some mailboxes that mail is laid into, and one route."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any

import tomli_w

from core.configuration import load
from core.ledger import balances, ledger
from core.scope import Desk, open_desk
from core.seeding import seed
from core.store import open_store
from tests.desk import INVOICES, mail, route
from tests.homes import Place

ROUTED = 10  # one mail of so many has a route
DAY_BEGAN = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
# What must be empty: mail that is doubled, not decided, decided twice, acted on twice, or in no or two work items.
WRONG = {
    "stored twice": "SELECT sha256 FROM message_raw GROUP BY ALL HAVING count(*) > 1",
    "delivered twice": "SELECT mailbox, folder, uid FROM delivery GROUP BY ALL HAVING count(*) > 1",
    "decided other than once":
        "SELECT m.id FROM message AS m LEFT JOIN decision AS d ON d.message_id = m.id "
        "GROUP BY ALL HAVING count(d.id) <> 1",
    "won by other than one":
        "SELECT message_id FROM journal WHERE actor_kind = 'person' AND action IN ('delete', 'create') "
        "GROUP BY ALL HAVING count(*) <> 1",
    "not as the journal says":
        "SELECT m.id FROM message AS m JOIN journal AS j ON j.message_id = m.id "
        "WHERE j.actor_kind = 'person' AND j.action IN ('delete', 'create') AND m.status <> j.status_after",
    "decided by nobody":
        "SELECT m.id FROM message AS m WHERE m.status <> 'unprocessed' AND NOT EXISTS "
        "(SELECT 1 FROM journal AS j WHERE j.message_id = m.id AND j.status_after = m.status)",
    "in other than one work item":
        "SELECT m.id FROM message AS m LEFT JOIN work_item_message AS w ON w.message_id = m.id "
        "WHERE m.status = 'processed' GROUP BY ALL HAVING count(w.work_item_id) <> 1",
    "references twice": "SELECT reference FROM work_item GROUP BY ALL HAVING count(*) > 1",
}  # fmt: skip


@dataclass
class LoadDesk:
    """A desk in `folder` on the store at `place`, with so many agents and mailboxes."""

    folder: Path
    place: Place
    agents: int
    mailboxes: int
    delivered: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.people = [f"agent{number:02}@desk.example" for number in range(1, self.agents + 1)]
        self.names = [f"Mailbox {number}" for number in range(1, self.mailboxes + 1)]
        self._turn = cycle(range(self.mailboxes))
        for number in range(self.mailboxes):
            for each in ("new", "cur", "tmp"):
                (self._maildir(number) / each).mkdir(parents=True)
        (self.folder / "routes.toml").write_text(
            tomli_w.dumps({"route": [route("Invoices", "invoices@desk.example", INVOICES)]})
        )
        (self.folder / "straydesk.toml").write_text(tomli_w.dumps(self._document()))
        configuration = load(self.folder / "straydesk.toml")
        store = self.place.opened()
        desk = Desk(configuration, store)
        seed(store, configuration, desk.now())

    @property
    def environment(self) -> dict[str, str]:
        """What the programs at this desk are told."""
        return {"STRAYDESK_CONFIG": str(self.folder / "straydesk.toml"), "STRAYDESK_STORE": self.place.location,
                "STRAYDESK_DATA": self.place.data}  # fmt: skip

    def deliver(self, mails: int) -> None:
        """New mail, to each mailbox in turn."""
        for number in (next(self._numbers) for _each in range(mails)):
            to = "invoices@desk.example" if number % ROUTED == 0 else f"somebody{number % 7}@desk.example"
            sender = f"sender{number % 50}@supplier{number % 20}.example"
            raw = mail(sender=sender, to=to, subject=f"Mail {number}", text=f"Mail {number}.\n" * (number % 40 + 1))
            maildir, name = self._maildir(next(self._turn)), hashlib.sha256(raw).hexdigest()
            (maildir / "tmp" / name).write_bytes(raw)
            (maildir / "tmp" / name).rename(maildir / "new" / name)
            self.delivered += 1

    def stored(self) -> int:
        """How many mails are stored and decided."""
        return int(self._rows("SELECT count(DISTINCT message_id) FROM decision")[0][0])

    def acted(self) -> dict[str, int]:
        """Messages by what the journal says people did with them."""
        return dict(self._rows("SELECT action, count(*) FROM journal WHERE actor_kind = 'person' GROUP BY ALL"))

    def wrong(self, won: dict[str, int]) -> dict[str, int]:
        """What is lost, doubled or does not add up; empty, if all is well. `won`: what agents were told they did."""
        found = {name: len(self._rows(query)) for name, query in WRONG.items()}
        found["lost"] = self.delivered - self.stored()
        acted = self.acted()
        for action in ("delete", "create"):
            found[f"{action}: told other than done"] = won.get(action, 0) - acted.get(action, 0)
        os.environ.update(self.environment)
        desk = open_desk()
        rows = ledger(desk.operator(), desk.now().replace(**DAY_BEGAN), 2).to_dict("records")  # type: ignore[arg-type]
        found["ledger"] = sum(not balances(row) or bool(row["unaccounted"] or row["left_over"]) for row in rows)
        return {name: number for name, number in found.items() if number}

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with open_store(self.place.location, self.place.data).reading() as db:
            return db.rows(query)

    def _maildir(self, number: int) -> Path:
        return self.folder / f"mail{number + 1}"

    def _document(self) -> dict[str, Any]:
        return {
            "routes": "routes.toml",
            "collect": {"every_seconds": 2},
            "person": [{"email": person} for person in self.people],
            "team": [{"name": "Desk", "members": self.people}],
            "mailbox": [
                {"name": name, "address": f"box{number + 1}@desk.example", "team": "Desk",
                 "source": f"maildir:mail{number + 1}"}
                for number, name in enumerate(self.names)
            ],
            "customer": [{"name": "Acme", "contracts": [{"name": "P2P", "services": ["Invoices", "Payments"]}]}],
        }  # fmt: skip
