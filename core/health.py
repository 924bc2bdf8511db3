"""Is all well? What somebody should be told of, mailbox by mailbox: a sentence each trouble, or none."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import pandas as pd

from core.effects import effects_state
from core.language import _, n_
from core.residues import NAMED
from core.scope import Scope
from core.status import mailbox_states
from core.store import sql
from core.unusual import unusual

SOON = timedelta(days=21)  # before a certificate runs out: time enough for whoever renews it by hand
RENEWED = timedelta(days=2)  # a token that lives no longer than this is renewed by the collector itself
Level = Literal["red", "warning"]
Moment = Callable[[datetime], str]
# Every page asks this, of tables of a few rows; only if no run has ended for long, whether one has taken mail in since.
RED = """
SELECT count(*) FILTER (problem IS NOT NULL)
           + (SELECT count(*) FROM residue WHERE tries > 1 AND list_contains($mailboxes::VARCHAR[], mailbox)),
       list(mailbox) FILTER (last_run_at < $silent)
FROM mailbox_state WHERE list_contains($mailboxes::VARCHAR[], mailbox)
"""
GOING_ON = """
SELECT count(DISTINCT mailbox) FROM delivery
WHERE collected_at >= $silent AND list_contains($mailboxes::VARCHAR[], mailbox)
"""


@dataclass(frozen=True)
class Bounds:
    """What is still well: minutes without a sign of the collector, messages that wait in a mailbox, and messages that
    are on the server but could not be taken in."""

    silent_minutes: float = 15
    waiting: int = 10_000
    left: int = 0


@dataclass(frozen=True)
class Trouble:
    """One thing that is not well. `code` is stable: red, silent, backlog, residue, missing, ledger, store or desk are
    red; certificate, token, effects and unusual are warnings. `since` is UTC, where that is known."""

    code: str
    mailbox: str | None
    sentence: str
    level: Level = "red"
    since: datetime | None = None


def utc(moment: datetime) -> str:
    """A moment as the command line writes it: `2025-03-04 09:00 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def troubles(scope: Scope, bounds: Bounds, written: Moment = utc) -> list[Trouble]:
    """What is not well in the mailboxes in scope; nothing is what one hopes for. `written` writes moments."""
    now, mailboxes = scope.desk.now(), list(scope.mailboxes)
    with scope.store.reading() as db:
        states = mailbox_states(scope).merge(db.frame(sql("health"), mailboxes=mailboxes, now=now), on="mailbox")
        odd = unusual(scope)
    rows = states.astype(object).where(states.notna(), None)
    of_arrivals = {row["mailbox"]: row for row in odd.to_dict("records")}
    found = [found for row in rows.to_dict("records")
             for found in _of(row, of_arrivals.get(row["mailbox"]), bounds, now, written)]  # fmt: skip
    return [*found, *_effects(scope)]


def verdict(found: Iterable[Trouble]) -> Literal["well", "warning", "red"]:
    """How a mailbox with these troubles is, in a word."""
    levels = {each.level for each in found}
    return "red" if "red" in levels else "warning" if levels else "well"


def is_red(scope: Scope) -> bool:
    """Whether a mailbox in scope can't be collected as it should; quick enough for every page."""
    every = scope.desk.configuration.collect.every_seconds
    patience = max(timedelta(minutes=Bounds.silent_minutes), timedelta(seconds=10 * every))
    silent = scope.desk.now() - patience
    with scope.store.reading() as db:
        red, overdue = db.rows(RED, mailboxes=list(scope.mailboxes), silent=silent)[0]
        if red or not overdue:
            return bool(red)
        return int(db.value(GOING_ON, mailboxes=overdue, silent=silent)) < len(overdue)


def _of(row: dict[Any, Any], odd: dict[Any, Any] | None, bounds: Bounds, now: datetime, written: Moment
        ) -> Iterator[Trouble]:  # fmt: skip
    yield from _collecting(row, bounds, now, written)
    yield from _mail(row, bounds)
    yield from _expiry(row, now, written)
    if odd is not None:
        yield _unusual(odd, written)


def _collecting(row: dict[Any, Any], bounds: Bounds, now: datetime, written: Moment) -> Iterator[Trouble]:
    name, sign = row["mailbox"], row["sign_at"]
    if row["problem"]:
        yield Trouble("red", name, _("{mailbox}: problem since {moment}: {problem}").format(
            mailbox=name, moment=written(row["problem_since"]), problem=row["problem"]),
            since=row["problem_since"])  # fmt: skip
    if sign is None:
        yield Trouble("silent", name, _("{mailbox}: not collected yet; is the collector running?").format(mailbox=name))
    elif now - sign > timedelta(minutes=bounds.silent_minutes):
        yield Trouble("silent", name, _("{mailbox}: not collected since {moment}; is the collector running?").format(
            mailbox=name, moment=written(sign)), since=sign)  # fmt: skip


def _mail(row: dict[Any, Any], bounds: Bounds) -> Iterator[Trouble]:
    name = row["mailbox"]
    if (count := int(row["waiting"])) > bounds.waiting:
        told = n_("{mailbox}: {count} message waits, more than {most}.",
                  "{mailbox}: {count} messages wait, more than {most}.", count)  # fmt: skip
        yield Trouble("backlog", name, told.format(mailbox=name, count=count, most=bounds.waiting))
    if (count := int(row["refused"])) > bounds.left:
        told = n_("{mailbox}: {count} message is on the server but could not be taken in: UID {uids}.",
                  "{mailbox}: {count} messages are on the server but could not be taken in: UID {uids}.",
                  count)  # fmt: skip
        yield Trouble("residue", name, told.format(mailbox=name, count=count, uids=uids_of(row)),
                      since=row["refused_since"])  # fmt: skip
    if count := int(row["not_asked_for"]):
        told = n_("{mailbox}: {count} message is on the server and no run has asked for it.",
                  "{mailbox}: {count} messages are on the server and no run has asked for them.", count)  # fmt: skip
        yield Trouble("missing", name, told.format(mailbox=name, count=count))
    if count := int(row["unaccounted"]):
        told = n_("{mailbox}: today's ledger does not add up, by {count} message.",
                  "{mailbox}: today's ledger does not add up, by {count} messages.", abs(count))  # fmt: skip
        yield Trouble("ledger", name, told.format(mailbox=name, count=abs(count)))


def uids_of(row: dict[Any, Any]) -> str:
    """The first residues of a row of mailbox_states by name, and how many more there are."""
    named, more = ", ".join(str(uid) for uid in row["residue_uids"]), int(row["residues"]) - NAMED
    return named if more <= 0 else n_("{uids} and {count} more", "{uids} and {count} more", more).format(
        uids=named, count=more)  # fmt: skip


def _expiry(row: dict[Any, Any], now: datetime, written: Moment) -> Iterator[Trouble]:
    name, ends = row["mailbox"], row["certificate_expires_at"]
    if ends is not None and ends - now < SOON:
        told = _("{mailbox}: the server's certificate runs out on {moment}.") if ends > now else _(
            "{mailbox}: the server's certificate ran out on {moment}.")  # fmt: skip
        yield Trouble("certificate", name, told.format(mailbox=name, moment=written(ends)), "warning")
    ends = row["token_expires_at"]
    if ends is None or row["token_since"] is None:
        return
    lasting = ends - row["token_since"] > RENEWED
    if (lasting and ends - now < SOON) or ends < row["last_run_at"]:
        told = _("{mailbox}: what the mailbox is opened with runs out on {moment} and is not renewed by itself.")
        yield Trouble("token", name, told.format(mailbox=name, moment=written(ends)), "warning")


def _effects(scope: Scope) -> Iterator[Trouble]:
    """What `after_collecting` asks for and the servers did not do."""
    if not any(mailbox.effect for mailbox in scope.desk.configuration.mailboxes):
        return
    for row in effects_state(scope).to_dict("records"):
        if count := int(row["failed"]):
            told = n_("{mailbox}: {count} mail could not be changed on the server: {why}",
                      "{mailbox}: {count} mails could not be changed on the server: {why}", count)  # fmt: skip
            yield Trouble("effects", str(row["mailbox"]), told.format(
                mailbox=row["mailbox"], count=count, why=row["problem"]), "warning")  # fmt: skip


def _unusual(odd: dict[Any, Any], written: Moment) -> Trouble:
    """In one sentence, with what it is measured by."""
    told = (
        _("{mailbox}: nothing has come since {moment}; in the same hours of the {weeks} weeks before, {low} to {high} "
          "messages came.") if odd["kind"] == "silence"
        else _("{mailbox}: {count} messages have come since {moment}; in the same hours of the {weeks} weeks before, "
               "{low} to {high} came."))  # fmt: skip
    since = odd["since"].to_pydatetime() if isinstance(odd["since"], pd.Timestamp) else odd["since"]
    sentence = told.format(mailbox=odd["mailbox"], moment=written(since), count=int(odd["arrived"]),
                           weeks=int(odd["weeks"]), low=int(odd["low"]), high=int(odd["high"]))  # fmt: skip
    return Trouble("unusual", odd["mailbox"], sentence, "warning", since)
