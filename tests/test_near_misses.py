"""Routes that nearly caught a mail, and the smallest edit that would have let them."""
# ruff: noqa: E501 (a row is a line)

from pathlib import Path
from typing import Any

import pytest

from core.acting import create
from core.asked_mail import TypedMail
from core.conflicts import conflicts_of
from core.errors import NotFound
from core.near_misses import NearMiss, near_misses, near_misses_of_fields, near_misses_of_mail
from core.queue import waiting
from core.route_set import import_routes
from core.routes import Route, written
from tests.desk import AP, AR, INVOICES, PAYMENTS, PEOPLE, STAFF, DeskUnderTest, mail, route

ACME = route("Acme", "ap@desk.example", sender=["*@acme.example"])


def nearest(desk: DeskUnderTest, raw: bytes, name: str = "ana", mailbox: str = AP) -> NearMiss:
    return near_misses(desk.acting(name), desk.receive_one(raw, mailbox))[0]


def edited(desk: DeskUnderTest, miss: NearMiss) -> None:
    """Bring the suggestion into force."""
    given = [Route.model_validate(each) for each in desk.routes]
    kept = [miss.edit if each.name == miss.replacing else each for each in given]
    (desk.folder / "edited.toml").write_text(written(kept if miss.replacing else [*given, miss.edit]))
    import_routes(desk.acting("ada"), desk.folder / "edited.toml")


# The route, the mail that misses it, how near it is, the fields that the edit changes, and its words.
MISSES: list[tuple[dict[str, Any], dict[str, str], str, dict[str, Any], str]] = [
    ({"sender": ["*@acme.example"]}, {"sender": "a@eu.acme.example"}, "sub_domain",
     {"sender": ["*@acme.example", "*@eu.acme.example"]}, "Add all senders at eu.acme.example."),
    ({"sender": ["*@acme.example"]}, {"sender": "a@acrne.example"}, "look_alike",
     {"sender": ["*@acme.example", "a@acrne.example"]}, "Add the sender a@acrne.example."),
    ({"sender": ["sue@acme.example"]}, {"sender": "bob@acme.example"}, "same_domain",
     {"sender": ["sue@acme.example", "bob@acme.example"]}, "Add the sender bob@acme.example."),
    ({"sender": ["sue@acme.example", "liz@acme.example"]}, {"sender": "bob@acme.example"}, "same_domain",
     {"sender": ["*@acme.example"]}, "Add all senders at acme.example."),
    ({"sender": ["sue@gmail.com", "liz@gmail.com"]}, {"sender": "bob@gmail.com"}, "same_domain",
     {"sender": ["sue@gmail.com", "liz@gmail.com", "bob@gmail.com"]}, "Add the sender bob@gmail.com."),
    ({"sender": ["sue@acme.example"]}, {"sender": "seu@acme.example"}, "one_letter",
     {"sender": ["sue@acme.example", "seu@acme.example"]}, "Add the sender seu@acme.example."),
    ({"sender": ["sue@acme.example"]}, {"sender": "x@else.example"}, "other",
     {"sender": ["sue@acme.example", "x@else.example"]}, "Add the sender x@else.example."),
    ({"subject_contains": ["invoice"]}, {"subject": "Attached: Invioce 12 of Marchandise"}, "missing_word",
     {"subject_contains": ["invoice", "invioce"]}, "Add the word “invioce” for the subject."),
    ({"subject_contains": ["invoice"]}, {"subject": "Re: factura 12"}, "missing_word",
     {"subject_contains": ["invoice", "factura"]}, "Add the word “factura” for the subject."),
    ({"subject_contains": ["invoice"]}, {"subject": "17"}, "missing_word", {"subject_contains": []},
     "Leave the words in the subject out."),
    ({"subject_regex": "^INV"}, {"subject": "Re: INV"}, "other", {"subject_regex": None},
     "Leave the pattern for the subject out."),
    ({"body_contains": ["total"]}, {"text": "sum"}, "other", {"body_contains": []}, "Leave the words in the text out."),
    ({"has_attachment": True}, {}, "other", {"has_attachment": None}, "Don't look at attachments."),
    ({"mailbox": AR}, {}, "other", {"mailbox": AP, "name": "R (Accounts Payable)"}, "Add a route like it for the mailbox “Accounts Payable”."),
    ({"list_id": "a.example"}, {"list_id": "<b.example>"}, "other", {"list_id": "b.example", "name": "R (b.example)"},
     "Add a route like it for the mailing list b.example."),
    ({"list_id": "a.example"}, {}, "other", {"list_id": None}, "Don't look at the mailing list."),
    ({"active": False}, {}, "inactive", {"active": True}, "Switch the route on."),
    ({"recipient": "app@desk.example"}, {}, "one_letter", {"recipient": "ap@desk.example", "name": "R (ap@desk.example)"},
     "Add a route like it for ap@desk.example."),
    ({"recipient": "ap@mail.desk.example"}, {}, "sub_domain", {"recipient": "ap@desk.example", "name": "R (ap@desk.example)"},
     "Add a route like it for ap@desk.example."),
    ({}, {"to": ""}, "other", {"match_delivered": True}, "Let it catch blind copies, too."),
]  # fmt: skip


