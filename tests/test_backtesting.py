"""A backtest says what really deciding the same mail with the draft set does, and what people did with that mail."""

import math
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.acting import attach, create, delete
from core.backtesting import KINDS, Backtest, backtest, backtest_route
from core.errors import InvalidInput, NotFound
from core.routes import Route
from core.store import sql
from core.work_items import merge
from tests.desk import AR, INVOICES, PAYMENTS, PEOPLE, SENT, STAFF, DeskUnderTest, mail, route
from tests.test_deciding_again_by_hand import BEFORE, BLOCKS, MAILS, PLUS, ROUTES, written

EXAMPLES = int(os.environ.get("STRAYDESK_TEST_EXAMPLES", "8"))
OPENED = """
SELECT v.uid, m.status, d.step,
       coalesce(list(DISTINCT concat_ws(' ', t.address, t.kind = 'delivered', r.name, r.target_service))
                FILTER (t.outcome = 'opened' AND d.step <> 'reply'), [])
FROM message AS m JOIN delivery AS v ON v.message_id = m.id
JOIN decision_newest AS n ON n.message_id = m.id JOIN decision AS d ON d.id = n.decision_id
LEFT JOIN decision_trace AS t ON t.decision_id = d.id
LEFT JOIN route AS r ON r.id = t.route_id AND r.version = t.route_version
GROUP BY v.uid, m.status, d.step ORDER BY v.uid
"""
Ended = tuple[str, bool, frozenset[str]]


def routes(*given: dict[str, Any]) -> list[Route]:
    return [Route.model_validate(each) for each in given]


def by_kind(tested: Backtest) -> dict[str, int]:
    return {kind: tested.count(kind) for kind in KINDS if tested.count(kind)}


def told(tested: Backtest, *columns: str) -> list[Any]:
    """Columns of the samples, as a set of rows in order."""
    return sorted(tested.changes[list(columns)].fillna("").itertuples(index=False, name=None))


# The draft against really deciding with it


def ended(desk: DeskUnderTest) -> dict[str, Ended]:
    """Of each mail: its status, whether it was appended, and which route took which address for what."""
    return {uid: (status, step == "reply", frozenset(opened)) for uid, status, step, opened in desk.rows(OPENED)}


def promised(desk: DeskUnderTest, tested: Backtest) -> dict[str, Ended]:
    """How each mail ended, with what the backtest says would be otherwise."""
    uid_of = dict(desk.rows("SELECT message_id::VARCHAR, uid FROM delivery"))
    result = dict(ended(desk))
    for row in tested.changes.to_dict("records"):
        uid = uid_of[row["id"]]
        _status, appended, opened = result[uid]
        if row["kind"] in ("appended", "parted"):
            appended = row["kind"] == "appended"
            opened = frozenset() if appended else frozenset([f"parted {row['after_route']}"])
        else:
            opened = frozenset(each for each in opened if each.split()[:2] == [row["address"], "?"]
                               or not each.startswith(f"{row['address']} "))  # fmt: skip
        if row["kind"] in ("newly_caught", "taken", "retargeted"):
            opened |= {f"{row['address']} ? {row['after_route']} {row['target'].split(' · ')[-1]}"}
        result[uid] = (row["status_after"], appended, opened)
    return result


def alike(promise: Ended, real: Ended) -> bool:
    """The same, where a promise about an answer parted from its question names routes only."""
    (status, appended, opened), (real_status, real_appended, real_opened) = promise, real
    names = {f"parted {', '.join(sorted({each.split()[2] for each in real_opened}))}"}
    blind = {" ".join([each.split()[0], "?", *each.split()[2:]]) for each in real_opened}
    plain = {
        " ".join([each.split()[0], "?", *each.split()[2:]]) if not each.startswith("parted") else each
        for each in opened
    }
    return (status, appended) == (real_status, real_appended) and plain in (blind, names)


