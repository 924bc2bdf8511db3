"""Desks made up from a seed: who writes about what, what people make of it, and how often they don't agree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

from tests.evaluation.living import DELETE, Lived, LivingDesk, live
from tests.evaluation.streams import MAILBOXES, TOPICS, WORDS, Shape, Stream, Streams, target_text

BEGIN = datetime(2025, 1, 6)  # a Monday
SHAPES = (
    Shape("calm"),
    Shape("drift", 2, drift=0.3),
    Shape("look-alikes", 3, look_alikes=0.25),
    Shape("free-mail", 4, free_mail=0.5),
    Shape("noise 5 %", 5, noise=0.05),
    Shape("noise 10 %", 6, noise=0.10),
    Shape("rare", 7, rare=0.25),
    Shape("everything", 8, noise=0.05, drift=0.2, look_alikes=0.15, free_mail=0.25, rare=0.12),
)


@dataclass
class _Maker:
    shape: Shape
    rng: Random = field(init=False)
    mails: list[Lived] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = Random(f"{self.shape.name} {self.shape.seed}")

    def fill(self) -> list[Lived]:
        streams = Streams(self.shape, self.rng).all()
        seconds = self.shape.weeks * 7 * 86400
        times = sorted(self.rng.uniform(0, seconds) for _ in range(self.shape.weeks * self.shape.a_week))
        for time in times:
            running = [stream for stream in streams if stream.runs_at(time / seconds)]
            (stream,) = self.rng.choices(running, [stream.often for stream in running])
            self._add(stream, BEGIN + timedelta(seconds=time), time / seconds)
        return self.mails

    def _add(self, stream: Stream, at: datetime, share: float) -> None:
        # New colleagues join as time goes by.
        known = max(1, round(len(stream.senders) * (0.4 + 0.6 * share)))
        sender, meant = self.rng.choice(list(stream.senders)[:known]), self.rng.choice(list(stream.targets))
        subject = self._subject(stream.subjects)
        first = self._append(stream, at, sender, subject, meant)
        if meant != DELETE and not stream.list_id and "noreply" not in sender and self.rng.random() < 0.12:
            later = at + timedelta(hours=self.rng.uniform(20, 90))
            self._append(stream, later, sender, f"Re: {subject}", meant, answers=first)

    def _append(
        self, stream: Stream, at: datetime, sender: str, subject: str, meant: str, answers: int | None = None
    ) -> int:
        place = len(self.mails)
        decided = meant if self.rng.random() >= self.shape.noise else self._otherwise(stream.mailbox, meant)
        name = f"{place}.{self.shape.seed}@mail.example"
        headers = {
            "Received": f"from mail.example by mx.desk.example; {format_datetime(at.replace(tzinfo=UTC))}",
            "Date": format_datetime(at.replace(tzinfo=UTC)), "From": sender,
            "To": stream.to or f"{stream.mailbox}@desk.example", "Delivered-To": f"{stream.mailbox}@desk.example",
            "Subject": subject, "Message-ID": f"<{name}>", "List-Id": f"<{stream.list_id}>" if stream.list_id else "",
            "In-Reply-To": f"<{answers}.{self.shape.seed}@mail.example>" if answers is not None else "",
        }  # fmt: skip
        header = "".join(f"{field}: {value}\n" for field, value in headers.items() if value)
        raw = f"{header}\nGood morning,\n\n{subject}\n\n{place}\n".encode()
        wait = timedelta(hours=self.rng.choice((1, 2, 4, 8, 20, 30, 60)) * self.rng.uniform(0.5, 1.5))
        by = self.rng.choice(MAILBOXES[stream.mailbox])
        self.mails.append(Lived(raw, stream.mailbox, by, at + wait, meant, decided, answers))
        return place

    def _otherwise(self, mailbox: str, meant: str) -> str:
        others = [target_text(customer.title(), mailbox, topic) for customer in WORDS[:6] for topic in TOPICS[mailbox]]
        return self.rng.choice([other for other in [*others, *[DELETE] * 4] if other != meant])

    def _subject(self, subjects: Sequence[str]) -> str:
        n, m = self.rng.randrange(10_000, 999_999), self.rng.randrange(10, 99)
        day = f"{self.rng.randrange(1, 29)}.{self.rng.randrange(1, 13)}.2025"
        return self.rng.choice(list(subjects)).format(n=n, m=m, d=day, w=self.rng.choice(WORDS).title())


def generated(folder: Path, shape: Shape) -> LivingDesk:
    """The desk of this shape, made in `folder`."""
    mails = _Maker(shape).fill()
    return live(folder, MAILBOXES, mails, BEGIN + timedelta(weeks=shape.weeks, days=7))
