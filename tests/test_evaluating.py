"""How good the recommendations are, measured on real stores; figures of a small desk are worked out by hand."""

import math
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.errors import InvalidInput
from core.evaluating import LEARNERS, Evaluation, evaluate, evaluate_twice, ripper, vectors
from core.evaluating.matrices import Examples
from tests.desk import DeskUnderTest
from tests.evaluation.generated import BEGIN, generated
from tests.evaluation.living import DELETE, Lived, LivingDesk, live
from tests.evaluation.real_mail import real_mail
from tests.evaluation.streams import Shape
from tests.test_commands import Machine

A, B = "ticket · Acme · P2P · Invoices", "case · Acme · P2P · Payments"
READABLE = ["sender", "list", "domain", "ladder"]
WEEK = timedelta(weeks=1)


def written(sender: str, week: int, becomes: str, *, hours: int = 1, list_id: str = "", at: int = 0) -> Lived:
    """A mail of Tuesday noon (and `at` hours) of a week, decided so many hours later."""
    received_at = BEGIN + week * WEEK + timedelta(days=1, hours=12 + at)
    raw = (
        f"Received: from a by b; {received_at:%a, %d %b %Y %H:%M:%S} +0000\nFrom: {sender}\nTo: desk@desk.example\n"
        f"Subject: Hello\nX-Number: {week} {at} {sender}\n"
        + (f"List-Id: <{list_id}>\n" if list_id else "")
        + "\nHello\n"
    )
    return Lived(raw.encode(), "desk", "ana", received_at + timedelta(hours=hours), becomes, becomes)


def lived_through(folder: Path, *mails: Lived) -> LivingDesk:
    return live(folder, {"desk": ["ana"]}, mails, BEGIN + 8 * WEEK)


def wilson(agreeing: int, total: int) -> float:
    """The bound of the article, in another form than the statement has: p of n, z = 1.6449."""
    z, p, n = 1.6449, agreeing / total, total
    return (p + z**2 / (2 * n) - z * math.sqrt((p * (1 - p) + z**2 / (4 * n)) / n)) / (1 + z**2 / n)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """Six mails are asked about, in weeks 2 and 3; the first two weeks are only learned from."""
    desk = lived_through(
        tmp_path_factory.mktemp("small"),
        written("a@x.example", 0, A), written("a@x.example", 0, A, at=1), written("a@x.example", 1, A),
        written("b@x.example", 1, B),
        written("a@x.example", 2, A), written("b@x.example", 2, B), written("c@x.example", 2, B),
        written("d@y.example", 2, A),
        written("c@x.example", 3, B), written("d@y.example", 3, DELETE),
    )  # fmt: skip
    return evaluate(desk.scope, learners=READABLE)


def answers(measured: Evaluation, learner: str) -> list[tuple[str, str | None, float | None]]:
    """What came of each mail, what was said, and how sure it was."""
    found = measured.answers[measured.answers.learner == learner][["became", "said", "confidence"]]
    rows: list[list[Any]] = found.astype(object).where(found.notna(), None).to_numpy().tolist()
    return [(became, said, sure and round(sure, 6)) for became, said, sure in rows]


def test_two_weeks_are_learned_from_before_anything_is_asked(small: Evaluation) -> None:
    assert (small.tested, small.weeks, small.since) == (6, 2, BEGIN + 2 * WEEK)
    assert list(small.by_week[small.by_week.learner == "sender"].tested) == [4, 2]


def test_the_exact_sender_says_what_became_of_its_mail_most_often(small: Evaluation) -> None:
    sure, once = round(wilson(3, 3), 6), round(wilson(1, 1), 6)
    assert sorted(answers(small, "sender"), key=str) == sorted(
        [(A, A, sure), (B, B, once), (B, None, None), (A, None, None), (B, B, once), (DELETE, A, once)], key=str
    )


