"""Parsing stored mail again: with a newer parser, other limits, or what a person says about it.

What was read takes the place of what is stored, in one transaction with its journal. What still waits is decided
again; every other decision stays as it is, as a record. A mail that harms its parser stays as it is, and is named.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from core.changing import Asked, change, choose, new_batch, outcome
from core.deciding import decide_again
from core.errors import ChangedMeanwhile, NotFound
from core.intake import stored
from core.language import _, n_
from core.outcome import Outcome
from core.parsed_rows import Batch, Parsed
from core.parsing import ParsedMessage, beside
from core.parsing.bounds import Refused
from core.scope import Scope
from core.store import Connection, sql

PORTION = 500
BYTES_AT_ONCE = 8 * 2**20
# What is decided together: of one mailbox, with one standing. What could not be read was never held against a block.
FOUND = """
SELECT m.id::VARCHAR AS id, m.mailbox, m.status, m.version, m.size, m.verdict <> 'parsed' AS unread, b.address,
       coalesce(r.charset, '') AS charset, coalesce(r.sender, '') AS sender,
       m.id IN (SELECT message_id FROM removed) AS removed
FROM message AS m LEFT JOIN mailbox AS b ON b.name = m.mailbox
LEFT JOIN (SELECT message_id, max_by(charset, repaired_at) AS charset, max_by(sender, repaired_at) AS sender
           FROM repair WHERE withdrawn_at IS NULL GROUP BY message_id) AS r ON r.message_id = m.id
WHERE list_contains($ids::UUID[], m.id) AND list_has_any(m.mailboxes, $mailboxes::VARCHAR[])
ORDER BY m.mailbox, m.status, unread, m.id
"""
Also = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a person says about a mail: its charset, and the address it is from; empty: as it says itself."""

    charset: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Reparsed(Outcome):
    """`ids` were parsed again; `refused` could not be, by id with the reason."""

    refused: dict[str, str] = field(default_factory=dict)

    def then(self, later: "Reparsed") -> "Reparsed":
        """This and what was done later under the same batch."""
        both = self.plus(later)
        return Reparsed(self.batch, self.action, both.ids, both.references, both.overtaken,
                        refused=self.refused | later.refused)  # fmt: skip

    def __str__(self) -> str:
        count = len(self.ids)
        told = n_("Read {count} message again.", "Read {count} messages again.", count).format(count=count)
        still = n_("{count} still can't be read: {why}.", "{count} still can't be read: {why}.", len(self.refused))
        refused = still.format(count=len(self.refused), why=", ".join(sorted(set(self.refused.values()))))
        said = [*([told] if count or not self.refused else []), *([refused] if self.refused else [])]
        return " ".join([*said, *map(str, self.overtaken[:3])])


def reparse(scope: Scope, asked: Asked, *, batch: str = "") -> Reparsed:
    """Parse these messages again, and decide again those that wait.

    Messages by id, or with the version that was seen. Raises NotAllowed (analysts), NotFound, InvalidInput, StoreBusy.
    """
    return parse_again(scope, asked, batch or new_batch())


def reparse_in_portions(scope: Scope, asked: Asked) -> Iterator[Reparsed]:
    """The same for many: after each portion, what was done so far. Whoever stops asking ends it there."""
    scope.must_act()
    versions: dict[str, Any] = dict(asked if isinstance(asked, Mapping) else dict.fromkeys(asked))
    batch = new_batch()
    so_far = Reparsed(batch, "reparse")
    for portion in _portions(_found(scope, list(versions))):
        so_far = so_far.then(parse_again(scope, {row["id"]: versions[row["id"]] for row in portion}, batch))
        yield so_far


