"""Learning routes from what people decided by hand: the steps of sql/recommend_*.sql, one after the other."""

from datetime import datetime

from core.recommendations.asking import BOUND, DAYS, NUMBERS, ask
from core.scope import Scope
from core.store import Connection, sql

WORDS = 4  # words of subjects that a candidate names at most
NEWEST_ACTS = 20_000  # of people, that suggestions for one message are taken from: it must not take long
RULE = {"rank": "BIGINT", "mailbox": "VARCHAR", "recipient": "VARCHAR", "sender": "VARCHAR[]",
        "subject_contains": "VARCHAR[]", "subject_regex": "VARCHAR", "body_contains": "VARCHAR[]", "list_id": "VARCHAR",
        "has_attachment": "BOOLEAN", "match_delivered": "BOOLEAN", "settled_at": "TIMESTAMP"}  # fmt: skip
CHOSE = "SELECT count(*) > 0 FROM newly"


def learn(
    db: Connection, scope: Scope, *, as_of: datetime, days: int = DAYS, bound: float = BOUND, known: bool = False
) -> None:
    """Lay out `evidence`, `held`, `measured` and `recommended` from what people decided before `as_of` (UTC).

    With `known`, what today's routes, blocks and answers take care of is left out. Nothing is stored.
    """
    ask(db, scope, as_of, days)
    for step in ("wilson", "recommend_subject", "recommend_evidence"):
        db.script(sql(step))
    _seek(db)
    if known:
        db.script(sql("recommend_known"))
    else:
        db.temporary("known_rule", RULE, [])
    for step in ("recommend_lay", "match", "recommend_measure"):
        db.script(sql(step))
    _choose(db, bound)


def suggest(db: Connection, scope: Scope, *, as_of: datetime, days: int = DAYS) -> None:
    """Lay out `suggestion`, the three likeliest targets of the messages in the table `asked` (id), from what people
    decided before `as_of` (UTC)."""
    ask(db, scope, as_of, days, newest_acts=NEWEST_ACTS)
    for step in ("recommend_subject", "recommend_evidence", "recommend_suggest"):
        db.script(sql(step))


def _seek(db: Connection) -> None:
    db.script(sql("recommend_seek"))
    for _word in range(WORDS):
        db.script(sql("recommend_words"))
    db.script(sql("recommend_candidates"))


def _choose(db: Connection, bound: float) -> None:
    """What is at least as sure as `bound` is chosen first, and the rest from what that leaves."""
    for least in (bound, NUMBERS["loosest"]):
        db.run("SET VARIABLE bound = $least", least=least)
        db.script(sql("recommend_choose"))
        while db.value(CHOSE):
            db.script(sql("recommend_choose"))
    db.script(sql("recommended"))
