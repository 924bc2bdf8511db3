"""From messages of the queue to a route: as narrow as what they have in common."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.acting import create, delete
from core.drafting import draft_from
from core.errors import InvalidInput, NotFound
from core.route_set import import_routes
from core.routes import Route, written
from tests.desk import AP, AR, INVOICES, PAYMENTS, PEOPLE, DeskUnderTest, mail, route

# The mails chosen, and the conditions drafted from them (mailbox is Accounts Payable in all).
CASES: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    ([{"to": "ap@desk.example"}], {"recipient": "ap@desk.example", "sender": ["sue@supplier.example"]}),
    ([{"to": "ap@desk.example, x@else.example"}, {"to": "ap@desk.example", "cc": "y@desk.example"}],
     {"recipient": "ap@desk.example", "sender": ["sue@supplier.example"]}),
    ([{"to": "x@desk.example"}, {"to": "y@desk.example"}],
     {"recipient": "*@desk.example", "sender": ["sue@supplier.example"]}),
    ([{"to": "x@else.example"}, {"to": "y@other.example"}], {"sender": ["sue@supplier.example"]}),
    ([{"to": "ap@desk.example"}, {"to": "ap@desk.example", "sender": "bob@supplier.example"}],
     {"recipient": "ap@desk.example", "sender": ["*@supplier.example"]}),
    ([{"to": "ap@desk.example", "sender": "a@gmail.com"}, {"to": "ap@desk.example", "sender": "b@gmail.com"}],
     {"recipient": "ap@desk.example", "sender": ["a@gmail.com", "b@gmail.com"]}),
    ([{"to": "ap@desk.example", "sender": "a@one.example"}, {"to": "ap@desk.example", "sender": "b@two.example"}],
     {"recipient": "ap@desk.example", "sender": ["a@one.example", "b@two.example"]}),
    ([{"to": "ap@desk.example", "sender": f"{name}@one.example", "list_id": "<l.example>"} for name in "ab"],
     {"recipient": "ap@desk.example", "list_id": "l.example"}),
    ([{"to": "ap@desk.example", "list_id": "<l.example>"}],
     {"recipient": "ap@desk.example", "sender": ["sue@supplier.example"]}),
    ([{"to": "ap@desk.example", "sender": "not an address"}], {"recipient": "ap@desk.example"}),
    ([{}], {"recipient": "ap@desk.example", "sender": ["sue@supplier.example"], "match_delivered": True}),
    ([{"delivered": "blind@desk.example"}],
     {"recipient": "blind@desk.example", "sender": ["sue@supplier.example"], "match_delivered": True}),
    ([{}, {"to": "ap@desk.example"}],
     {"recipient": "ap@desk.example", "sender": ["sue@supplier.example"], "match_delivered": True}),
    ([{}, {"to": "x@desk.example"}],
     {"recipient": "*@desk.example", "sender": ["sue@supplier.example"], "match_delivered": True}),
]  # fmt: skip


@pytest.mark.parametrize(("mails", "conditions"), CASES)
def test_the_draft_is_as_narrow_as_the_messages_and_covers_them(
    tmp_path: Path, mails: list[dict[str, Any]], conditions: dict[str, Any]
) -> None:
    desk = DeskUnderTest(tmp_path)
    ids = desk.receive(*(mail(**each) for each in mails))
    draft = draft_from(desk.acting("ana"), ids, INVOICES)
    said = draft.route.model_dump(exclude_defaults=True, exclude={"name", "target"})
    assert said == {"mailbox": AP} | conditions
    assert (draft.uncovered, draft.count, draft.otherwise, draft.conflicts) == ([], len(ids), 0, [])
    assert set(draft.samples["id"]) == set(ids)
    (tmp_path / "new.toml").write_text(written([draft.route]))
    import_routes(desk.acting("ada"), tmp_path / "new.toml")
    assert all(
        desk.says(id).endswith(f": {draft.route.name}") for id in desk.receive(*(mail(**each) for each in mails))
    )


def test_a_word_of_the_subject_keeps_mail_out_that_people_decided_otherwise(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    ana = desk.acting("ana")
    subjects = [
        "Statement March of Supplier",
        "Statement April of Supplier",
        "Payment note of Supplier",
        "Offer of Supplier",
    ]
    *chosen, payment, offer = desk.receive(*(mail(to="ap@desk.example", subject=each) for each in subjects))
    assert draft_from(ana, chosen, INVOICES).route.subject_contains == []
    create(ana, [payment], PAYMENTS)
    delete(ana, [offer], "Spam")
    draft = draft_from(ana, chosen, INVOICES)
    assert draft.route.subject_contains == ["statement"]
    assert (draft.count, draft.otherwise, set(draft.samples["id"])) == (2, 0, set(chosen))


def test_where_no_word_tells_them_apart_it_is_said_how_many_were_decided_otherwise(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    ana = desk.acting("ana")
    chosen, other = desk.receive(mail(to="ap@desk.example"), mail(to="ap@desk.example"))
    create(ana, [other], PAYMENTS)
    draft = draft_from(ana, [chosen], INVOICES)
    assert (draft.route.subject_contains, draft.count, draft.otherwise) == ([], 2, 1)


def test_conflicts_with_the_set_and_a_free_name_come_with_it(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [
        route("Invoices from sue@supplier.example", "ap@desk.example", PAYMENTS, subject_regex="x"),
    ])  # fmt: skip
    draft = draft_from(desk.acting("ana"), [desk.receive_one(mail(to="ap@desk.example"))], INVOICES)
    assert draft.route.name == "Invoices from sue@supplier.example 2"
    assert [each.kind for each in draft.conflicts] == ["correlated"]
    assert draft_from(desk.acting("ana"), [desk.receive_one(mail())], INVOICES, "Mine").route.name == "Mine"


def test_mail_of_several_mailboxes_makes_a_route_for_any(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    ids = [desk.receive_one(mail(to="x@desk.example"), mailbox) for mailbox in (AP, AR)]
    assert draft_from(desk.acting("ana"), ids, INVOICES).route.mailbox is None


def test_nothing_in_common_and_nothing_chosen_are_refused(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    ids = desk.receive(mail(to="x@a.example", sender="nobody"), mail(to="y@b.example", sender="no one"))
    for asked in ([], ids):
        with pytest.raises(InvalidInput):
            draft_from(desk.acting("ana"), asked, INVOICES)


def test_messages_of_other_teams_do_not_exist(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    theirs, ours = desk.receive_one(mail(to="x@desk.example")), desk.receive_one(mail(to="x@desk.example"), PEOPLE)
    with pytest.raises(NotFound):
        draft_from(desk.acting("hana"), [ours, theirs], INVOICES)
    draft = draft_from(desk.acting("hana"), [ours], INVOICES)
    assert (list(draft.samples["id"]), draft.count) == ([ours], 1)


def test_old_mail_is_not_counted(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    old = desk.receive_one(mail(to="ap@desk.example"))
    desk.clock += timedelta(days=100)
    draft = draft_from(desk.acting("ana"), [old], INVOICES)
    assert (draft.count, draft.uncovered) == (0, [])
    assert isinstance(draft.route, Route)
