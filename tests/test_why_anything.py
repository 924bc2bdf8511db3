"""Why a mail that nobody has stored would be where it would be: the same as if it really came."""
# ruff: noqa: E501 (a row is a line)

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.acting import create
from core.asked_mail import TypedMail
from core.errors import NotFound
from core.messages import why
from core.why_anything import why_fields, why_mail
from tests.desk import AP, AR, INVOICES, PAYMENTS, PEOPLE, STAFF, DeskUnderTest, mail, route

ROUTES = [
    route("Credit", "ap@desk.example", PAYMENTS, sender=["*@acme.example"], subject_contains=["credit"]),
    route("Acme", "ap@desk.example", sender=["*@acme.example"]),
    route("Scans", "*@desk.example", has_attachment=True, mailbox=AR),
    route("List", "*", PAYMENTS, list_id="news.example"),
    route("Blind", "ar@desk.example", PAYMENTS, match_delivered=True, body_contains=["remittance"]),
    route("Gone", "ap@desk.example", INVOICES.model_copy(update={"customer": "Gone"}), subject_regex="^Old"),
    route("Staff's", "*@desk.example", STAFF, mailbox=PEOPLE, subject_contains=["holiday"]),
]
ADDRESSES = [
    "ap@desk.example",
    "ar@desk.example",
    "x@desk.example",
    "y@else.example",
    "no address",
    "ap+T-000001@desk.example",
]
SENDERS = ["sue@acme.example", "bob@else.example", "ap@desk.example", "z@spam.example", "not an address", ""]


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """What has to be the same: everything but the moment and the places of the routes."""
    recipients = [
        {**each, "routes_tried": [{**one, "position": None} for one in each["routes_tried"]]}
        for each in answer["recipients"]
    ]
    return {name: answer[name] for name in ("status", "cause", "step", "evidence")} | {"recipients": recipients}


MAILS = st.fixed_dictionaries({
    "sender": st.sampled_from(SENDERS), "to": st.lists(st.sampled_from(ADDRESSES), max_size=2).map(", ".join),
    "cc": st.lists(st.sampled_from(ADDRESSES), max_size=1).map(", ".join),
    "delivered": st.lists(st.sampled_from(ADDRESSES[:3]), max_size=1),
    "subject": st.sampled_from(["Credit note", "Old", "Hello", "holiday"]), "text": st.sampled_from(["remittance", "no"]),
    "list_id": st.sampled_from(["", "<news.example>"]), "attached": st.sampled_from(["", "a.pdf"]),
    "in_reply_to": st.sampled_from(["", "question@x"]), "auto_submitted": st.sampled_from(["", "auto-replied"]),
})  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=MAILS, mailbox=st.sampled_from([AP, AR]))
def test_the_answer_is_what_happens_when_the_mail_comes(
    world: DeskUnderTest, given: dict[str, Any], mailbox: str
) -> None:
    raw = mail(**given)
    ana = world.acting("ana")
    before = world.rows("SELECT count(*) FROM message")
    said = why_mail(ana, raw, mailbox)
    assert world.rows("SELECT count(*) FROM message") == before
    id = world.receive_one(raw, mailbox)
    assert told(said) == told(why(ana, id))
    assert len(said["opens"]) == len(world.rows(
        "SELECT 1 FROM work_item_message WHERE message_id = $id::UUID AND how = 'opened'", id=id))  # fmt: skip
    assert why_mail(ana, raw, mailbox)["stored_as"] == id


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskUnderTest]:
    desk = DeskUnderTest(tmp_path_factory.mktemp("why"), ROUTES)
    desk.block("domain", "spam.example")
    create(desk.acting("ana"), [desk.receive_one(mail(to="x@desk.example", message_id="question@x"))], INVOICES)
    with desk.kept_open():
        yield desk


def test_typed_fields_say_what_a_mail_of_them_would_become(world: DeskUnderTest) -> None:
    typed = TypedMail(AP, to="Payables <ap@desk.example>, x@desk.example", sender="Süe <sue@acme.example>",
                      subject="A CREDIT\r\nBcc: evil@x", has_attachment=True)  # fmt: skip
    answer = why_fields(world.acting("ana"), typed)
    assert (answer["status"], answer["step"], answer["evidence"]) == ("processed", "route", "Credit")
    first, second, _delivered = answer["recipients"]
    assert (first["route"], first["target"]) == ("Credit", "Ticket · Acme · P2P · Payments")
    assert (second["route"], second["routes_tried"][0]["failed"]) == (None, ["mailbox"])
    assert [each["addresses"] for each in answer["opens"]] == [["ap@desk.example"]]


def test_nothing_typed_waits_as_a_blind_copy(world: DeskUnderTest) -> None:
    assert why_fields(world.acting("ana"), TypedMail(AP))["cause"] == "bcc_only"
    assert why_fields(world.acting("ana"), TypedMail(AR, body="Remittance"))["step"] == "delivered"


def test_what_is_no_mail_at_all_is_told_as_collecting_tells_it(world: DeskUnderTest) -> None:
    assert why_mail(world.acting("ana"), b"", AP)["cause"] == "unparsable"
    assert why_mail(world.acting("ana"), b"To: ap@desk.example\n\n" + b"x" * 30000, AP)["cause"] == "too_large"


def test_other_teams_mailboxes_routes_and_items_are_not_spoken_of(world: DeskUnderTest) -> None:
    hana = world.acting("hana")
    for mailbox in (AP, "No such"):
        with pytest.raises(NotFound, match="There is no mailbox"):
            why_mail(hana, mail(to="ap@desk.example"), mailbox)
    tried = [one["route"] for each in why_fields(hana, TypedMail(PEOPLE, to="x@desk.example"))["recipients"]
             for one in each["routes_tried"]]  # fmt: skip
    assert tried == ["Staff's"]
    answer = why_mail(hana, mail(to="x@desk.example", in_reply_to="question@x"), PEOPLE)
    assert (answer["step"], answer["evidence"]) == ("reply", None)
    stored = mail(to="ap@desk.example", sender="own@else.example")
    world.receive(stored)
    assert why_mail(hana, stored, PEOPLE)["stored_as"] is None