def test_the_domain_says_what_became_of_the_mail_of_everybody_there(small: Evaluation) -> None:
    # Week 2 knows three A and one B of x.example, week 3 four A and three B, and one A of y.example.
    week_2, week_3, once = (round(wilson(*counts), 6) for counts in ((3, 4), (4, 7), (1, 1)))
    assert sorted(answers(small, "domain"), key=str) == sorted(
        [(A, A, week_2), (B, A, week_2), (B, A, week_2), (A, None, None), (B, A, week_3), (DELETE, A, once)], key=str
    )


def test_figures_of_the_small_desk(small: Evaluation) -> None:
    summary = small.summary.set_index("learner")
    # sender: the surest answer is right, of the next three, equally sure, one is not: 3 of 4 are too few.
    # domain: among the surest three, equally sure, one is right. ladder: first a, right; then c of week 2, wrong.
    assert list(summary.coverage_at_95) == pytest.approx([1 / 6, 0, 0, 1 / 6])
    # Five became work. sender: a, b, and c in week 3. domain: only a first, but b and c second.
    assert list(summary.top_1) == pytest.approx([3 / 5, 0, 1 / 5, 3 / 5])
    assert list(summary.top_3) == pytest.approx([3 / 5, 0, 4 / 5, 4 / 5])
    # Nobody is sure enough to route anything: three of three are at least 53 %.
    assert list(summary.coverage) == [0, 0, 0, 0] and list(summary.false_routes) == [0, 0, 0, 0]
    assert summary.precision.isna().all()


def test_what_is_sure_enough_is_counted_with_its_errors(tmp_path: Path) -> None:
    before = [written("a@x.example", week, A, at=at) for week in (0, 1) for at in range(10)]
    asked = [written("a@x.example", 2, A), written("a@x.example", 2, A, at=1), written("a@x.example", 2, B, at=2)]
    measured = evaluate(lived_through(tmp_path, *before, *asked).scope, learners=["sender"])
    row = measured.of("sender")
    assert [row.coverage, row.precision, row.false_routes] == pytest.approx([1, 2 / 3, 1])
    assert measured.by_week[["predicted", "right"]].to_numpy().tolist() == [[3, 2]]
    assert row.coverage_at_95 == 0  # equally sure answers count together, and one in three is wrong


def test_lists_are_known_by_their_id_and_the_ladder_takes_the_first_that_is_known(tmp_path: Path) -> None:
    """Three of four mails of the list became A; the one of p0 did not, and its sender stands before its list."""
    before = [written(f"p{at}@x{at}.example", 1, A if at else B, at=at, list_id="news.example") for at in range(4)]
    asked = [
        written(f"{sender}.example", 3, became, list_id="news.example") for sender, became in (("n@y", A), ("p0@x0", B))
    ]
    measured = evaluate(lived_through(tmp_path, *before, *asked).scope, learners=READABLE)
    three, once = round(wilson(3, 4), 6), round(wilson(1, 1), 6)
    assert set(answers(measured, "list")) == {(A, A, three), (B, A, three)}
    assert set(answers(measured, "sender")) == {(A, None, None), (B, B, once)}
    assert set(answers(measured, "ladder")) == {(A, A, three), (B, B, once)}


@pytest.mark.parametrize("learner", READABLE)
def test_a_decision_made_later_is_not_known_yet(tmp_path: Path, learner: str) -> None:
    """The mail of week 1 is decided when week 2 has begun: what week 2 is told must not know it, week 3 must."""
    late = 7 * 24
    before = [written("a@x.example", 0, B, list_id="l.example")]
    before += [written("a@x.example", 1, A, hours=late, at=at, list_id="l.example") for at in range(5)]
    asked = [written("a@x.example", week, A, list_id="l.example") for week in (2, 3)]
    measured = evaluate(lived_through(tmp_path, *before, *asked).scope, learners=[learner])
    said = measured.answers.set_index("week").said
    assert list(said.items()) == [(BEGIN + 2 * WEEK, B), (BEGIN + 3 * WEEK, A)]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingDesk]:
    """Four weeks of a generated desk, some two hundred mails."""
    living = generated(tmp_path_factory.mktemp("busy"), Shape("busy", weeks=4, a_week=40, noise=0.1, look_alikes=0.2))
    with living.desk.store.reading():
        yield living


