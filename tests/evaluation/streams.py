"""What people and machines write to a made-up desk, and what that mail should become."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.evaluation.living import DELETE

MAILBOXES = {"ap": ("ana", "bea", "carl"), "ar": ("bea", "dora"), "hr": ("hana", "hugo"), "it": ("ivo", "iris", "carl")}
TOPICS: dict[str, dict[str, tuple[str, ...]]] = {
    "ap": {"Invoices": ("Invoice {n}", "Your invoice {n} of {d}", "Factura {n}", "Invoice no. {n} for order {m}"),
           "Statements": ("Statement of account {d}", "Account statement {n}", "Open items per {d}"),
           "Payments": ("When will {n} be paid?", "Payment reminder {n}", "Second reminder: {n} overdue")},
    "ar": {"Remittances": ("Remittance advice {n}", "Payment advice {n} of {d}", "Aviso de pago {n}"),
           "Disputes": ("Dispute about {n}", "Wrong amount on {n}", "We do not accept {n}"),
           "Credit": ("Credit note for {n}?", "Credit limit of our account", "Please credit {n}")},
    "hr": {"Sick notes": ("Sick note {d}", "I am ill today", "Parte de baja {d}"),
           "Leave": ("Annual leave {d}", "Holiday request from {d}", "Vacaciones {d}"),
           "Payslips": ("Payslip of last month", "Question about my payslip {d}", "Nomina {d}")},
    "it": {"Incidents": ("Error {n} in the portal", "Cannot log in", "VPN is down again"),
           "Access": ("Access for {w}", "New account for {w}", "Reset password of {w}"),
           "Hardware": ("Printer {n} out of toner", "New laptop for {w}", "Monitor broken in room {m}")},
}  # fmt: skip
ALERTS = (
    "Disk nearly full on srv-{m}",
    "Backup of srv-{m} failed",
    "Job {n} finished",
    "Certificate of host-{m} expires {d}",
)
SPAM = (
    "You have won {n}",
    "Cheap toner -{m} %",
    "Increase your sales today",
    "Confirm your account now",
    "Invoice {n} attached",
)
CHAT = ("Hello", "A question", "Please call me back", "Thursday", "As discussed", "Documents", "Re: yesterday")
WORDS = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo", "hazel", "iris", "juniper", "kauri", "larch",
         "maple", "oak", "pine", "rowan", "spruce", "teak")  # fmt: skip
FREE_MAIL = ("gmail.com", "freemail.example", "outlook.com")


@dataclass(frozen=True)
class Shape:
    """What a desk is like. Shares are 0 to 1."""

    name: str
    seed: int = 1
    weeks: int = 14
    a_week: int = 120  # mails
    noise: float = 0.02  # share of decisions that people would not agree on
    drift: float = 0.0  # share of streams whose target changes on the way
    look_alikes: float = 0.0  # mail of look-alike domains for each mail of the domain they look like
    free_mail: float = 0.15  # share of mail from addresses anybody can have
    rare: float = 0.05  # share of mail whose target has one to five mails
    unruly: float = 0.08  # share of mail whose target nothing tells


@dataclass(frozen=True)
class Stream:
    """Mail of one kind: who sends it, about what, and what becomes of it."""

    senders: Sequence[str]
    mailbox: str
    subjects: Sequence[str]
    targets: Sequence[str]  # more than one: nothing tells which
    often: float  # relative to other streams
    to: str = ""
    list_id: str = ""
    until: float = 2.0  # of all time, 0 to 1; beyond 1: to the end
    since: float = 0.0

    def runs_at(self, share: float) -> bool:
        return self.since <= share < self.until


def target_text(customer: str, mailbox: str, topic: str) -> str:
    kind = "case" if topic in ("Disputes", "Payments") else "ticket"
    return f"{kind} · {customer} · {mailbox.upper()} · {topic}"


@dataclass
class Streams:
    """All mail of a desk, by who sends it."""

    shape: Shape
    rng: Random

    def all(self) -> list[Stream]:
        ruled = [*self._companies(), *self._machines(), *self._lists()]
        ruled = [each for stream in ruled for each in self._drifting(stream)]
        free, rare, unruly = self.shape.free_mail, self.shape.rare, self.shape.unruly
        parts = [
            (ruled, 1 - free - rare - unruly),
            (self._free_mail(), free),
            (self._rare(), rare),
            (self._unruly(), unruly),
        ]
        return [replace(each, often=each.often * share / sum(other.often for other in streams))
                for streams, share in parts for each in streams]  # fmt: skip

    def _companies(self) -> Iterator[Stream]:
        """Persons of a company, ever new ones; some write about one thing, some about three that the subject tells."""
        for number in range(14):
            mailbox = self.rng.choice(list(MAILBOXES))
            domain = f"{WORDS[number]}-{self.rng.choice(('works', 'trade', 'group'))}.example"
            people = [
                f"{self.rng.choice(WORDS)}.{self.rng.choice(WORDS)}@{domain}" for _ in range(self.rng.randint(4, 20))
            ]
            topics = self.rng.sample(sorted(TOPICS[mailbox]), self.rng.choice((1, 1, 2, 3)))
            often = self.rng.choice((0.5, 1, 2, 4))
            for topic in topics:
                target = target_text(WORDS[number].title(), mailbox, topic)
                yield Stream(people, mailbox, TOPICS[mailbox][topic], [target], often / len(topics))
            if self.shape.look_alikes:
                alike = domain.replace("-", "", 1) if self.rng.random() < 0.5 else domain.replace("e", "3", 1)
                yield Stream([f"{person.split('@')[0]}@{alike}" for person in people[:3]], mailbox,
                             TOPICS[mailbox][topics[0]], [DELETE], often * self.shape.look_alikes)  # fmt: skip

    def _machines(self) -> Iterator[Stream]:
        """Machines: one target, or one for each template, or one for each address written to."""
        for number in range(8):
            sender = [f"noreply@{self.rng.choice(WORDS)}{number}.example"]
            customer, often = WORDS[number + 3].title(), self.rng.choice((1, 2, 3))
            if number % 3 == 0:
                for alert, topic in zip(ALERTS, ("Storage", "Backup", "", "Security"), strict=True):
                    yield Stream(
                        sender, "it", [alert], [target_text(customer, "it", topic) if topic else DELETE], often / 4
                    )
            elif number % 3 == 1:
                for place in ("north", "south"):
                    yield Stream(sender, "ap", ("Delivery {n}", "Order {n} shipped"),
                                 [target_text(customer, "ap", f"Deliveries {place}")], often / 2,
                                 to=f"{place}@desk.example")  # fmt: skip
            else:
                yield Stream(
                    sender,
                    "ar",
                    ("Bank statement {d}", "Movements of {d}"),
                    [target_text(customer, "ar", "Bank")],
                    often,
                )

    def _lists(self) -> Iterator[Stream]:
        for number in range(6):
            list_id = f"news{number}.{self.rng.choice(WORDS)}.example"
            senders = [f"{self.rng.choice(WORDS)}@{self.rng.choice(WORDS)}-{each}.example" for each in range(12)]
            target = DELETE if number % 2 else target_text("Desk", "it", f"List {number}")
            subjects = ("Weekly news {d}", "Digest {n}", "[list] Re: release {m}")
            yield Stream(senders, self.rng.choice(list(MAILBOXES)), subjects, [target], 1, list_id=list_id)
        spammers = [f"{self.rng.choice(WORDS)}@{self.rng.choice(WORDS)}{number}.test" for number in range(200)]
        for mailbox in MAILBOXES:
            yield Stream(spammers, mailbox, SPAM, [DELETE], 1)

    def _free_mail(self) -> list[Stream]:
        """Employees and customers at home: the domain tells nothing, the person much, the subject the rest."""
        people = [f"{self.rng.choice(WORDS)}{number}@{self.rng.choice(FREE_MAIL)}" for number in range(90)]
        streams = []
        for number, person in enumerate(people):
            mailbox = self.rng.choice(("hr", "hr", "ar"))
            topics = self.rng.sample(sorted(TOPICS[mailbox]), self.rng.choice((1, 1, 2)))
            customer = WORDS[number % 4].title()
            streams += [Stream([person], mailbox, TOPICS[mailbox][topic], [target_text(customer, mailbox, topic)],
                               self.rng.choice((0.3, 0.6, 2)) / len(topics)) for topic in topics]  # fmt: skip
        return streams

    def _rare(self) -> list[Stream]:
        count = round(self.shape.rare * self.shape.weeks * self.shape.a_week / 3)
        return [Stream([f"{self.rng.choice(WORDS)}@rare{number}.example"], self.rng.choice(list(MAILBOXES)),
                       (*CHAT, "Case {n}"), [target_text("Various", "x", f"Rare {number}")], 1)
                for number in range(max(count, 1))]  # fmt: skip

    def _unruly(self) -> list[Stream]:
        streams = []
        for mailbox, topics in TOPICS.items():
            targets = [target_text(WORDS[number].title(), mailbox, topic) for number in range(4) for topic in topics]
            people = [f"{self.rng.choice(WORDS)}@{self.rng.choice(WORDS)}{number}.example" for number in range(25)]
            streams.append(Stream(people, mailbox, CHAT, [*targets, DELETE], 1))
        return streams

    def _drifting(self, stream: Stream) -> list[Stream]:
        if stream.targets == [DELETE] or self.rng.random() >= self.shape.drift:
            return [stream]
        when = self.rng.uniform(0.4, 0.7)
        return [replace(stream, until=when), replace(stream, since=when, targets=[f"{stream.targets[0]} new"])]
