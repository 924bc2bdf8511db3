"""A small but whole desk in a folder, with its own mail: what every test of the engine works on.

`desk.receive(mail(to="invoices@desk.example"))` writes the mail where the mailbox is read and runs the real collector.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from core.collecting import collect
from core.configuration import load
from core.messages import message
from core.routes import Target
from core.runs import Run
from core.scope import Desk, Scope
from core.seeding import seed
from core.store import file
from tests.homes import Place, copied, laid_out, place_in

AP = "Accounts Payable"
AR = "Accounts Receivable"
PEOPLE = "People"
CONFIGURATION = """
routes = "routes.toml"

[limits]
size = 20000

[[person]]
email = "ana@desk.example"
[[person]]
email = "bea@desk.example"
[[person]]
email = "leo@desk.example"
role = "lead"
[[person]]
email = "ida@desk.example"
role = "analyst"
[[person]]
email = "hana@desk.example"
[[person]]
email = "nemo@desk.example"
[[person]]
email = "ada@desk.example"
role = "administrator"

[[team]]
name = "Finance"
members = ["ana@desk.example", "bea@desk.example", "leo@desk.example", "ida@desk.example"]
[[team]]
name = "Staff"
members = ["hana@desk.example"]

[[mailbox]]
name = "Accounts Payable"
address = "ap@desk.example"
team = "Finance"
source = "eml:mail/ap"
[[mailbox]]
name = "Accounts Receivable"
address = "ar@desk.example"
team = "Finance"
source = "eml:mail/ar"
[[mailbox]]
name = "People"
address = "people@desk.example"
team = "Staff"
source = "eml:mail/people"

[[customer]]
name = "Acme"
contracts = [{ name = "P2P", services = ["Invoices", "Payments", "Statements"] }]
[[customer]]
name = "Desk"
contracts = [{ name = "Own", services = ["Staff"] }]
"""
FOLDERS = {AP: "ap", AR: "ar", PEOPLE: "people"}
INVOICES = Target(customer="Acme", contract="P2P", service="Invoices")
PAYMENTS = Target(customer="Acme", contract="P2P", service="Payments")
STAFF = Target(kind="case", customer="Desk", contract="Own", service="Staff")
SENT = datetime(2025, 3, 3, 9, 0)
OUTCOMES = """
SELECT m.id::VARCHAR, CASE m.status
    WHEN 'unprocessed' THEN m.cause
    WHEN 'deleted' THEN 'deleted: ' || coalesce(d.evidence, 'by a person')
    ELSE CASE WHEN d.step IN ('route', 'delivered') THEN d.step || ': ' || d.evidence
              ELSE replace(d.step, 'none', 'create') || ': ' || coalesce(w.items, 'nothing') END
END
FROM message AS m
JOIN decision_newest AS n ON n.message_id = m.id JOIN decision AS d ON d.id = n.decision_id
LEFT JOIN (SELECT o.message_id, string_agg(DISTINCT i.reference, ', ' ORDER BY i.reference) AS items
           FROM work_item_message AS o JOIN work_item AS i ON i.id = o.work_item_id GROUP BY o.message_id) AS w
  ON w.message_id = m.id
