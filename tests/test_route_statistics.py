"""What each route does: hits by period, what only it catches, what people made of it, and what stands beside it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.acting import create
from core.route_edits import move_route, save_route, switch_route
from core.route_set import route_named
from core.route_statistics import route_statistics
from core.routes import Route
from core.work_items import merge
from tests.desk import AP, INVOICES, PAYMENTS, PEOPLE, STAFF, DeskUnderTest, mail, route

ACME = "zoe@acme.example"
ROUTES = [
    route("Acme", "*@desk.example", mailbox=AP, sender=["*@acme.example"], subject_contains=["Invoice"]),
    route("All of AP", "ap@desk.example", PAYMENTS, mailbox=AP),
    route("Everybody's", "all@desk.example", STAFF),
    route("Staff's", "people@desk.example", STAFF, mailbox=PEOPLE),
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path, ROUTES)
    with made.kept_open():
        yield made


def numbers(desk: DeskUnderTest, name: str, who: str = "ada") -> dict[str, Any]:
    frame = route_statistics(desk.acting(who))
    (row,) = frame[frame.name == name].to_dict("records")
    return {str(column): value for column, value in row.items()}


def test_hits_are_counted_by_when_the_mail_came(desk: DeskUnderTest) -> None:
    for days in (100, 60, 20, 3):
        desk.receive_one(mail(to="ap@desk.example", sent=desk.clock - timedelta(days=days)))
    row = numbers(desk, "All of AP")
    assert (row["hits_7"], row["hits_30"], row["hits_90"]) == (1, 2, 3)
    assert row["last_fired_at"] == desk.clock
    assert pd.isna(numbers(desk, "Acme")["last_fired_at"]) and numbers(desk, "Acme")["hits_90"] == 0


def test_what_fired_long_ago_is_still_known(desk: DeskUnderTest) -> None:
    fired_at = desk.clock
    desk.receive_one(mail(to="ap@desk.example"))
    desk.clock += timedelta(days=400)
    row = numbers(desk, "All of AP")
    assert (row["hits_90"], row["last_fired_at"]) == (0, fired_at)


def test_a_mail_to_two_addresses_of_one_route_is_one_hit(desk: DeskUnderTest) -> None:
    desk.receive_one(mail(to="a@desk.example, b@desk.example", sender=ACME, subject="Invoice"))
    assert (numbers(desk, "Acme")["hits_90"], numbers(desk, "Acme")["marginal_90"]) == (1, 1)


def test_marginal_is_what_no_other_route_would_have_caught(desk: DeskUnderTest) -> None:
    desk.receive(
        mail(to="ap@desk.example", sender=ACME, subject="Invoice"),  # the second route would have caught it
        mail(to="x@desk.example", sender=ACME, subject="Invoice"),
        mail(to="ap@desk.example", sender=ACME, subject="Hello"),
        mail(to="ap@desk.example, x@desk.example", sender=ACME, subject="Invoice"),  # by its other address, that is
    )
    assert (numbers(desk, "Acme")["hits_90"], numbers(desk, "Acme")["marginal_90"]) == (3, 1)
    assert (numbers(desk, "All of AP")["hits_90"], numbers(desk, "All of AP")["marginal_90"]) == (1, 1)


def test_marginal_is_about_the_set_in_force_now(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="ap@desk.example", sender=ACME, subject="Invoice"), mail(to="late@desk.example"))
    switch_route(desk.acting("leo"), numbers(desk, "All of AP")["id"], False)
    assert numbers(desk, "Acme")["marginal_90"] == 1
    assert numbers(desk, "All of AP")["marginal_90"] == 0
    save_route(desk.acting("leo"), Route.model_validate(route("Late", "late@desk.example", mailbox=AP)))
    assert (numbers(desk, "Late")["hits_90"], numbers(desk, "Late")["marginal_90"]) == (0, 1)


def test_answers_and_blocked_mail_are_nobodys_marginal_hits(desk: DeskUnderTest) -> None:
    desk.receive_one(mail(to="ap@desk.example", message_id="q@x"))
    desk.receive_one(mail(to="ap@desk.example", in_reply_to="q@x"))
    desk.block("domain", "spam.example")
    desk.receive_one(mail(to="ap@desk.example", sender="x@spam.example"))
    assert (numbers(desk, "All of AP")["hits_90"], numbers(desk, "All of AP")["marginal_90"]) == (1, 1)


def test_items_that_people_merge_away_are_overrides(desk: DeskUnderTest) -> None:
    one, other, waiting = desk.receive(*(mail(to=f"{name}@desk.example") for name in ("ap", "ap", "x")))
    assert numbers(desk, "All of AP")["overrides_90"] == 0
    (into,) = create(desk.acting("ana"), [waiting], INVOICES).references
    merge(desk.acting("ana"), desk.items(one), into)
    assert numbers(desk, "All of AP")["overrides_90"] == 1
    merge(desk.acting("ana"), desk.items(other), into)
    assert numbers(desk, "All of AP")["overrides_90"] == 2


def test_items_taken_back_are_overrides_once_people_decide_otherwise(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    same, otherwise, waits = desk.receive(*(mail(to="ap@desk.example") for _each in range(3)))
    # What undoing a replay leaves: the item withdrawn, the mail waiting again.
    desk.change("UPDATE work_item SET status = 'withdrawn'")
    desk.change("DELETE FROM work_item_message")
    desk.change("UPDATE message SET status = 'unprocessed', version = version + 1")
    assert numbers(desk, "All of AP")["overrides_90"] == 0
    create(ana, [same], PAYMENTS)
    assert numbers(desk, "All of AP")["overrides_90"] == 0
    create(ana, [otherwise], INVOICES)
    assert numbers(desk, "All of AP")["overrides_90"] == 1
    assert waits


def test_addresses_that_no_route_wanted_are_counted_beside_those_routed(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="ap@desk.example, x@desk.example", cc="y@elsewhere.example, not an address"),
                 mail(to="ap@desk.example"))  # fmt: skip
    assert numbers(desk, "All of AP")["unrouted_90"] == 2


def test_a_row_tells_what_the_route_is(desk: DeskUnderTest) -> None:
    leo, id = desk.acting("leo"), route_named(desk.desk.operator(), "Acme")["id"]
    move_route(desk.acting("ana"), id, None)
    row = numbers(desk, "Acme", "leo")
    assert (row["place"], row["version"], row["acknowledged"], row["owner"]) == (3, 2, False, "configuration")
    assert (row["active"], row["shadow"], row["waits_for_approval"], row["target_missing"]) == (
        True,
        False,
        False,
        False,
    )
    assert row["conditions"].startswith(
        "Mail to any address at desk.example from anyone at acme.example whose subject has"
    )
    desk.change("DELETE FROM catalog WHERE service = 'Invoices'")
    assert list(route_statistics(leo).target_missing) == [False, False, True]
    assert list(route_statistics(leo).place) == [1, 2, 3]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", ["Acme", "All of AP", "Everybody's"]),
        ("ACME invoice", ["Acme"]),
        ("staff", ["Everybody's"]),
        ("payable", ["Acme", "All of AP"]),
        ("payments ap@", ["All of AP"]),
        ("configuration", ["Acme", "All of AP", "Everybody's"]),
        ("people", []),
    ],
)
def test_words_are_looked_for_in_every_field(desk: DeskUnderTest, words: str, names: list[str]) -> None:
    assert list(route_statistics(desk.acting("ana"), words).name) == names


def test_another_teams_routes_are_not_there_and_its_mail_is_not_counted(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="all@desk.example"), mail(to="ap@desk.example"))
    desk.receive_one(mail(to="all@desk.example"), PEOPLE)
    assert list(route_statistics(desk.acting("hana")).name) == ["Everybody's", "Staff's"]
    assert [numbers(desk, "Everybody's", who)["hits_90"] for who in ("ada", "leo", "hana")] == [2, 1, 1]
    assert route_statistics(desk.acting("nemo")).hits_90.sum() == 0


def test_mail_that_two_teams_got_is_counted_by_both(desk: DeskUnderTest) -> None:
    raw = mail(to="all@desk.example")
    desk.receive_one(raw)
    desk.receive(raw, mailbox=PEOPLE)
    assert [numbers(desk, "Everybody's", who)["hits_90"] for who in ("ada", "leo", "hana")] == [1, 1, 1]
    desk.clock += timedelta(days=200)
    assert not pd.isna(numbers(desk, "Everybody's", "hana")["last_fired_at"])
    assert pd.isna(numbers(desk, "Everybody's", "nemo")["last_fired_at"])


def test_a_desk_without_routes_or_mail_has_an_empty_table(tmp_path: Path) -> None:
    assert route_statistics(DeskUnderTest(tmp_path).acting("ada")).empty