def parse_again(
    scope: Scope, asked: Asked, batch: str, action: str = "reparse", assumed: Assumed | None = None,
    reason: str = "", also: Also = lambda db: None,
) -> Reparsed:  # fmt: skip
    """The same as an action of the journal, with what is `assumed` now instead of before; `also` is done with it."""
    scope.must_act()
    seen: dict[str, Any] = dict(asked if isinstance(asked, Mapping) else dict.fromkeys(asked))
    rows = _found(scope, list(seen))
    if missing := len(seen) - len(rows):
        raise NotFound(n_("{count} message does not exist.", "{count} messages do not exist.", missing).format(
            count=missing), _("Nothing was changed."))  # fmt: skip
    done = Reparsed(batch, action)
    for (_mailbox, status, unread), group in groupby(rows, lambda row: (row["mailbox"], row["status"], row["unread"])):
        # Undoing gives all of a batch the status it had, so what does not wait is a batch of its own.
        work = _Work(scope, batch if status == "unprocessed" else new_batch(), action, status, unread, reason)
        for portion in _portions(list(group)):
            done = done.then(work.do(portion, seen, assumed, also))
    return done


def _found(scope: Scope, ids: list[str]) -> list[dict[str, Any]]:
    with scope.store.reading() as db:
        return db.records(FOUND, ids=ids, mailboxes=list(scope.mailboxes))


def _portions(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in portions bounded by count and bytes; a large message is alone."""
    portion: list[dict[str, Any]] = []
    for row in rows:
        if portion and (len(portion) >= PORTION or sum(one["size"] for one in [*portion, row]) > BYTES_AT_ONCE):
            yield portion
            portion = []
        portion.append(row)
    if portion:
        yield portion


@dataclass(frozen=True)
class _Work:
    """What is done to messages of one mailbox with one standing."""

    scope: Scope
    batch: str
    action: str
    status: str
    unread: bool
    reason: str

    def do(self, rows: list[dict[str, Any]], seen: dict[str, Any], assumed: Assumed | None, also: Also) -> Reparsed:
        parsed, refused = self._parsed(rows, assumed)
        if not parsed:
            return Reparsed(self.batch, self.action, refused=refused)
        where = (rows[0]["mailbox"], rows[0]["address"] or "")
        laid_out = Batch(parsed, where, self.scope.desk.now(), False).lay_out()
        versions = {row["id"]: seen[row["id"]] or row["version"] for row in rows if row["id"] not in refused}

        def work(db: Connection) -> Outcome:
            for name, table in laid_out.items():
                db.lay(name, table)
            choose(db, self.scope, versions, self.status)
            change(db, self.scope, self.action, None, batch=self.batch, reason=self.reason)
            db.script(sql("reparse"))
            also(db)
            done = outcome(db, self.batch, self.action)
            if self.status == "unprocessed" and done.ids:
                decide_again(db, self.scope.desk.now(), self.batch, exempt_from_blocks=not self.unread)
            return done

        done = self.scope.store.change(work)
        if assumed and not done.ids:
            raise ChangedMeanwhile(_("Somebody changed the same mail at this very moment."), _("Please try again."))
        return Reparsed(self.batch, self.action, done.ids, done.references, done.overtaken, refused=refused)

    def _parsed(self, rows: list[dict[str, Any]], assumed: Assumed | None) -> tuple[list[Parsed], dict[str, str]]:
        """What the stored bytes say now, and by id what could not be read, with the reason."""
        with self.scope.store.reading() as db:
            raws = [stored(db, row["id"]) for row in rows]
        assumptions = [assumed or Assumed(row["charset"], row["sender"]) for row in rows]
        limits = self.scope.desk.configuration.limits
        answers = beside.pool.parse(
            [(raw.content, raw.received_at, raw.complete, raw.size, one.charset)
             for raw, one in zip(raws, assumptions, strict=True)],
            limits.of_mail, limits.of_parser,
        )  # fmt: skip
        parsed, refused = [], {row["id"]: _("retention removed it") for row in rows if row["removed"]}
        for raw, one, answer in zip(raws, assumptions, answers, strict=True):
            if raw.id in refused:
                continue
            if isinstance(answer, Refused):
                refused[raw.id] = answer.defect
            elif raw.size and not raw.content:
                refused[raw.id] = _("its bytes are no longer stored")
            else:
                parsed.append((replace(raw, content=b""), _with_sender(answer, one.sender)))
        return parsed, refused


def _with_sender(parsed: ParsedMessage, sender: str) -> ParsedMessage:
    return replace(parsed, from_address=sender, from_domain=sender.rpartition("@")[2]) if sender else parsed