DRAWN = st.tuples(ROUTES, st.sampled_from([INVOICES, PAYMENTS]))


@st.composite
def two_sets(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A route set and a draft made of it: routes left out, moved, changed and new ones."""
    before = [_named(f"R{rank}", *each) for rank, each in enumerate(draw(st.lists(DRAWN, min_size=2, max_size=6)))]
    after = draw(st.permutations(before))[: draw(st.integers(0, 6))] if before else []
    changed = [_named(each["name"], *draw(DRAWN)) if draw(st.booleans()) else each for each in after]
    new = [_named(f"N{rank}", *each) for rank, each in enumerate(draw(st.lists(DRAWN, max_size=3)))]
    return before, draw(st.permutations([*changed, *new]))


def _named(name: str, given: dict[str, Any], target: Any) -> dict[str, Any]:
    each = written(0, given) | {"name": name}
    return each if given.get("gone") else each | {"target": target.model_dump()}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(
    sets=two_sets(),
    blocks=BLOCKS,
    mails=st.lists(MAILS.filter(lambda one: PLUS not in one.reached()), min_size=15, max_size=40),
)
def test_a_backtest_is_what_deciding_the_same_mail_with_the_draft_does(
    sets: tuple[list[dict[str, Any]], list[dict[str, Any]]], blocks: set[tuple[str, str]], mails: list[Any]
) -> None:
    composed = [one.composed() for one in [*BEFORE, *mails]]
    with TemporaryDirectory() as folder, TemporaryDirectory() as fresh:
        desk, anew = (DeskUnderTest(Path(where), each) for where, each in ((folder, sets[0]), (fresh, sets[1])))
        for one in (desk, anew):
            for kind, value in blocks:
                one.block(kind, value)
            one.receive(*composed)
        tested = backtest(desk.desk.operator(), routes(*sets[1]), days=9999, samples=9999)
        promise, real = promised(desk, tested), ended(anew)
    assert {uid: (promise[uid], real[uid]) for uid in real if not alike(promise[uid], real[uid])} == {}
    assert tested.changed == tested.changes.id.nunique()
    assert tested.messages == len(composed)


# Case by case: the route set in force, one draft each, and what changes for whom

INVOICE = route("Invoices", "invoices@desk.example")
ACME = route("Acme", "invoices@desk.example", PAYMENTS, sender=["*@acme.example"])
FROM_ACME = mail(sender="a@acme.example", to="invoices@desk.example", subject="From Acme")
FROM_ELSE = mail(sender="b@else.example", to="invoices@desk.example", subject="From elsewhere")
TO_BOTH = mail(to="invoices@desk.example, orders@desk.example", subject="To both")
MAIL = (FROM_ACME, FROM_ELSE, TO_BOTH, mail(to="x@desk.example", subject="Of no interest"))
A_CASE = INVOICES.model_copy(update={"kind": "case"})
GONE = INVOICE | {"target": {"customer": "Gone", "contract": "Long ago", "service": "Nothing"}}
CASES = {
    "a new route": ([], [INVOICE], {"newly_caught": 3}),
    "a route taken out": ([INVOICE], [], {"released": 3}),
    "switched off": ([INVOICE], [INVOICE | {"active": False}], {"released": 3}),
    "in shadow": ([INVOICE], [INVOICE | {"shadow": True}], {"released": 3}),
    "a narrower one before it": ([INVOICE], [ACME, INVOICE], {"taken": 1}),
    "a narrower one behind it": ([INVOICE], [INVOICE, ACME], {}),
    "another order": ([ACME, INVOICE], [INVOICE, ACME], {"taken": 1}),
    "another target": ([INVOICE], [INVOICE | {"target": PAYMENTS.model_dump()}], {"retargeted": 3}),
    "another kind of item": ([INVOICE], [INVOICE | {"target": A_CASE.model_dump()}], {"retargeted": 3}),
    "its target is gone": ([INVOICE], [GONE], {"released": 3}),
    "the target of a new one is gone": ([], [GONE], {}),
    "a further address": ([INVOICE], [INVOICE, route("Orders", "orders@desk.example")], {"newly_caught": 1}),
    "nothing else": ([ACME, INVOICE], [ACME, INVOICE], {}),
    "nothing at all": ([], [], {}),
    "only in another mailbox": ([], [INVOICE | {"mailbox": AR}], {}),
    "by words of the body": ([], [INVOICE | {"body_contains": ["good MORNING"]}], {"newly_caught": 3}),
    "by a pattern": ([], [INVOICE | {"subject_regex": "^From .+$"}], {"newly_caught": 2}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_draft_changes(tmp_path: Path, case: str) -> None:
    before, after, expected = CASES[case]
    desk = DeskUnderTest(tmp_path, before)
    desk.receive(*MAIL)
    tested = backtest(desk.acting("ana"), routes(*after))
    assert by_kind(tested) == expected
    assert (tested.messages, tested.changed, tested.unchanged) == (
        4,
        sum(expected.values()),
        4 - sum(expected.values()),
    )
    assert tested.summary.kind.tolist() == list(KINDS)


def test_routes_are_told_with_what_they_gain_and_lose(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [INVOICE])
    desk.receive(*MAIL)
    tested = backtest(desk.acting("ana"), routes(ACME, route("Orders", "orders@desk.example")))
    columns = ["route", "newly_caught", "taken", "released", "lost"]
    assert tested.by_route[columns].values.tolist() == [
        ["Acme", 0, 1, 0, 0],
        ["Orders", 1, 0, 0, 0],
        ["Invoices", 0, 0, 2, 1],
    ]
    assert tested.moves.values.tolist() == [["Invoices", "Acme", 1]]
    assert told(tested, "subject", "kind", "before_route", "after_route", "status_after") == [
        ("From Acme", "taken", "Invoices", "Acme", "processed"),
        ("From elsewhere", "released", "Invoices", "", "unprocessed"),
        ("To both", "newly_caught", "", "Orders", "processed"),
        ("To both", "released", "Invoices", "", "processed"),
    ]
    assert str(tested) == "1 newly caught, 1 taken from another route, 2 released; 1 unchanged, in 90 days."
    assert tested.messages_of(route="Acme").subject.tolist() == ["From Acme"]


def test_an_answer_goes_where_its_question_goes(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    asked = mail(to="invoices@desk.example", message_id="q@x", subject="Question")
    desk.receive(asked, mail(to="invoices@desk.example", in_reply_to="q@x", subject="Answer"),
                 mail(to="other@desk.example", in_reply_to="q@x", subject="Elsewhere"))  # fmt: skip
    scope = desk.acting("ana")
    draft = routes(route("Questions", "invoices@desk.example", subject_contains=["question"]))
    assert told(backtest(scope, draft), "subject", "kind", "after_route") == [
        ("Answer", "appended", "Questions"), ("Question", "newly_caught", "Questions")]  # fmt: skip


def test_an_answer_whose_question_is_released_stands_for_itself(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("Questions", "invoices@desk.example", subject_contains=["question"])])
    desk.receive(
        mail(to="invoices@desk.example", message_id="q@x", subject="Question"),
        mail(to="invoices@desk.example", in_reply_to="q@x", subject="Answer"),
    )
    scope = desk.acting("ana")
    assert by_kind(backtest(scope, [])) == {"released": 1, "parted": 1}
    narrow = routes(route("Answers", "invoices@desk.example", subject_contains=["answer"]))
    assert told(backtest(scope, narrow), "subject", "kind", "before_route", "after_route", "status_after") == [
        ("Answer", "parted", "Questions", "Answers", "processed"),
        ("Question", "released", "Questions", "", "unprocessed"),
    ]


def test_an_answer_that_a_person_gave_a_place_stays_there(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    asked = desk.receive_one(mail(to="invoices@desk.example", message_id="q@x", subject="Question"))
    create(desk.acting("ana"), [asked], INVOICES)
    desk.receive(mail(to="invoices@desk.example", in_reply_to="q@x", subject="Answer"))
    tested = backtest(desk.acting("ana"), routes(INVOICE))
    assert told(tested, "subject", "kind", "verdict") == [("Question", "newly_caught", "agree")]


def test_what_ended_before_the_routes_is_none_of_their_business(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.block("domain", "spam.example")
    desk.receive(
        mail(sender="a@spam.example", to="invoices@desk.example"),
        mail(sender="ar@desk.example", to="invoices@desk.example"),
        mail(to="invoices@desk.example", text="x" * 30_000),
        FROM_ACME,
    )
    tested = backtest(desk.acting("ana"), routes(INVOICE))
    assert (tested.messages, tested.ended_before, by_kind(tested)) == (4, 3, {"newly_caught": 1})


def test_only_the_last_days_count(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.receive(mail(to="invoices@desk.example", sent=SENT - timedelta(days=20)), FROM_ACME)
    desk.change("UPDATE message SET received_at = sent_at")
    scope = desk.acting("ana")
    assert [backtest(scope, routes(INVOICE), days=days).count("newly_caught") for days in (5, 30)] == [1, 2]


# What people did


def decided_by_hand(desk: DeskUnderTest) -> dict[str, str]:
    """Mail by what became of it: six to the same address, each decided otherwise."""
    ana = desk.acting("ana")
    names = ("created", "elsewhere", "deleted", "waiting", "attached", "merged")
    ids = desk.receive(*(mail(to="invoices@desk.example", subject=name) for name in names))
    (into,) = create(ana, ids[:1], INVOICES).references
    create(ana, ids[1:2], PAYMENTS)
    delete(ana, ids[2:3], "spam")
    attach(ana, ids[4:5], into)
    merge(ana, create(ana, ids[5:], PAYMENTS).references, into)
    return dict(zip(names, ids, strict=True))


def test_people_agree_disagree_or_have_not_decided(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    ids = decided_by_hand(desk)
    tested = backtest(desk.acting("ana"), routes(INVOICE))
    assert dict(told(tested, "subject", "verdict")) == {
        "created": "agree", "attached": "agree", "merged": "agree", "elsewhere": "disagree", "deleted": "disagree",
        "waiting": "undecided"}  # fmt: skip
    assert (tested.agree, tested.disagree, tested.undecided) == (3, 2, 1)
    assert tested.at_least == pytest.approx(0.2725, abs=0.0005)
    assert sorted(tested.disagreements().id) == sorted([ids["elsewhere"], ids["deleted"]])
    (row,) = tested.by_route.itertuples()
    assert (row.agree, row.disagree, row.undecided, row.at_least) == (3, 2, 1, tested.at_least)


def test_what_only_routes_handled_is_undecided(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [INVOICE])
    desk.receive(*MAIL)
    tested = backtest(desk.acting("ana"), routes(ACME, INVOICE))
    assert (tested.agree, tested.disagree, tested.undecided) == (0, 0, 1)
    assert math.isnan(tested.at_least)


def test_samples_are_few_where_counts_are_whole(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.receive(*(mail(to="invoices@desk.example") for _each in range(9)))
    tested = backtest(desk.acting("ana"), routes(INVOICE), samples=2)
    assert (tested.count("newly_caught"), len(tested.changes)) == (9, 2)


BOUNDS = [(0, 0, None), (0, 5, 0.0), (3, 3, 0.5258), (10, 10, 0.7871), (300, 300, 0.9911), (90, 100, 0.8394)]


@pytest.mark.parametrize(("successes", "total", "bound"), BOUNDS)
def test_the_bound_is_wilsons(tmp_path: Path, successes: int, total: int, bound: float | None) -> None:
    with DeskUnderTest(tmp_path).desk.store.reading() as db:
        db.script(sql("wilson"))
        found = db.value("SELECT wilson_lower($successes::BIGINT, $total::BIGINT)", successes=successes, total=total)
    assert found == (None if bound is None else pytest.approx(bound, abs=0.0005))


# One route


def test_one_route_is_tried_at_its_place(tmp_path: Path) -> None:
    desk = DeskUnderTest(
        tmp_path, [INVOICE, route("Off", "off@desk.example", active=False), route("Last", "x@desk.example")]
    )
    desk.receive(*MAIL)
    scope, (acme, narrow) = (
        desk.acting("ana"),
        routes(ACME, INVOICE | {"name": "Renamed", "sender": ["*@acme.example"]}),
    )
    assert by_kind(backtest_route(scope, acme)) == {}
    assert by_kind(backtest_route(scope, acme, position=0)) == {"taken": 1}
    assert by_kind(backtest_route(scope, acme, before="Invoices")) == {"taken": 1}
    assert by_kind(backtest_route(scope, acme, before="Off")) == {}
    assert by_kind(backtest_route(scope, narrow, replacing="Invoices")) == {"released": 2}
    assert by_kind(backtest_route(scope, narrow)) == {}
    same_name = acme.model_copy(update={"name": "Invoices", "recipient": "x@desk.example", "sender": []})
    assert by_kind(backtest_route(scope, same_name, position=0)) == {"taken": 1}
    switched_on = acme.model_copy(update={"active": False, "recipient": "orders@desk.example", "sender": []})
    assert by_kind(backtest_route(scope, switched_on)) == {"newly_caught": 1}
    unknown: list[dict[str, Any]] = [{"replacing": "No such"}, {"before": "No such"}]
    for names in unknown:
        with pytest.raises(NotFound, match="There is no route “No such”"):
            backtest_route(scope, acme, **names)


@pytest.mark.parametrize(("draft", "days", "sentence"), [
    ([INVOICE, INVOICE], 90, "two routes of this name"), ([INVOICE | {"subject_regex": "("}], 90, "no RE2 pattern"),
    ([], 0, "at least one day"),
])  # fmt: skip
def test_what_cannot_be_tested_is_refused(
    tmp_path: Path, draft: Sequence[dict[str, Any]], days: int, sentence: str
) -> None:
    desk = DeskUnderTest(tmp_path)
    with pytest.raises(InvalidInput, match=sentence):
        backtest(desk.acting("ana"), routes(*draft), days=days)


# Whose mail


def test_only_mail_in_scope_counts_and_analysts_may_ask(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [INVOICE | {"mailbox": PEOPLE, "name": "Secret"}])
    desk.receive(FROM_ACME)
    desk.receive(mail(to="invoices@desk.example"), mail(to="invoices@desk.example"), mailbox=PEOPLE)
    draft = routes(INVOICE, ACME | {"mailbox": PEOPLE}, route("All", "*@desk.example", STAFF))
    counted = {name: (tested.messages, by_kind(tested)) for name in ("ida", "hana", "nemo", "ada")
               if (tested := backtest(desk.acting(name), draft))}  # fmt: skip
    assert counted == {"ida": (1, {"newly_caught": 1}), "hana": (2, {"taken": 2}), "nemo": (0, {}),
                       "ada": (3, {"newly_caught": 1, "taken": 2})}  # fmt: skip
    assert "Secret" not in str(vars(backtest(desk.acting("ida"), draft)))


def test_a_backtest_leaves_the_connection_fit_for_deciding(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [INVOICE])
    with desk.kept_open():
        for _time in range(2):
            desk.receive(mail(to="invoices@desk.example", in_reply_to="x@y"))
            assert by_kind(backtest(desk.acting("ana"), [])) == {"released": _time + 1}
