"""The people of the demo desk at work: they act on what waits through the same functions as the screens."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

import pandas as pd

from core.acting import attach, create, delete, restore
from core.demo.calendar import working_after
from core.demo.habits import Act, colleagues, different, plan, sessions
from core.demo.mail import DemoMail, Truth
from core.demo.unfinished import block_in, leave_unfinished
from core.demo.writing import without_prefixes
from core.outcome import Outcome
from core.queue import waiting
from core.routes import Target
from core.scope import Desk, Scope
from core.undoing import undo
from core.work_items import candidates, close, merge, work_items

EVERYTHING = 1_000_000  # more rows than a demo has
TEAMS = ("Accounts Payable", "HR", "Service Desk")  # one mailbox of each team
REFERENCES = """
SELECT m.message_id, min(w.reference) FROM message AS m
JOIN work_item_message AS o ON o.message_id = m.id JOIN work_item AS w ON w.id = o.work_item_id
WHERE w.status = 'open' AND list_contains($asked, m.message_id) GROUP BY m.message_id
"""
NEVER_CLOSED = 0.05
HOURS_OPEN = (9.0, 80.0)  # working hours until an item is closed, between these
MERGED = 0.5  # share of twice-opened items that somebody merges


class DemoClock:
    """The time at the demo desk; whoever acts sets it first."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """The moment it was set to, naive UTC."""
        return self.moment


class People:
    """Everybody who works at the demo desk."""

    def __init__(self, desk: Desk, clock: DemoClock, mails: Iterable[DemoMail], seed: int) -> None:
        self.desk, self.clock, self.seed = desk, clock, seed
        self._scopes: dict[str, Scope] = {}
        self._mails: dict[str, DemoMail] = {}
        self._places: dict[tuple[str, object], str] = {}
        for mail in mails:
            self._mails[mail.place] = mail
            self._places[mail.mailbox, mail.received_at] = mail.place
            self._places[mail.mailbox, mail.message_id] = mail.place

    def work_until(self, end: datetime) -> int:
        """Act on what waits, as far as people came to it before `end`; answers how many acts there were."""
        ids = self._waiting()
        acts = plan((self._mails[place] for place in ids), end, self.seed)
        for session in sessions(acts):
            self._do(session, ids)
        return len(acts)

    def tidy_until(self, end: datetime) -> None:
        """Merge what was opened twice and close what is done."""
        for team in TEAMS:
            lead = colleagues(team)[-1]
            items = work_items(self._as(lead, end), status="open", limit=EVERYTHING)
            older = items[items["opened_at"] < end - timedelta(hours=8)]
            merged = self._merge(lead, older, end)
            self._close(team, older[~older["reference"].isin(merged)], end)

    def block_in(self, week: int, weeks: int, end: datetime) -> None:
        """Block whom they want nothing from any more, in the week they have had enough."""
        block_in(week, weeks, self._as, end)

    def leave_unfinished(self, until: datetime) -> None:
        """Leave claims and notes on what they are in the middle of."""
        leave_unfinished(self._as, self._waiting(), self._mails.values(), until)

    def references(self, message_ids: Iterable[str]) -> dict[str, str]:
        """The open work item each of these mails belongs to, where there is one."""
        with self.desk.store.reading() as db:
            return dict(db.rows(REFERENCES, asked=list(message_ids)))

    def _waiting(self) -> dict[str, str]:
        """What waits of the demo's mails, by their place, with their ids in the store."""
        found = waiting(self.desk.operator(), limit=EVERYTHING)
        ids: dict[str, str] = {}
        for row in found.to_dict("records"):
            moment = pd.Timestamp(row["received_at"]).to_pydatetime()
            known = self._places.get((row["mailbox"], row["message_id"] or moment))
            if place := known or self._places.get((row["mailbox"], moment)):
                ids[place] = str(row["id"])
        return ids

    def _as(self, email: str, at: datetime) -> Scope:
        """The scope of a person at a moment."""
        self.clock.moment = at
        if email not in self._scopes:
            self._scopes[email] = self.desk.acting(email)
        return self._scopes[email]

    def _do(self, session: list[Act], ids: dict[str, str]) -> None:
        last = session[-1]
        asked = [ids[act.mail.place] for act in session]
        if last.slip:
            self._slip(last, asked)
        self._decide(self._as(last.by, last.at), asked, last.what)

    def _slip(self, act: Act, asked: list[str]) -> None:
        """Something wrong first, a few minutes or hours before the right thing, and the mending of it."""
        rng = Random(f"{act.mail.message_id} slip")
        wrong = different(rng, act.mail) if act.slip == "undone" else Truth("delete", act.by, reason="Spam")
        minutes = rng.randrange(2, 6) if act.slip == "undone" else rng.randrange(5, 9)
        done = self._decide(self._as(act.by, act.at - timedelta(minutes=minutes)), asked, wrong)
        scope = self._as(act.by, act.at - timedelta(minutes=1))
        if act.slip == "undone":
            undo(scope, done.batch)
        else:
            restore(scope, asked)

    def _decide(self, scope: Scope, asked: list[str], what: Truth) -> Outcome:
        if what.action == "delete":
            return delete(scope, asked, what.reason)
        if what.action == "attach" and (reference := _belongs_to(scope, asked[0])):
            return attach(scope, asked, reference)
        return create(scope, asked, Target.model_validate(what.target))

    def _merge(self, lead: str, items: pd.DataFrame, end: datetime) -> set[str]:
        """Items of one service whose subjects say the same go into the oldest of them; answers what is gone."""
        alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for row in items.sort_values(["opened_at", "reference"]).to_dict("records"):
            alike[row["customer"], row["service"], without_prefixes(row["subject"])].append(row["reference"])
        gone: set[str] = set()
        for (_customer, _service, subject), (first, *others) in alike.items():
            rng = Random(f"{self.seed} {first} merged")
            if others and any(letter.isdigit() for letter in subject) and rng.random() < MERGED:
                merge(self._as(lead, end - timedelta(hours=rng.uniform(1, 7))), others, first)
                gone.update(others)
        return gone

    def _close(self, team: str, items: pd.DataFrame, end: datetime) -> None:
        """Close what has been open for long enough, once in the late afternoon of each day."""
        due: dict[datetime, list[str]] = defaultdict(list)
        for row in items.to_dict("records"):
            rng = Random(f"{self.seed} {row['reference']} closed")
            at = working_after(pd.Timestamp(row["opened_at"]).to_pydatetime(), rng.uniform(*HOURS_OPEN))
            evening = at.replace(hour=17, minute=5, second=0, microsecond=0)
            if rng.random() > NEVER_CLOSED and evening <= end:
                due[evening].append(row["reference"])
        for at, references in sorted(due.items()):
            close(self._as(Random(f"{at}").choice(colleagues(team)), at), references)


def _belongs_to(scope: Scope, id: str) -> str:
    """The work item that the screen would offer first for a message, if the thread or the sender says so."""
    offered = candidates(scope, id, limit=1)
    return str(offered["reference"].iloc[0]) if len(offered) else ""
