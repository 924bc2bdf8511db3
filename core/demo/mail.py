"""What the generator hands over: one mail as it lies in a mailbox, and what a person would do with it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Truth:
    """What a person of this desk does with a mail that no route took.

    action: `create`, `attach`, `delete`, or `ignore-for-now` (it still waits when the demo ends; the other fields then
    say what would be done). thread: the Message-ID of the mail whose work item it belongs to. by: whose habit it is.
    """

    action: str
    by: str
    kind: str = ""
    customer: str = ""
    contract: str = ""
    service: str = ""
    reason: str = ""
    thread: str = ""

    @property
    def target(self) -> dict[str, str]:
        """What is created: kind, customer, contract and service."""
        return {"kind": self.kind, "customer": self.customer, "contract": self.contract, "service": self.service}


@dataclass(frozen=True, slots=True)
class DemoMail:
    """One mail in one mailbox. `received_at` is naive UTC; `plus` names the mail whose item its plus address means."""

    mailbox: str
    file_name: str
    raw: bytes
    received_at: datetime
    message_id: str
    stream: str
    cause: str
    truth: Truth
    plus: str = ""

    @property
    def place(self) -> str:
        """Mailbox and file: no two mails share both."""
        return f"{self.mailbox}/{self.file_name}"
