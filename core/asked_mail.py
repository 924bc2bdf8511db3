"""A mail that is asked about, laid out as deciding reads it: pasted, typed or stored. Nothing of it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any

from core.errors import NotFound
from core.intake import Raw, new_id
from core.language import _
from core.parsed_rows import Batch
from core.parsing import ParsedMessage
from core.reading import read
from core.scope import Scope
from core.store import Connection, sql

STORED: Mapping[str, str] = {
    "batch": "SELECT *, $now::TIMESTAMP AS decided_at, false AS exempt_from_blocks FROM message "
    "WHERE list_contains($ids::UUID[], id)",
    "batch_recipient": "SELECT * FROM recipient WHERE list_contains($ids::UUID[], message_id)",
    "batch_body": "SELECT * FROM message_body WHERE list_contains($ids::UUID[], message_id)",
}


@dataclass(frozen=True)
class TypedMail:
    """A mail as far as people type it; addresses as in a header field, several by comma."""

    mailbox: str
    to: str = ""
    cc: str = ""
    sender: str = ""
    subject: str = ""
    body: str = field(default="", repr=False)
    list_id: str = ""
    has_attachment: bool = False

    def as_bytes(self) -> bytes:
        """The mail that says this, as it would arrive."""
        composed = EmailMessage(policy=SMTPUTF8)
        composed.set_content(_told(self.body))
        if self.has_attachment:
            composed.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="attached.pdf")
        # Written by hand: the library refuses addresses that real mail is full of.
        fields = {"From": self.sender, "To": self.to, "Cc": self.cc, "Subject": self.subject, "List-Id": self.list_id}
        lines = [f"{name}: {' '.join(value.split())}\r\n" for name, value in fields.items() if value.strip()]
        return _told("".join(lines)).encode() + composed.as_bytes()


def _told(text: str) -> str:
    """The text without halves of characters, which no mail can hold."""
    return text.encode("utf-8", "replace").decode()


def mailbox_address(db: Connection, scope: Scope, mailbox: str) -> str:
    """The address of a mailbox in scope. Raises NotFound for any other."""
    known = db.value("SELECT address FROM mailbox WHERE name = $mailbox", mailbox=mailbox)
    if mailbox not in scope.mailboxes or known is None:
        raise NotFound(_("There is no mailbox “{mailbox}”.").format(mailbox=mailbox[:60]))
    return str(known)


def read_asked(scope: Scope, raw: bytes) -> ParsedMessage:
    """The mail, read as collecting reads it. Raises InvalidInput where that costs too much."""
    return read(scope, raw)


def lay_out_new(db: Connection, scope: Scope, parsed: ParsedMessage, mailbox: str) -> None:
    """Lay a mail out as if it had just come to a mailbox: `batch` and what belongs to it. Raises NotFound."""
    address, now = mailbox_address(db, scope, mailbox), scope.desk.now()
    raw = Raw(new_id(), b"", True, parsed.size, parsed.received_at)
    for name, rows in Batch([(raw, parsed)], (mailbox, address), now, False).lay_out().items():
        db.lay(name, rows)
    db.script(sql("lay_out_asked"))
    db.script(sql("round"))


def decide_asked(db: Connection) -> None:
    """Conclude what would become of the mail laid out: the tables that decide.sql gives, and nothing else."""
    db.run("CREATE OR REPLACE TEMP TABLE deciding_route AS SELECT * FROM route_set")
    db.script(sql("match"))
    db.script(sql("decide"))


def lay_out_stored(db: Connection, scope: Scope, ids: Sequence[str]) -> None:
    """Lay stored messages out the same way; the caller has made sure that they are in scope."""
    for name, statement in STORED.items():
        parameters: dict[str, Any] = {"ids": list(ids)} | ({"now": scope.desk.now()} if name == "batch" else {})
        db.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {statement}", **parameters)
    db.run("CREATE OR REPLACE TEMP TABLE decided (id UUID)")
    db.script(sql("round"))