@pytest.fixture(scope="module")
def measured(busy: LivingDesk) -> Evaluation:
    """Everybody, on the busy desk."""
    return evaluate(busy.scope)


def test_what_is_decided_after_a_week_began_changes_nothing_that_is_said_about_it(
    busy: LivingDesk, measured: Evaluation
) -> None:
    """Everything decided from week 3 on is given another target: week 2 hears the same, later weeks do not."""
    before = measured.answers
    from_now = BEGIN + 3 * WEEK
    changed = "UPDATE work_item SET service = $to || service WHERE opened_at >= $at AND service LIKE $like"
    with busy.desk.store.reading() as db:
        db.run("BEGIN TRANSACTION")
        db.run(changed, to="Other ", at=from_now, like="%")
        after = evaluate(busy.scope).answers
        db.run("ROLLBACK")
    columns = ["learner", "message_id", "said", "confidence", "offered"]
    early = [each[each.week < pd.Timestamp(from_now)][columns].reset_index(drop=True) for each in (before, after)]
    assert len(early[0]) > 30 * len(LEARNERS) and early[0].said.notna().any()
    pd.testing.assert_frame_equal(early[0], early[1])
    late = [each[each.week > pd.Timestamp(from_now)] for each in (before, after)]
    assert (late[0].said.to_numpy() != late[1].said.to_numpy()).any()


def test_every_learner_is_asked_about_the_same_mail(measured: Evaluation) -> None:
    asked = {learner: set(rows.message_id) for learner, rows in measured.answers.groupby("learner")}
    assert list(measured.summary.learner) == list(LEARNERS) and set(asked) == set(LEARNERS)
    assert all(ids == asked["recommended"] for ids in asked.values())
    assert (measured.summary.tested == len(asked["sender"])).all()
    shares = measured.summary[["coverage_at_95", "coverage", "top_1", "top_3"]]
    assert shares.notna().all().all() and ((shares >= 0) & (shares <= 1)).all().all()
    assert (measured.summary.top_1 <= measured.summary.top_3).all()


def test_the_ceiling_knows_more_than_the_sender(measured: Evaluation) -> None:
    summary = measured.summary.set_index("learner")
    assert summary.top_1["svm"] > summary.top_1["sender"] + 0.1


def test_measured_against_what_was_meant_a_slip_of_a_person_is_no_error_of_the_learner(tmp_path: Path) -> None:
    before = [written("a@x.example", week, A, at=at) for week in (0, 1) for at in range(10)]
    desk = lived_through(tmp_path, *before, written("a@x.example", 2, B))
    (slip,) = evaluate(desk.scope, learners=["sender"]).answers.message_id
    decided, meant = evaluate_twice(desk.scope, {slip: A}, learners=["sender"])
    assert (decided.of("sender").false_routes, meant.of("sender").false_routes) == (1, 0)


def test_only_the_last_weeks_if_so_asked(busy: LivingDesk) -> None:
    whole, last = evaluate(busy.scope, learners=["ladder"]), evaluate(busy.scope, weeks=2, learners=["ladder"])
    assert last.weeks == 2 and last.since == max(whole.by_week.week) - WEEK
    expected = whole.by_week[whole.by_week.week >= pd.Timestamp(last.since)].reset_index(drop=True)
    pd.testing.assert_frame_equal(last.by_week, expected)


def items(*mails: tuple[str, str | None, str]) -> Examples:
    """Messages by their items: (id, target or nothing, items in one text)."""
    rows = [(id, target, item) for id, target, words in mails for item in words.split()]
    return Examples.of(pd.DataFrame(rows, columns=["message_id", "target", "item"]))


PLAIN = items(
    *((f"{target} {number}", target, f"{word} from-{number % 3}")
      for number in range(20) for target, word in ((A, "invoice"), (DELETE, "won"))),
    ("asked", None, "invoice from-2"), ("spam", None, "won from-1"),
)  # fmt: skip