@pytest.mark.parametrize(("conditions", "given", "closeness", "changes", "words"), MISSES)
def test_the_smallest_edit_catches_the_mail_that_was_missed(
    tmp_path: Path, conditions: dict[str, Any], given: dict[str, Any], closeness: str, changes: dict[str, Any], words: str
) -> None:  # fmt: skip
    asked = {"name": "R", "recipient": "ap@desk.example"} | conditions
    desk = DeskUnderTest(tmp_path, [route(**asked)])
    raw: dict[str, Any] = {"to": "ap@desk.example", "sender": "sue@supplier.example"} | given
    miss = nearest(desk, mail(**raw))
    assert (miss.route, miss.closeness, miss.change) == ("R", closeness, words)
    before, after = Route.model_validate(desk.routes[0]).model_dump(), miss.edit.model_dump()
    assert {name: value for name, value in after.items() if before[name] != value} == changes
    assert bool(miss.warning) == (closeness == "look_alike")
    edited(desk, miss)
    assert desk.says(desk.receive_one(mail(**raw))).endswith(f": {miss.edit.name}")


def test_fewest_failed_conditions_come_first_then_the_nearest(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [
        route("Two", "ap@desk.example", sender=["*@acme.example"], has_attachment=True),
        route("Far", "ap@desk.example", sender=["*@zenith.example"]),
        route("Near", "ap@desk.example", sender=["*@acme.example"]),
        route("Fourth", "ap@desk.example", sender=["*@fourth.example"], has_attachment=True, subject_contains=["x"]),
    ])  # fmt: skip
    id = desk.receive_one(mail(to="ap@desk.example", sender="a@eu.acme.example"))
    assert [each.route for each in near_misses(desk.acting("ana"), id)] == ["Near", "Far", "Two"]
    assert len(near_misses(desk.acting("ana"), id, at_most=1)) == 1


def test_a_route_that_was_not_tried_is_no_near_miss_unless_all_else_is_nearly_right(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("Off", "ap@desk.example", sender=["x@far.example"], active=False),
                                    route("Typing error", "app@desk.example", sender=["*@eu.supplier.example"])])  # fmt: skip
    id = desk.receive_one(mail(to="ap@desk.example"))
    assert [(each.route, each.failed) for each in near_misses(desk.acting("ana"), id)] == [
        ("Typing error", ("recipient", "sender"))]  # fmt: skip


def test_each_address_that_nothing_caught_is_asked_and_no_other(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME, route("Orders", "orders@desk.example", sender=["x@y.example"])])
    id = desk.receive_one(mail(to="ap@desk.example, orders@desk.example, x@nowhere.example", sender="a@acme.example"))
    assert [(each.address, each.kind, each.route) for each in near_misses(desk.acting("ana"), id)] == [
        ("orders@desk.example", "to", "Orders")]  # fmt: skip


def test_no_route_would_help_mail_that_ended_before_the_routes(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME])
    desk.block("domain", "supplier.example")
    ana = desk.acting("ana")
    for raw in (mail(to="ap@desk.example"), mail(to="ap@desk.example", sender="ar@desk.example")):
        assert near_misses_of_mail(ana, raw, AP) == near_misses(ana, desk.receive_one(raw)) == []


def test_a_catch_all_is_a_near_miss_only_where_its_sender_is_near(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("Auditors", "*", STAFF, sender=["*@auditor.example"])])
    ana = desk.acting("ana")
    assert near_misses_of_fields(ana, TypedMail(AP, to="x@desk.example", sender="a@else.example")) == []
    (miss,) = near_misses_of_fields(ana, TypedMail(AP, to="x@desk.example", sender="a@uk.auditor.example"))
    assert miss.edit.sender == ["*@auditor.example", "*@uk.auditor.example"]


def test_the_promise_is_what_past_mail_says(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME, route("Credit", "ar@desk.example", PAYMENTS, subject_contains=["credit"])])
    ana = desk.acting("ana")
    ids = desk.receive(*(mail(to="ap@desk.example", sender="a@eu.acme.example") for _number in range(4)))
    assert near_misses(ana, ids[0])[0].promise.startswith("It would also have caught 3 past mails, none of which")
    create(ana, ids[1:], INVOICES)
    miss = near_misses(ana, ids[0])[0]
    assert (miss.caught, miss.agreeing, miss.taken) == (3, 3, 0)
    assert miss.promise == ("It would also have caught 3 past mails, all of which people gave the same target. "
                            "It takes none from other routes.")  # fmt: skip
    alone = nearest(desk, mail(to="ar@desk.example", subject="abono"))
    assert alone.promise == "It would have caught no other mail of the last 90 days. It takes none from other routes."
    assert conflicts_of(ana, miss.edit, replacing=miss.replacing) == []


def test_pasted_and_typed_mail_is_told_the_same_and_leaves_nothing(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME])
    ana, raw = desk.acting("ana"), mail(to="ap@desk.example", sender="a@eu.acme.example")
    said = near_misses_of_mail(ana, raw, AP)
    typed = near_misses_of_fields(ana, TypedMail(AP, to="ap@desk.example", sender="a@eu.acme.example"))
    assert len(waiting(ana)) == 0
    assert said == typed == near_misses(ana, desk.receive_one(raw))


def test_routes_of_other_teams_are_no_near_misses(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("Staff's", "*@desk.example", STAFF, mailbox=PEOPLE), ACME])
    id = desk.receive_one(mail(to="ap@desk.example"))
    assert [each.route for each in near_misses(desk.acting("ana"), id)] == ["Acme"]
    with pytest.raises(NotFound):
        near_misses(desk.acting("hana"), id)
    with pytest.raises(NotFound):
        near_misses_of_mail(desk.acting("hana"), mail(), AP)
