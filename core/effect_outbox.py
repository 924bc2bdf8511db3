"""The outbox of what is done on servers to collected mail: tried with growing waits, once, and looked at afterwards.

A row of server_effect says what is to be done to one delivery, once its mail is decided. Right before it is done the
stored bytes are read again, and only mail that is stored as it was collected is touched. Of two collectors only one
gets the turn. A crash at any point leaves a row that is tried again after a wait longer than a try may take, and before
anything is copied then, the target folder is looked through for what the try before left there.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any

from core.configuration_file import MailboxConfiguration
from core.effect_checking import stored_as_collected
from core.effect_planning import named, plan
from core.errors import SourceProblem
from core.intake import new_id
from core.language import _
from core.scope import Desk
from core.sources.imap_changing import Changing
from core.sources.imap_effects import Came, Lying, Work, carry_out
from core.store import Connection, sql

READ, AT_ONCE, BYTES_AT_ONCE = 1000, 100, 8 * 2**20
TURN = timedelta(minutes=15)  # before another try: by then the server has long done or dropped what was asked for
LONGEST_WAIT = timedelta(hours=2)
FAILURES = 3  # of whole batches, one after the other: then it is the server, and not a mail
CHOSEN = {"folder": "VARCHAR", "uid_validity": "BIGINT", "uid": "VARCHAR", "tries": "INTEGER"}
CAME = {"uid": "VARCHAR", "outcome": "VARCHAR", "evidence": "VARCHAR", "target_uid_validity": "BIGINT",
        "target_uid": "BIGINT", "problem": "VARCHAR"}  # fmt: skip
NOTE_PLACE = """
UPDATE server_effect SET target_uid_validity = $uid_validity, target_uid_next = $uid_next
WHERE turn = $turn::UUID AND target_uid_next IS NULL
"""
TAKEN = """
SELECT target_uid FROM server_effect
WHERE list_contains($mailboxes::VARCHAR[], mailbox) AND detail = $folder AND target_uid_validity = $uid_validity
  AND target_uid IS NOT NULL
