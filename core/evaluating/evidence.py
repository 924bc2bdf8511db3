"""What people had decided by hand at a moment: the same evidence that recommendations learn from."""

from datetime import datetime

from core.recommendations.asking import ask
from core.scope import Scope
from core.store import Connection, sql


def lay_out_evidence(db: Connection, scope: Scope, as_of: datetime, days: int) -> None:
    """The tables of sql/recommend_evidence.sql, from decisions before `as_of` (UTC) on mail of the `days` before it.

    With them the macro target_text, by which different evidence can be compared.
    """
    ask(db, scope, as_of, days)
    for name in ("evaluate_target", "recommend_evidence"):
        db.script(sql(name))
