"""One run of retention: what is due now, removed a portion at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from core.administration.settling import must_be_administrator
from core.intake import new_id
from core.retention.rules import lay_rules, remember_rules
from core.scope import Desk, Scope
from core.store import Connection, sql

AT_ONCE = 200  # messages in one transaction
BYTES_AT_ONCE = 16 * 2**20
DAILY = timedelta(days=1)
DUE = "SELECT message_id::VARCHAR, sum(bytes)::BIGINT FROM retention_due GROUP BY message_id ORDER BY message_id"
DONE = "SELECT count(*), coalesce(sum(bytes), 0)::BIGINT FROM retention_due"
BY_RULE = """
SELECT rule, what, messages, bytes FROM retention_run WHERE run_id = $run::UUID AND rule IS NOT NULL ORDER BY rule, what
"""
BEGUN = "INSERT INTO retention_run VALUES ($run, $now, NULL, NULL, NULL, 0, 0)"
LAST = "SELECT max(started_at) FROM retention_run"


@dataclass(frozen=True)
class Retained:
    """What a run removed: `parts` of messages (a row with its bytes and text counts once), their `bytes`, and the same
    `by_rule` (rule, what, messages, bytes)."""

    run: str
    parts: int = 0
    bytes: int = 0
    by_rule: list[dict[str, object]] = field(default_factory=list)


def retain(scope: Scope) -> Retained:
    """Remove what is due now. A rule that was first seen less than a day ago does not count yet.

    Raises NotAllowed for all but administrators, StoreBusy, StoreProblem.
    """
    must_be_administrator(scope)
    return _run(scope.desk)


def retain_when_due(desk: Desk) -> Retained | None:
    """The same once a day, for the collector; None where there are no rules or the last run is less than a day ago."""
    with desk.store.reading(background=True) as db:
        last: datetime | None = db.value(LAST)
        ever = desk.configuration.retention or db.value("SELECT count(*) FROM retention_rule")
    if not ever:
        return None
    remember_rules(desk)
    if not desk.configuration.retention or (last and desk.now() - last < DAILY):
        return None
    return _run(desk)


def _run(desk: Desk) -> Retained:
    remember_rules(desk)
    done, started = Retained(new_id()), desk.now()
    desk.store.change(lambda db: db.run(BEGUN, run=done.run, now=started), background=True)
    for ids in _portions(_due(desk)):
        work = partial(_remove, desk=desk, ids=ids, run=done.run, started=started)
        count, size = desk.store.change(work, background=True)
        done = replace(done, parts=done.parts + count, bytes=done.bytes + size)
    with desk.store.reading(background=True) as db:
        return replace(done, by_rule=db.records(BY_RULE, run=done.run))


def _due(desk: Desk) -> list[tuple[str, int]]:
    """The messages of which something is due, with the bytes that go, in the order they lie."""
    with desk.store.reading(background=True) as db:
        if not lay_rules(db, desk, everything=False):
            return []
        db.run(sql("retention_due"), until=desk.now(), ids=None)
        return db.rows(DUE)


def _portions(due: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    portion: list[str] = []
    room = BYTES_AT_ONCE
    for id, size in due:
        portion.append(id)
        room -= size
        if len(portion) == AT_ONCE or room <= 0:
            yield portion
            portion, room = [], BYTES_AT_ONCE
    if portion:
        yield portion


def _remove(db: Connection, desk: Desk, ids: Sequence[str], run: str, started: datetime) -> tuple[int, int]:
    """Asked once more, as somebody may have restored or held some of it since."""
    lay_rules(db, desk, everything=False)
    db.run(sql("retention_due"), until=desk.now(), ids=list(ids))
    count, size = db.rows(DONE)[0]
    db.run("SET VARIABLE now = $now::TIMESTAMP", now=desk.now())
    db.run("SET VARIABLE started = $started::TIMESTAMP", started=started)
    db.run("SET VARIABLE run = $run::UUID", run=run)
    db.run("SET VARIABLE first = $id::UUID", id=ids[0])
    db.run("SET VARIABLE last = $id::UUID", id=ids[-1])
    db.script(sql("retention_remove"))
    return int(count), int(size)
