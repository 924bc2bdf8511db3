"""What learners offered, beside what people made of the mail."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from core.evaluating.folds import Labels
from core.evaluating.result import Evaluation
from core.store import Connection, sql

LEARNER = {"position": "BIGINT", "learner": "VARCHAR", "seconds": "DOUBLE", "note": "VARCHAR", "missing": "BOOLEAN"}
OFFER = {"learner": pa.string(), "message_id": pa.string(), "place": pa.int64(), "target": pa.string(),
         "confidence": pa.float64(), "offered": pa.bool_()}  # fmt: skip
BY_WEEK = """
SELECT a.learner, a.week, count(*) AS tested, count(*) FILTER (a.offered) AS predicted,
       count(*) FILTER (a.offered AND a.is_right) AS "right"
FROM evaluate_answer AS a JOIN evaluate_learner AS e USING (learner) WHERE NOT e.missing
GROUP BY a.learner, e.position, a.week ORDER BY e.position, a.week
"""
ANSWERS = """
SELECT a.* FROM evaluate_answer AS a JOIN evaluate_learner AS e USING (learner) WHERE NOT e.missing
ORDER BY e.position, a.week, a.message_id
"""


@dataclass
class Measured:
    """A learner, what it offered so far, and how long that took; `missing` says what has to be installed first."""

    name: str
    offers: list[pd.DataFrame] = field(default_factory=list)
    seconds: float = 0.0
    note: str = ""
    missing: str = ""


def score(db: Connection, labels: Labels, measured: Sequence[Measured]) -> Evaluation:
    """Count what was right."""
    labels.lay_out(db)
    _lay_out(db, measured)
    db.script(sql("evaluate_scored"))
    tested = int(db.value("SELECT count(*) FROM evaluate_label WHERE tested"))
    statements = {"summary": sql("evaluate_summary"), "by_week": BY_WEEK, "answers": ANSWERS}
    frames = {name: db.frame(statement) for name, statement in statements.items()}
    return Evaluation(len(labels.tested), min(labels.tested, default=None), tested, **frames)


def _lay_out(db: Connection, measured: Sequence[Measured]) -> None:
    db.temporary("evaluate_learner", LEARNER, [
        (place, each.name, None if each.missing else each.seconds, each.missing or each.note, bool(each.missing))
        for place, each in enumerate(measured)
    ])  # fmt: skip
    frames = [frame.assign(learner=each.name)[list(OFFER)] for each in measured for frame in each.offers]
    tables = [pa.Table.from_pandas(frame, pa.schema(OFFER), preserve_index=False) for frame in frames]
    db.show("evaluate_offer", pa.concat_tables(tables) if tables else pa.schema(OFFER).empty_table())