"""
TRACE = """
SELECT t.kind, t.address, r.name, t.failed, t.outcome
FROM decision_trace AS t JOIN decision_newest AS d USING (decision_id)
JOIN route AS r ON r.id = t.route_id AND r.version = t.route_version
WHERE t.message_id = $id::UUID
ORDER BY list_position(['to', 'cc', 'delivered'], t.kind), t.address, t.position
"""
_numbers = count(1)
file.REST = 0.0  # nobody waits beside these tests


def mail(
    *,
    sender: str = "sue@supplier.example",
    to: str = "",
    cc: str = "",
    delivered: str | Sequence[str] = (),
    subject: str = "Hello",
    text: str = "Good morning.",
    html: str = "",
    message_id: str = "",
    in_reply_to: str = "",
    references: str = "",
    list_id: str = "",
    attached: str | Sequence[str] = (),
    sent: datetime = SENT,
    **headers: str,
) -> bytes:
    """A mail as bytes; no two are the same. Addresses as they stand in a header, several by comma.

    Other headers by name, with underscores: `auto_submitted="auto-replied"`.
    """
    composed = EmailMessage()
    number = next(_numbers)
    written = {
        "Subject": subject,
        "Message-ID": message_id and f"<{message_id}>",
        "List-Id": list_id and f"<{list_id}>",
    }
    written |= {"In-Reply-To": _bracketed(in_reply_to), "References": _bracketed(references)}
    written |= {"Date": format_datetime(sent), "X-Number": str(number)}
    written |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    for name, value in written.items():
        if value:
            composed[name] = value
    composed.set_content(text)
    if html:
        composed.add_alternative(html, subtype="html")
    for name in [attached] if isinstance(attached, str) else attached:
        composed.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=name)
    # Written by hand: the library refuses addresses that real mail is full of.
    addressed = [("From", sender), ("To", to), ("Cc", cc)]
    addressed += [("Delivered-To", each) for each in ([delivered] if isinstance(delivered, str) else delivered)]
    return "".join(f"{name}: {value}\n" for name, value in addressed if value).encode() + composed.as_bytes()


def route(name: str, recipient: str, target: Target = INVOICES, **conditions: Any) -> dict[str, Any]:
    """A route as `DeskUnderTest.route_set` takes it."""
    return {"name": name, "recipient": recipient, "target": target.model_dump(), **conditions}


@dataclass
class DeskUnderTest:
    """A real desk in `folder`, three mailboxes of two teams, and the people of CONFIGURATION. Its clock stands."""

    folder: Path
    routes: Sequence[dict[str, Any]] = ()
    configuration: str = CONFIGURATION
    clock: datetime = SENT + timedelta(days=1)
    desk: Desk = field(init=False)
    place: Place = field(init=False)
    _written: Iterator[int] = field(default_factory=lambda: count(1), init=False)

    def __post_init__(self) -> None:
        for name in FOLDERS.values():
            (self.folder / "mail" / name).mkdir(parents=True, exist_ok=True)
        routes = tomli_w.dumps({"route": list(self.routes)})
        (self.folder / "routes.toml").write_text(routes)
        (self.folder / "straydesk.toml").write_text(self.configuration)
        self.place = laid_out(self.folder, self.configuration + routes, self.opened)
        self.desk = self.opened()

    def copied_to(self, folder: Path) -> "DeskUnderTest":
        """Another desk, in a new folder, that is as this one is now."""
        other = copy(self)
        other.folder = copied(self.folder, folder)
        other.place = place_in(folder)
        other.desk = other.opened()
        return other

    @property
    def store_path(self) -> Path:
        return self.folder / "store.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """What names this desk's store to other programs."""
        return self.place.environment

    def name_store(self, environment: pytest.MonkeyPatch) -> None:
        """The same for this process."""
        for name, value in self.environment.items():
            environment.setenv(name, value)

    def opened(self, place: Place | None = None) -> Desk:
        """The desk opened anew, as `open_desk` does it, on its own store (or that at `place`), with its own clock."""
        place = place or self.place
        given = load(self.folder / "straydesk.toml")
        named = {"store": place.location, "data": place.data}
        configuration = replace(given, settings=given.settings.model_copy(update=named))
        store = place.opened()
        seed(store, configuration, self.clock)
        return Desk(configuration, store, lambda: self.clock)

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep the store open for this thread: opening it takes longer than most of what tests do."""
        with self.desk.store.reading():
            yield

    def acting(self, name: str) -> Scope:
        """The scope of ana and bea (Finance), leo (lead), ida (analyst), hana (Staff), nemo, ada (administrator)."""
        return self.desk.acting(f"{name}@desk.example")

    def write(self, *mails: bytes, mailbox: str = AP) -> list[str]:
        """Lay mail where the mailbox is read, in this order; answers the file names."""
        names = [f"{next(self._written):06}.eml" for _mail in mails]
        for name, raw in zip(names, mails, strict=True):
            (self.folder / "mail" / FOLDERS[mailbox] / name).write_bytes(raw)
        return names

    def collect(self, *mailboxes: str) -> dict[str, Run]:
        """Run the collector as the operator; the runs by mailbox."""
        return {run.mailbox: run for run in collect(self.desk.operator(), mailboxes, side_by_side=1)}

    def receive(self, *mails: bytes, mailbox: str = AP) -> list[str]:
        """Collect these mails in one run of their mailbox; answers the message each one became, in order."""
        names = self.write(*mails, mailbox=mailbox)
        with self.kept_open():
            run = self.collect(mailbox)[mailbox]
        assert run.problem is None, run.problem
        where = dict(
            self.rows("SELECT uid, message_id::VARCHAR FROM delivery WHERE mailbox = $mailbox", mailbox=mailbox)
        )
        return [where[name] for name in names]

    def receive_one(self, raw: bytes, mailbox: str = AP) -> str:
        (id,) = self.receive(raw, mailbox=mailbox)
        return id

    def says(self, id: str) -> str:
        """What became of a message: its cause, `deleted: …`, `route: …`, `delivered: …`, `reply: …` or `create: …`."""
        return self.outcomes()[id]

    def outcomes(self) -> dict[str, str]:
        """What became of each message."""
        return dict(self.rows(OUTCOMES))

    def trace(self, id: str) -> list[str]:
        """The newest decision's trace in the order tried: `to ap@desk.example: Invoices – sender, subject_regex`."""
        return [
            f"{kind} {address}: {name} – {', '.join(failed) or outcome}"
            for kind, address, name, failed, outcome in self.rows(TRACE, id=id)
        ]

    def items(self, id: str) -> list[str]:
        """The references of the work items a message is in."""
        return [item["reference"] for item in message(self.desk.operator(), id)["work_items"]]

    def block(
        self, kind: str, value: str, mailbox: str | None = None, expires_at: datetime | None = None, *,
        effect: str = "block",
    ) -> None:  # fmt: skip
        self.change(
            "INSERT INTO block VALUES (uuidv7(), $kind, $value, $mailbox, 'spam', 'leo@desk.example', $now, "
            "$expires_at, NULL, NULL, $effect, 'leo@desk.example', NULL, NULL)",
            kind=kind, value=value, mailbox=mailbox, now=self.clock, expires_at=expires_at, effect=effect,
        )  # fmt: skip

    def rows(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with self.desk.store.reading() as db:
            return db.rows(statement, **parameters)

    def value(self, statement: str, **parameters: Any) -> Any:
        return self.rows(statement, **parameters)[0][0]

    def change(self, statement: str, **parameters: Any) -> int:
        return self.desk.store.change(lambda db: db.run(statement, **parameters))


def _bracketed(identifiers: str) -> str:
    return " ".join(f"<{each}>" for each in identifiers.split())
