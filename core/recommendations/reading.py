"""What is recommended now, to the person who asks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from core.drafting import free_name, names_taken
from core.recommendations.asking import BOUND, DAYS, SHADOW
from core.recommendations.learning import learn
from core.recommendations.recommendation import Answer, Blocked, Recommendation, Recommended
from core.recommendations.sentences import becomes, conditions, outcome, proposed_name
from core.routes import Route, Target
from core.scope import Scope
from core.store import Connection, sql

COUNTS = """
SELECT count(*), count(*) FILTER (NOT waiting), count(*) FILTER (waiting),
       count(*) FILTER (message_id IN (SELECT message_id FROM settled)) FROM unrouted
"""
WEEKLY = """
SELECT number, date_trunc('week', received_at)::TIMESTAMP AS week, count(*) FILTER (verdict = 'agreed') AS agreed,
       count(*) FILTER (verdict = 'against') AS against, count(*) FILTER (verdict = 'waiting') AS waiting
FROM held WHERE number IN (SELECT number FROM recommended) GROUP BY ALL ORDER BY number, week
"""
PEOPLE = """
SELECT h.number, h.decided_by AS person, coalesce(any_value(p.name), h.decided_by) AS name, count(*) AS decided
FROM held AS h LEFT JOIN person_ever AS p ON p.email = h.decided_by
WHERE h.verdict = 'agreed' AND h.number IN (SELECT number FROM recommended)
GROUP BY h.number, h.decided_by ORDER BY h.number, decided DESC, person
"""
SAMPLES = """
SELECT h.number, h.message_id::VARCHAR AS message_id, h.received_at, m.mailbox, m.from_address, m.subject, h.verdict,
       e.target AS became, coalesce(h.decided_by, '') AS decided_by
FROM (SELECT * FROM held WHERE number IN (SELECT number FROM recommended)
      QUALIFY row_number() OVER (PARTITION BY number, verdict ORDER BY received_at DESC, message_id) <= 100) AS h
JOIN message AS m ON m.id = h.message_id
LEFT JOIN evidence AS e ON e.message_id = h.message_id
ORDER BY h.number, h.received_at DESC, h.message_id
"""
COUNTED = ("support", "agreeing", "against", "waiting", "weeks", "lately", "at_least", "first_at", "last_at",
           "changed_at", "minutes", "per_week", "saved")  # fmt: skip
CURVE = ["place", "key", "name", "new", "new_agreeing", "handled", "share"]


def recommendations(scope: Scope, *, bound: float = BOUND, loosest: float = SHADOW, days: int = DAYS) -> Recommended:
    """The routes and blocks that people's decisions of the last `days` speak for, in the mailboxes of the person.

    At least as sure as `bound` they are offered as routes or blocks, below it to run in shadow, below `loosest` not at
    all. Times are UTC.
    """
    now = scope.desk.now()
    with scope.store.reading() as db:
        learn(db, scope, as_of=now, days=days, bound=bound, known=True)
        db.script(sql("recommend_effort"))
        db.run("SET VARIABLE showing = $loosest", loosest=min(loosest, bound))
        db.run("SET VARIABLE least_for_blocks = $bound", bound=bound)
        rows = _named(db, db.records(sql("recommend_told")))
        key_of = {row["number"]: row["key"] for row in rows}
        frames = {name: _keyed(db.frame(statement), key_of)
                  for name, statement in {"weekly": WEEKLY, "people": PEOPLE, "samples": SAMPLES}.items()}  # fmt: skip
        given = {target["number"]: outcome(target) for target in db.records("SELECT * FROM rec_target")}
        unrouted, by_hand, waiting, settled = db.rows(COUNTS)[0]
    frames["samples"]["became"] = frames["samples"]["became"].map(given).fillna("")
    offered = tuple(_recommendation(row, bound) for row in rows)
    return Recommended(days, now - timedelta(days=days), bound, unrouted, by_hand, waiting, settled, offered,
                       _curve(rows, bound, unrouted - settled), **frames)  # fmt: skip


def _named(db: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with a name each that no route has yet."""
    taken = names_taken(db)
    for row in rows:
        row["name"] = ""
        if row["deed"] == "work":
            row["name"] = free_name(proposed_name(row), taken)
            taken.add(row["name"])
    return rows


def _keyed(frame: pd.DataFrame, key_of: Mapping[int, str]) -> pd.DataFrame:
    keyed = frame.assign(key=frame.pop("number").map(key_of)).dropna(subset="key")
    return keyed[["key", *frame.columns]].reset_index(drop=True)


def _curve(rows: list[dict[str, Any]], bound: float, total: int) -> pd.DataFrame:
    sure = sorted((row for row in rows if row["at_least"] >= bound), key=lambda row: int(row["place"]))
    steps = [{"place": place, "key": row["key"], "name": row["name"] or conditions(row), "new": row["new_handled"],
              "new_agreeing": row["new_agreeing"]} for place, row in enumerate(sure, start=1)]  # fmt: skip
    frame = pd.DataFrame(steps, columns=CURVE[:5])
    handled = frame["new"].cumsum()
    return frame.assign(handled=handled, share=handled / total if total else 0.0)


def _recommendation(row: Mapping[str, Any], bound: float) -> Recommendation:
    blocks = row["deed"] == "delete"
    answer = Answer(row["answer_id"], "refused", row["reason"], row["answered_by"], row["answered_by_name"],
                    row["answered_at"]) if row["answer_id"] else None  # fmt: skip
    return Recommendation(
        key=row["key"], deed="block" if blocks else "route",
        standing="route" if blocks or row["at_least"] >= bound else "shadow", route=None if blocks else _route(row),
        block=_block(row) if blocks else None, name=row["name"] or conditions(row), mailbox=row["mailbox"],
        subject_like=row["shape"], conditions=conditions(row), becomes=becomes(row), new=row["new_handled"],
        refused=answer, **{name: row[name] for name in COUNTED},
    )  # fmt: skip


def _route(row: Mapping[str, Any]) -> Route:
    target = Target(kind=row["kind"], customer=row["customer"], contract=row["contract"], service=row["service"])
    return Route(name=row["name"], mailbox=row["mailbox"], recipient=row["recipient"], sender=row["sender"],
                 subject_contains=row["subject_contains"], subject_regex=row["subject_regex"], list_id=row["list_id"],
                 match_delivered=row["match_delivered"], target=target)  # fmt: skip


def _block(row: Mapping[str, Any]) -> Blocked:
    if row["list_id"]:
        return Blocked("list_id", row["list_id"], row["mailbox"])
    (sender,) = row["sender"]
    whole = sender.startswith("*@")
    return Blocked("domain" if whole else "address", sender.removeprefix("*@"), row["mailbox"])
