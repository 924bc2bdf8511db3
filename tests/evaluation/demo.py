"""The demo desk, and what its people should have done with each mail: data/demo/truth.csv."""

import csv
from datetime import datetime
from pathlib import Path

from core.configuration import DEMO
from core.scope import open_desk
from tests.evaluation.living import DELETE, LivingDesk

IDS = """
SELECT mailbox, received_at, id::VARCHAR FROM message
"""


def demo_desk(folder: Path = DEMO.parent) -> LivingDesk | None:
    """The demo in `folder`, if it was made and the store that STRAYDESK_STORE names holds it."""
    if not (folder / "truth.csv").exists():
        return None
    desk = open_desk(folder / "straydesk.toml")
    with desk.store.reading() as db:
        ids = {(mailbox, received_at): id for mailbox, received_at, id in db.rows(IDS)}
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        truths = [*csv.DictReader(file)]
    known = {truth["message_id"]: _target(truth) for truth in truths if truth["kind"]}
    meant: dict[str, str] = {}
    for truth in truths:
        id = ids.get((truth["mailbox"], datetime.fromisoformat(truth["received_at"])))
        if id and (target := _target(truth) or known.get(truth["thread"])):
            meant[id] = target
    return LivingDesk(desk, meant) if meant else None


def _target(truth: dict[str, str]) -> str:
    if truth["action"] == "delete":
        return DELETE
    return " · ".join(truth[name] for name in ("kind", "customer", "contract", "service")) if truth["kind"] else ""
