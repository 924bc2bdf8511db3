"""A mail that is decided in every respect but not yet bytes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from random import Random

from core.demo.mail import Truth
from core.demo.senders import Sender, choose
from core.demo.slots import Slots, fill
from core.demo.streams import Stream
from core.demo.writing import Writing, write

INNER_SENDERS = "alderhardware.example brookcatering.example hazeltransport.example quickloan.test"


@dataclass(frozen=True, slots=True)
class Draft:
    """One mail: who writes what to whom and when. `key` seeds everything else that is chosen for it."""

    key: str
    stream: Stream
    received_at: datetime
    sender: Sender
    to: str
    cc: str
    writing: Writing
    slots: Slots
    truth: Truth
    inner: "tuple[Sender, Writing] | None" = None  # what is forwarded
    parent: "Draft | None" = None  # the mail it answers
    answer: Writing | None = None  # what the desk had written in between
    linked: bool = True  # whether its headers say what it answers
    plus: bool = False  # whether its To names the work item of the parent

    @property
    def message_id(self) -> str:
        """Its Message-ID without the angle brackets."""
        return f"{token(self.key)}@{self.sender.domain or 'mail.example'}"

    @property
    def root(self) -> "Draft":
        """The first mail of its thread."""
        return self.parent.root if self.parent else self


def token(key: str) -> str:
    """A name that is as good as unique and the same every time."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def draft(key: str, stream: Stream, received_at: datetime, truth: Truth) -> Draft:
    """A mail of the stream that arrives at that moment."""
    rng = Random(key)
    language = rng.choice(stream.languages)
    sender = choose(rng, stream.sender, stream.people)
    slots = fill(rng, language, received_at, sender.domain)
    inner = None
    if stream.form == "answer":
        slots["prior"] = write(rng, "prior", language, slots).subject
    elif stream.inner:
        inner = (choose(rng, INNER_SENDERS, 2), write(rng, rng.choice(stream.inner), language, slots))
        slots["prior"] = inner[1].subject
    writing = write(rng, stream.topic, language, slots, stream.subjects)
    return Draft(
        key, stream, received_at, sender, rng.choice(stream.to), rng.choice(stream.cc), writing, slots, truth, inner
    )