@pytest.mark.parametrize("learner", [vectors, ripper])
def test_learners_from_libraries_find_the_word_that_tells(learner: object) -> None:
    told = learner.answers(PLAIN)  # type: ignore[attr-defined]
    routed = told[told.place == 0].set_index("message_id")
    assert routed.target.to_dict() == {"asked": A, "spam": DELETE} and routed.offered.all()
    assert told[told.place == 1].set_index("message_id").target["asked"] == A
    assert DELETE not in set(told[told.place > 0].target)


@pytest.mark.parametrize("learner", [vectors, ripper])
@pytest.mark.parametrize("learned", [0, 1])
def test_learners_from_libraries_live_with_next_to_nothing(learner: object, learned: int) -> None:
    mails = [("a", A, "invoice")] * learned + [("asked", None, "invoice")]
    told = learner.answers(items(*mails))  # type: ignore[attr-defined]
    assert set(told.columns) == {"message_id", "place", "target", "confidence", "offered"} and not told.offered.any()


@pytest.mark.parametrize(("learner", "package"), [("svm", "sklearn"), ("ripper", "wittgenstein")])
def test_what_is_not_installed_is_said_with_the_command_that_installs_it(
    busy: LivingDesk, monkeypatch: pytest.MonkeyPatch, learner: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # importing it then fails as if it were not there
    measured = evaluate(busy.scope, learners=["sender", learner])
    row = measured.of(learner)
    assert str(row.note) == "Not installed: python -m pip install -r requirements-dev.txt"
    assert pd.isna(row.coverage_at_95) and pd.isna(row.top_3) and set(measured.answers.learner) == {"sender"}


@pytest.mark.parametrize("wrong", [{"learners": ["oracle"]}, {"weeks": 0}])
def test_what_can_not_be_measured_is_a_sentence(busy: LivingDesk, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        evaluate(busy.scope, **wrong)  # type: ignore[arg-type]


def test_a_desk_where_nobody_decided_anything_says_so(tmp_path: Path) -> None:
    measured = evaluate(DeskUnderTest(tmp_path).desk.operator())
    assert measured.tested == 0 and "nobody decided anything by hand" in str(measured)


def test_the_verb_prints_a_table_and_json(tmp_path: Path) -> None:
    mails = [written("a@x.example", week, A, at=at) for week in (0, 1, 2) for at in range(10)]
    lived_through(tmp_path, *mails)
    machine = Machine(tmp_path, {})
    said = machine.run("evaluate", "--learner", "sender", "--learner", "recommended").stdout
    assert "Coverage at 95 %" in said and "sender" in said and "10 messages decided by hand, received in 1 week" in said
    told = machine.answer("evaluate", "--learner", "sender", "--weeks", "1")
    (row,) = told["summary"]
    assert (told["tested"], row["coverage"], row["precision"], row["false_routes"]) == (10, 1, 1, 0)
    assert told["by_week"] == [
        {"learner": "sender", "week": "2025-01-20T00:00:00Z", "tested": 10, "predicted": 10, "right": 10}
    ]
    assert machine.run("evaluate", "--learner", "oracle").returncode == 1


def test_real_mail_has_its_list_only_where_it_is_left_in(tmp_path: Path) -> None:
    desks = [
        real_mail(tmp_path / name, with_list_id=kept, every=30) for name, kept in (("with", True), ("without", False))
    ]
    lists = []
    for desk in desks:
        with desk.desk.store.reading() as db:
            lists.append(db.value("SELECT count(*) FROM message WHERE list_id <> ''"))
        told = evaluate(desk.scope, learners=["ladder"])
        assert told.tested > 60 and told.of("ladder").top_1 > 0.1
    assert lists[0] > 40 and lists[1] == 0


def test_generated_people_disagree_as_often_as_the_shape_says(busy: LivingDesk, measured: Evaluation) -> None:
    told = measured.answers[measured.answers.learner == "sender"]
    differing = sum(busy.meant[id] != became for id, became in zip(told.message_id, told.became, strict=True))
    assert 0.04 < differing / len(told) < 0.2