"""
Row = dict[str, Any]


def nothing() -> None:
    """Do not pause."""


@dataclass
class EffectOutbox:
    """The effects of one mailbox, done as far as they are due: `outcomes` counts what came of each mail, `problems`
    says what went wrong, a sentence each."""

    desk: Desk
    mailbox: MailboxConfiguration
    outcomes: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    _server: Changing | None = None
    _out_of_reach: bool = False

    def go(self, pause: Callable[[], None] = nothing, seconds: float = float("inf")) -> None:
        """Plan, and do what is due, for about so long. `pause` is called before each batch and may raise to end it.

        Raises StoreProblem; what is wrong with the mail or the server is in `problems`.
        """
        until, failures = time.monotonic() + seconds, 0
        try:
            with self.desk.store.lingering():
                plan(self.desk, self.mailbox)
                while self.mailbox.effect and (due := self._due()):
                    for batch in _batches(due):
                        if failures >= FAILURES or self._out_of_reach or time.monotonic() > until:
                            return
                        pause()
                        failures = 0 if self._try(batch) else failures + 1
        finally:
            self._hang_up()

    def _change(self, work: Callable[[Connection], Any]) -> Any:
        return self.desk.store.change(work, background=True)

    def _due(self) -> list[Row]:
        with self.desk.store.reading(background=True) as db:
            return db.records(sql("effects_due"), **named(self.mailbox), now=self.desk.now(), limit=READ)

    def _try(self, batch: Sequence[Row]) -> bool:
        """One try for these, if nobody else has the turn. Answers whether the server could be worked with."""
        turn, began, problem, came = new_id(), time.monotonic(), None, dict[str, Came]()
        taken = self._take(turn, batch)
        if not taken:
            return True
        mails, came = self._stored(turn, taken)
        try:
            if mails:
                came |= carry_out(self._reached(), self._work(turn, batch[0], mails, began))
        except SourceProblem as error:
            problem = str(error)
            self._hang_up()
        lost = {
            row["uid"]: Came(None, problem=problem or _("The server did not say what came of it.")) for row in taken
        }
        self._record(turn, lost | came)
        return problem is None

    def _take(self, turn: str, batch: Sequence[Row]) -> list[Row]:
        wait = min(TURN * 2 ** min(batch[0]["tries"], 10), LONGEST_WAIT) * random.uniform(1, 1.25)

        def take(db: Connection) -> set[str]:
            db.temporary("chosen", CHOSEN, [[row[name] for name in CHOSEN] for row in batch])
            db.run(sql("effects_take"), **named(self.mailbox), turn=turn, again=self.desk.now() + wait)
            return {uid for (uid,) in db.rows("SELECT uid FROM server_effect WHERE turn = $turn::UUID", turn=turn)}

        ours = self._change(take)
        return [row for row in batch if row["uid"] in ours]

    def _stored(self, turn: str, taken: Sequence[Row]) -> tuple[list[Lying], dict[str, Came]]:
        """Those that are stored as they were collected, and what came of the others: nothing is done to them."""
        with self.desk.store.reading(background=True) as db:
            intact = stored_as_collected(db, turn)
        damaged = Came(
            None, problem=_("Its stored bytes are not what was collected, so nothing is done on the server.")
        )
        mails = [Lying(row["uid"], intact[row["uid"]][1], intact[row["uid"]][0], _since(row))
                 for row in taken if row["uid"] in intact]  # fmt: skip
        return mails, {row["uid"]: damaged for row in taken if row["uid"] not in intact}

    def _work(self, turn: str, row: Row, mails: Sequence[Lying], began: float) -> Work:
        effect = named(self.mailbox)
        work = Work(effect["kind"], effect["detail"], row["folder"], row["uid_validity"], mails)
        work.may_go_on = lambda: _refuse_after(began)
        if work.kind == "move":
            work.at = uid_validity, uid_next = self._reached().place(work.detail)
            self._change(lambda db: db.run(NOTE_PLACE, turn=turn, uid_validity=uid_validity, uid_next=uid_next))
            if any(mail.since for mail in mails) or not self._reached().expunges:
                work.taken = self._taken(work.detail, uid_validity)
        return work

    def _taken(self, folder: str, uid_validity: int) -> frozenset[int]:
        """The uids of a folder where mail of ours is known to lie, whichever mailbox of the same user it came from."""
        at = self.mailbox.source_address
        same = [each.name for each in self.desk.configuration.mailboxes
                if (each.source_address.host, each.source_address.port, each.source_address.user)
                == (at.host, at.port, at.user)]  # fmt: skip
        with self.desk.store.reading(background=True) as db:
            found = db.rows(TAKEN, mailboxes=same, folder=folder, uid_validity=uid_validity)
        return frozenset(uid for (uid,) in found)

    def _record(self, turn: str, came: dict[str, Came]) -> None:
        rows = [(uid, each.outcome, each.evidence, *(each.target or (None, None)), each.problem)
                for uid, each in came.items()]  # fmt: skip

        def record(db: Connection) -> None:
            db.temporary("came", CAME, rows)
            db.run(sql("effects_record"), turn=turn, now=self.desk.now())

        self._change(record)
        self.outcomes.update(each.outcome for each in came.values() if each.outcome)
        self.problems.update(each.problem for each in came.values() if each.problem)

    def _reached(self) -> Changing:
        if self._server is None:
            configuration, self._out_of_reach = self.desk.configuration, True
            self._server = Changing(self.mailbox, configuration.base, configuration.collect.timeout_seconds)
            self._out_of_reach = False
        return self._server

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None


def _batches(due: Sequence[Row]) -> Iterator[list[Row]]:
    """What is due in portions for one command each; what failed before is tried alone, so that it fails alone."""
    for _place, rows in groupby(due, key=lambda row: (row["tries"] and row["uid"], row["folder"], row["uid_validity"])):
        batch: list[Row] = []
        for row in rows:
            if batch and (len(batch) == AT_ONCE or sum(each["size"] for each in batch) + row["size"] > BYTES_AT_ONCE):
                yield batch
                batch = []
            batch.append(row)
        yield batch


def _since(row: Row) -> tuple[int, int] | None:
    return (row["target_uid_validity"], row["target_uid_next"]) if row["target_uid_next"] is not None else None


def _refuse_after(began: float) -> None:
    """Ends a try that took so long that another collector may soon have its turn."""
    if time.monotonic() - began > TURN.total_seconds() / 3:
        raise SourceProblem(_("The server was too slow; nothing more is done until the next try."))
