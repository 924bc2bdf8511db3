"""Routes that nearly caught a mail, each with the smallest edit that would let it, tried on past mail."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.asked_mail import TypedMail, decide_asked, lay_out_new, lay_out_stored, read_asked
from core.backtesting import Backtest, backtest_route
from core.errors import StraydeskError
from core.laid_out_routes import lay_out_routes
from core.language import _, n_
from core.messages import must_exist
from core.route_versions import route_in
from core.routes import Route
from core.scope import Scope
from core.smallest_edit import Missed, smallest_edit
from core.store import Connection, sql

# How far each condition is from holding, by what is near about it; fewer conditions always come first.
DISTANCE = {"inactive": 1, "match_delivered": 1, "same_domain": 1, "sub_domain": 1, "one_letter": 1, "look_alike": 2,
            "subject_contains": 2, "has_attachment": 2, "body_contains": 3, "mailbox": 4, "subject_regex": 4,
            "list_id": 4, "sender": 5, "recipient": 5}  # fmt: skip
NEAR = 5  # as distance
CLOSENESS = {"inactive": "inactive", "subject_contains": "missing_word"}
CAME_TO_ROUTES = ("route", "delivered", "none")  # what ended before, no route would help
STEP = "SELECT max_by(step, (decided_at, id)) FROM decision WHERE message_id = $id::UUID"
ROUTES = """
SELECT * REPLACE (id::VARCHAR AS id) FROM route_newest
WHERE NOT removed AND shadow IS NOT TRUE AND (mailbox IS NULL OR list_contains($mailboxes::VARCHAR[], mailbox))
ORDER BY position, name, id
"""


@dataclass(frozen=True)
class NearMiss:
    """A route that missed an address by the conditions `failed`, and `edit`, which would catch it.

    `edit` stands for the route named `replacing`, or is a further route. Of past mail it would newly catch `caught`,
    `agreeing` of which people gave the same target, and take `taken` from other routes; `promise` says so.
    """

    address: str
    kind: str
    route: str
    failed: tuple[str, ...]
    closeness: str
    edit: Route
    replacing: str | None
    change: str
    warning: str
    promise: str = ""
    caught: int = 0
    agreeing: int = 0
    taken: int = 0


def near_misses(scope: Scope, id: str, at_most: int = 3) -> list[NearMiss]:
    """Of a stored message: at most so many for each address that no route caught, nearest first. Raises NotFound."""
    with scope.store.reading() as db:
        found = must_exist(db, scope, id)
        if db.value(STEP, id=found["id"]) not in CAME_TO_ROUTES:
            return []
        lay_out_stored(db, scope, [found["id"]])
        near = _near(db, scope, at_most)
        return [_tried(scope, each, own=found["status"] == "unprocessed") for each in near]


def near_misses_of_mail(scope: Scope, raw: bytes, mailbox: str, at_most: int = 3) -> list[NearMiss]:
    """The same for a mail that is not stored, as if it came to a mailbox now. Raises NotFound."""
    parsed = read_asked(scope, raw)
    with scope.store.reading() as db:
        lay_out_new(db, scope, parsed, mailbox)
        decide_asked(db)
        if db.value("SELECT step FROM concluded") not in CAME_TO_ROUTES:
            return []
        return [_tried(scope, each, own=False) for each in _near(db, scope, at_most)]


def near_misses_of_fields(scope: Scope, fields: TypedMail, at_most: int = 3) -> list[NearMiss]:
    """The same for a mail as somebody types it. Raises NotFound."""
    return near_misses_of_mail(scope, fields.as_bytes(), fields.mailbox, at_most)


def _near(db: Connection, scope: Scope, at_most: int) -> list[NearMiss]:
    routes = [route_in(record) for record in db.records(ROUTES, mailboxes=list(scope.mailboxes))]
    lay_out_routes(db, dict(enumerate(routes)))
    db.script(sql("match"))
    db.script(sql("nearness"))
    rows = [row for row in db.records(sql("near_misses")) if _near_enough(row)]
    (mail,) = db.records("SELECT mailbox, from_address, from_domain, subject, list_id FROM deciding")
    mail["mailbox"] = mail["mailbox"] if mail["mailbox"] in scope.mailboxes else ""
    rows.sort(key=lambda row: (len(row["failed"]), _distance(row), row["rank"]))
    made = (_miss(row, routes[row["rank"]], Missed(row["address"], **mail)) for row in rows)
    return _some_of_each([each for each in made if each], at_most)


def _miss(row: dict[str, Any], route: Route, missed: Missed) -> NearMiss | None:
    edit = smallest_edit(route, row["failed"], missed, row["sender_is"])
    result = edit.result()
    if result is None or ("mailbox" in row["failed"] and not missed.mailbox):
        return None
    warning = _("The sender's domain only looks like one that the route knows: make sure that it is no fraud.")
    return NearMiss(
        row["address"], row["kind"], route.name, tuple(row["failed"]), _closeness(row), result,
        None if edit.as_copy else route.name, " ".join(edit.sentences),
        warning if row["sender_is"] == "look_alike" else "",
    )  # fmt: skip


def _tried(scope: Scope, miss: NearMiss, own: bool) -> NearMiss:
    """With what it would have done to past mail; `own`: the mail asked about is one of those that it would catch."""
    try:
        tested = backtest_route(scope, miss.edit, replacing=miss.replacing, samples=1)
    except StraydeskError as error:
        return replace(miss, promise=error.sentence)
    (newly,) = (row for row in tested.summary.to_dict("records") if row["kind"] == "newly_caught")
    caught, agreeing, taken = max(int(newly["messages"]) - own, 0), int(newly["agree"]), tested.count("taken")
    return replace(miss, caught=caught, agreeing=agreeing, taken=taken,
                   promise=f"{_catches(caught, agreeing, int(newly['disagree']), tested)} {_takes(taken)}")  # fmt: skip


def _catches(caught: int, agreeing: int, disagreeing: int, tested: Backtest) -> str:
    if not caught:
        return _("It would have caught no other mail of the last {days} days.").format(days=tested.days)
    if agreeing == caught:
        return n_("It would also have caught {count} past mail, which people gave the same target.",
                  "It would also have caught {count} past mails, all of which people gave the same target.",
                  caught).format(count=caught)  # fmt: skip
    if not agreeing and not disagreeing:
        return n_("It would also have caught {count} past mail, which nobody gave a target.",
                  "It would also have caught {count} past mails, none of which anybody gave a target.",
                  caught).format(count=caught)  # fmt: skip
    return n_("It would also have caught {count} past mail ({agreeing} given the same target by people, {other} not).",
              "It would also have caught {count} past mails ({agreeing} given the same target by people, {other} not).",
              caught).format(count=caught, agreeing=agreeing, other=disagreeing)  # fmt: skip


def _takes(taken: int) -> str:
    if not taken:
        return _("It takes none from other routes.")
    return n_("It takes {count} mail from other routes.", "It takes {count} mails from other routes.", taken).format(
        count=taken)  # fmt: skip


def _near_enough(row: dict[str, Any]) -> bool:
    """Whether it is worth a word: a route that was not even tried has to be nearly right in everything."""
    tried = not {"inactive", "recipient", "match_delivered"} & set(row["failed"])
    return tried or (len(row["failed"]) <= 2 and _distance(row) <= NEAR)


def _distance(row: dict[str, Any]) -> int:
    return sum(DISTANCE[_nearness(row, condition)] for condition in row["failed"])


def _nearness(row: dict[str, Any], condition: str) -> str:
    return row.get(f"{condition}_is") or condition


def _closeness(row: dict[str, Any]) -> str:
    """What is near about the condition that is furthest from holding."""
    worst = max((_nearness(row, condition) for condition in row["failed"]), key=DISTANCE.__getitem__)
    known = {"same_domain", "sub_domain", "one_letter", "look_alike"}
    return worst if worst in known else CLOSENESS.get(worst, "other")


def _some_of_each(misses: Sequence[NearMiss], at_most: int) -> list[NearMiss]:
    """The nearest for each address; a delivery address is of no interest to routes that nearly caught another one."""
    taken: Counter[tuple[str, str]] = Counter()
    addressed = {each.route for each in misses if each.kind != "delivered"}
    kept = []
    for each in misses:
        if each.kind == "delivered" and each.route in addressed:
            continue
        taken[each.address, each.kind] += 1
        if taken[each.address, each.kind] <= at_most:
            kept.append(each)
    return kept
