"""Mail that harms its parser: tried alone, three times, and then kept as one that nobody can read, with the reason.

In company of others a mail gets little time, so that it does not keep them waiting. What ends its parser there is tried
alone after the rest was stored. What was being parsed when the collector itself ended is tried once more in company of
few, as most of it is harmless and a transaction for each would take minutes, and only then alone. Each try is written
down before it is begun.
"""

import logging
import time
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from core.clock import Clock
from core.intake import DIFFERENT, Raw, in_portions, stored
from core.language import _
from core.log import tell
from core.parsed_rows import Parsed
from core.parsing import Limits, ParsedMessage, beside, parse
from core.parsing.bounds import Bounds, Refused
from core.parsing.child import Answer
from core.store import Connection, Store

TRIES = 3
# Tries whose end nobody saw speak against the collector as much as against the mail: somebody may have ended it.
UNSEEN = 6
IN_COMPANY = 5.0  # seconds that one mail may keep the others waiting
FEW = 10  # mails: what ends the collector among them leaves no more than these to be tried alone
IN_A_RUN = 60.0  # seconds after which a run leaves what else is to be tried alone for the next one
SUSPECTS = """
SELECT t.message_id::VARCHAR, count(*) FILTER (number > 0), count(problem) FILTER (number > 0),
       coalesce(max_by(problem, number), 'parser_ended: with the collector')
FROM parse_try AS t JOIN message_raw AS r USING (message_id)
WHERE r.mailbox = $mailbox AND t.message_id NOT IN (SELECT id FROM message)
GROUP BY t.message_id ORDER BY 2, 1
"""
UNPROVEN = """
SELECT t.message_id::VARCHAR, any_value(r.size) FROM parse_try AS t JOIN message_raw AS r USING (message_id)
WHERE r.mailbox = $mailbox AND t.message_id NOT IN (SELECT id FROM message)
GROUP BY t.message_id HAVING count(*) = 1 AND any_value(number) = 0 AND count(problem) = 0 ORDER BY 1
"""
BEGIN = "INSERT INTO parse_try SELECT unnest($ids::UUID[]), $number, $now, $problem"
END = "UPDATE parse_try SET problem = $problem WHERE message_id = $id::UUID AND number = $number"
DECIDED = "DELETE FROM parse_try WHERE message_id IN (SELECT id FROM batch_parsed)"


def forget_tries(db: Connection) -> None:
    """What is decided by this transaction is not to be tried again."""
    if db.value("SELECT count(*) FROM parse_try"):
        db.run(DECIDED)


@dataclass(frozen=True)
class Trial:
    """How the mail of one mailbox is parsed."""

    store: Store
    mailbox: str
    limits: Limits
    bounds: Bounds
    now: Clock

    def in_company(self, raws: list[Raw]) -> tuple[list[Parsed], dict[str, Refused]]:
        """These messages parsed, and by id those that have to be tried alone."""
        bounds = replace(self.bounds, seconds=min(self.bounds.seconds, IN_COMPANY))
        answers = self._parsed(raws, bounds)
        both = [(raw, each) for raw, each in zip(raws, answers, strict=True)]
        parsed = [(replace(raw, content=b""), each) for raw, each in both if isinstance(each, ParsedMessage)]
        return parsed, {raw.id: each for raw, each in both if isinstance(each, Refused)}

    def mark(self, ids: list[str], problem: str | None = None) -> None:
        """These are to be tried in smaller company or alone, unless they are decided after all."""
        if ids:
            self._write(BEGIN, ids=ids, number=0, now=self.now(), problem=problem)

    def marked(self, portions: Iterable[list[Raw]]) -> Iterator[list[Raw]]:
        """These portions, each written down before it is given: one of it may end the collector."""
        for raws in portions:
            self.mark([raw.id for raw in raws])
            yield raws

    def unproven(self, harmful: Container[str], bytes_at_once: int) -> Iterator[list[Raw]]:
        """What was being parsed when the collector ended, and is not known to be harmful, a few at a time."""
        with self.store.reading(background=True) as db:
            rows = db.rows(UNPROVEN, mailbox=self.mailbox) if db.value(DIFFERENT) else []
        return in_portions(self.store, [row for row in rows if row[0] not in harmful], bytes_at_once, FEW)

    def alone(self) -> Iterator[Parsed]:
        """Each message of the mailbox that has to be tried alone, as what it is to be stored as.

        However many of them somebody sends, new mail of the mailbox does not wait for long.
        """
        until = time.monotonic() + IN_A_RUN
        with self.store.reading(background=True) as db:
            suspects = db.rows(SUSPECTS, mailbox=self.mailbox) if db.value(DIFFERENT) else []
        for place, (id, begun, failed, problem) in enumerate(suspects):
            if place and time.monotonic() > until:
                tell("tries_left", _("{mailbox}: {count} mails are left for the next run to be tried alone").format(
                    mailbox=self.mailbox, count=len(suspects) - place), mailbox=self.mailbox)  # fmt: skip
                return
            with self.store.reading(background=True) as db:
                raw = stored(db, id)
            yield replace(raw, content=b""), self._tried(raw, begun, failed, problem)

    def _tried(self, raw: Raw, begun: int, failed: int, problem: str) -> ParsedMessage:
        while failed < TRIES and begun < UNSEEN:
            begun += 1
            self._write(BEGIN, ids=[raw.id], number=begun, now=self.now(), problem=None)
            (answer,) = self._parsed([raw], self.bounds, fresh=begun > 1)
            if isinstance(answer, ParsedMessage):
                return answer
            failed, problem = failed + 1, answer.defect
            self._write(END, id=raw.id, number=begun, problem=problem)
        tell("mail_given_up", _("{mailbox}: a mail could not be read, {problem}").format(
            mailbox=self.mailbox, problem=problem), logging.WARNING, mailbox=self.mailbox, message=raw.id,
            problem=problem, tries=begun)  # fmt: skip
        return self._given_up(raw, f"{problem}, {begun} ×", failed == begun)

    def _given_up(self, raw: Raw, problem: str, only_parser: bool) -> ParsedMessage:
        """The message with what its header says, if that at least can be read and never ended more than a parser."""
        if not only_parser:
            return self.unreadable(raw, problem)
        (answer,) = self._parsed([replace(raw, complete=False)], self.bounds)
        if isinstance(answer, Refused):
            return self.unreadable(raw, problem)
        return replace(answer, verdict="unparsable", defects=(problem,))

    def unreadable(self, raw: Raw, *defects: str) -> ParsedMessage:
        """A message of which nothing can be told."""
        nothing = parse(b"", self.limits, received_at=raw.received_at, size=raw.size)
        return replace(nothing, defects=defects)

    def _parsed(self, raws: list[Raw], bounds: Bounds, fresh: bool = False) -> list[Answer]:
        messages = [(raw.content, raw.received_at, raw.complete, raw.size, "") for raw in raws]
        return beside.pool.parse(messages, self.limits, bounds, fresh)

    def _write(self, statement: str, **parameters: object) -> None:
        self.store.change(lambda db: db.run(statement, **parameters), background=True)
