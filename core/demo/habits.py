"""What people decided in the past: who acts on a waiting mail, when and how, slips and differences included."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from random import Random

from core.demo.calendar import working_after
from core.demo.mail import DemoMail, Truth
from core.demo.mailboxes import DESK
from core.demo.streams import all_streams

OWN_WORK = 0.78  # share of acts by the person whose habit it is; the rest by colleagues of the team
DIFFERENT = 0.04  # share of acts in which people don't agree with the habit
UNDONE, RESTORED = 0.015, 0.006  # shares in which a wrong act comes first: taken back, or deleted and fetched back
MEDIAN_HOURS, SPREAD = 2.2, 1.0  # working hours until somebody acts: log-normal
QUICKEST = 0.2
OTHERWISE = Truth("delete", "", reason="For information only")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing one person does with one mail; `slip` is what they did first by mistake, and how it was mended."""

    at: datetime
    by: str
    mail: DemoMail
    what: Truth
    slip: str = ""

    @property
    def session(self) -> tuple[object, ...]:
        """Acts of one session are done in one go: same person, day, mailbox and decision, nothing to mend."""
        if self.slip or self.what.action == "attach":
            return (self.mail.place,)
        return (
            self.by,
            self.at.date(),
            self.mail.mailbox,
            self.what.action,
            *self.what.target.values(),
            self.what.reason,
        )


def plan(mails: Iterable[DemoMail], until: datetime, seed: int) -> list[Act]:
    """What people do with these waiting mails until then, in order; replies are attached after their question."""
    acts: dict[str, Act] = {}
    for mail in sorted(mails, key=lambda each: (each.received_at, each.file_name)):
        if mail.truth.action == "ignore-for-now":
            continue
        rng = Random(f"{seed} {mail.message_id} {mail.mailbox} act")
        at = working_after(mail.received_at, max(QUICKEST, MEDIAN_HOURS * rng.lognormvariate(0, SPREAD)))
        if mail.truth.thread in acts:
            at = max(at, acts[mail.truth.thread].at + timedelta(minutes=rng.randrange(5, 90)))
        acts[mail.message_id or mail.file_name] = _act(rng, mail, at)
    return sorted((act for act in acts.values() if act.at <= until), key=lambda act: act.at)


def sessions(acts: list[Act]) -> list[list[Act]]:
    """The acts in the order of their sessions; each session is as late as its last act."""
    gathered = groupby(sorted(acts, key=lambda act: (str(act.session), act.at)), lambda act: act.session)
    return sorted((list(group) for _, group in gathered), key=lambda group: group[-1].at)


def colleagues(mailbox: str) -> tuple[str, ...]:
    """Those who act on mail of that mailbox: agents and leads of its team."""
    return _colleagues()[mailbox]


@cache
def _colleagues() -> dict[str, tuple[str, ...]]:
    document = tomllib.loads((DESK / "straydesk.toml").read_text("utf-8"))
    acting = {person["email"] for person in document["person"] if person["role"] in ("agent", "lead")}
    members = {team["name"]: tuple(each for each in team["members"] if each in acting) for team in document["team"]}
    return {mailbox["name"]: members[mailbox["team"]] for mailbox in document["mailbox"]}


def _act(rng: Random, mail: DemoMail, at: datetime) -> Act:
    day = Random(f"{mail.mailbox} {at:%Y-%m-%d}")  # whoever stands in does so for the day
    by = mail.truth.by if day.random() < OWN_WORK else day.choice(colleagues(mail.mailbox))
    chance = rng.random()
    if chance < DIFFERENT:
        return Act(at, by, mail, different(rng, mail))
    mended = {"create": ("undone", "restored"), "delete": ("undone", "")}.get(mail.truth.action, ("", ""))
    slip = mended[0] if chance < DIFFERENT + UNDONE else mended[1] if chance < DIFFERENT + UNDONE + RESTORED else ""
    return Act(at, by, mail, mail.truth, slip)


def different(rng: Random, mail: DemoMail) -> Truth:
    """What somebody else would have done: another target that the mailbox knows, or to delete it."""
    known = [stream.truth() for stream in all_streams() if stream.mailbox == mail.mailbox and stream.target]
    others = [truth for truth in known if truth.target != mail.truth.target]
    same_customer = [truth for truth in others if truth.customer == mail.truth.customer]
    return rng.choice([*(same_customer or others), OTHERWISE])
