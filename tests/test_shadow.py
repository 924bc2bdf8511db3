"""Routes in shadow: looked at when mail is decided, enforced never, and measured against what people did."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.acting import create, delete, restore
from core.errors import NotFound
from core.route_edits import move_route, promote_route, save_route
from core.route_set import export_routes, import_routes, route_named
from core.routes import Route
from core.shadowing import shadow_catches, shadow_scores
from core.undoing import undo
from core.work_items import merge
from tests.desk import AP, INVOICES, PAYMENTS, PEOPLE, STAFF, DeskUnderTest, mail, route

ACME = "zoe@acme.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path, [
        route("First", "first@desk.example", PAYMENTS, mailbox=AP),
        route("Trial", "*@desk.example", mailbox=AP, sender=["*@acme.example"], shadow=True),
        route("Last", "last@desk.example", PAYMENTS, mailbox=AP),
        route("Staff's trial", "*@desk.example", STAFF, mailbox=PEOPLE, shadow=True),
    ])  # fmt: skip
    with made.kept_open():
        yield made


def id_of(desk: DeskUnderTest, name: str) -> str:
    return str(route_named(desk.desk.operator(), name)["id"])


def hits(desk: DeskUnderTest) -> dict[str, tuple[str, str | None]]:
    """By message: the address, and the route it would have been taken from."""
    rows = desk.rows("SELECT h.message_id::VARCHAR, h.address, r.name FROM shadow_hit AS h "
                     "LEFT JOIN route_newest AS r ON r.id = h.taken_from")  # fmt: skip
    return {id: (address, name) for id, address, name in rows}


def score(desk: DeskUnderTest, who: str = "leo") -> dict[str, object]:
    (row,) = shadow_scores(desk.acting(who)).to_dict("records")
    return {str(column): value for column, value in row.items()}


def test_a_route_in_shadow_takes_nothing_and_what_it_would_have_taken_is_written_down(desk: DeskUnderTest) -> None:
    caught, other = desk.receive(mail(to="x@desk.example", sender=ACME), mail(to="x@desk.example"))
    assert desk.says(caught) == desk.says(other) == "no_route"
    assert hits(desk) == {caught: ("x@desk.example", None)}
    assert desk.trace(caught) == []


def test_it_would_take_what_a_later_route_has_but_not_what_an_earlier_one_took(desk: DeskUnderTest) -> None:
    first, last = desk.receive(*(mail(to=f"{name}@desk.example", sender=ACME) for name in ("first", "last")))
    assert hits(desk) == {last: ("last@desk.example", "Last")}
    assert (desk.says(first), desk.says(last)) == ("route: First", "route: Last")


def test_each_address_is_looked_at_and_a_mail_counts_once(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="first@desk.example, a@desk.example", cc="b@desk.example", sender=ACME))
    assert hits(desk) == {id: ("a@desk.example", None)}
    assert score(desk)["caught"] == 1


def test_mail_that_never_comes_to_the_routes_is_none_of_its_business(desk: DeskUnderTest) -> None:
    desk.block("domain", "acme.example")
    id = desk.receive_one(mail(to="x@desk.example", sender=ACME))
    assert desk.says(id) == "deleted: domain acme.example" and hits(desk) == {}


def test_an_answer_that_is_appended_is_not_written_down(desk: DeskUnderTest) -> None:
    desk.receive_one(mail(to="first@desk.example", message_id="q@x"))
    answer = mail(to="first@desk.example", cc="z@desk.example", in_reply_to="q@x", sender=ACME)
    assert desk.says(desk.receive_one(answer)) == "reply: T-000001" and hits(desk) == {}


def test_a_desk_without_shadow_routes_is_decided_as_before(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [route("First", "first@desk.example")])
    desk.receive_one(mail(to="first@desk.example"))
    assert hits(desk) == {} and shadow_scores(desk.acting("ada")).empty


def test_the_scoreboard_counts_what_people_did(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    ids = desk.receive(*(mail(to="x@desk.example", sender=ACME) for _each in range(5)))
    create(ana, ids[:2], INVOICES)
    create(ana, ids[2:3], PAYMENTS)
    delete(ana, ids[3:4], "advertisement")
    row = score(desk)
    assert (row["name"], row["caught"], row["agreed"], row["disagreed"], row["undecided"]) == ("Trial", 5, 2, 2, 1)
    assert row["at_least"] == pytest.approx(0.1824, abs=0.0001)
    catches = shadow_catches(desk.acting("leo"), id_of(desk, "Trial")).set_index("message_id")
    assert list(catches.loc[ids].verdict) == ["agreed", "agreed", "disagreed", "disagreed", "undecided"]
    assert list(catches.loc[ids[1:4]].became) == ["Ticket · Acme · P2P · Invoices", "Ticket · Acme · P2P · Payments",
                                                  "deleted"]  # fmt: skip


def test_what_is_undone_or_restored_is_undecided_again(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    one, other = desk.receive(*(mail(to="x@desk.example", sender=ACME) for _each in range(2)))
    undo(ana, create(ana, [one], INVOICES).batch)
    delete(ana, [other], "no")
    restore(ana, [other])
    assert (score(desk)["agreed"], score(desk)["disagreed"], score(desk)["undecided"]) == (0, 0, 2)
    assert score(desk)["at_least"] != score(desk)["at_least"]  # NaN: nobody has decided anything


def test_what_another_route_took_is_undecided_until_people_merge_it(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    taken, waiting = desk.receive(mail(to="last@desk.example", sender=ACME), mail(to="y@desk.example"))
    assert (score(desk)["undecided"], score(desk)["taken_from_others"]) == (1, 1)
    (into,) = create(ana, [waiting], INVOICES).references
    merge(ana, desk.items(taken), into)
    assert score(desk)["agreed"] == 1


def test_what_it_said_before_does_not_count_but_moving_it_changes_nothing(desk: DeskUnderTest) -> None:
    ana, id = desk.acting("ana"), id_of(desk, "Trial")
    desk.receive_one(mail(to="x@desk.example", sender=ACME))
    move_route(ana, id, None)
    assert score(desk)["caught"] == 1
    trial = route_named(ana, "Trial")["route"].model_copy(update={"sender": ["zoe@acme.example"]})
    save_route(ana, trial, id=id, seen_version=2)
    assert score(desk)["caught"] == 0
    desk.receive_one(mail(to="x@desk.example", sender=ACME))
    assert score(desk)["caught"] == 1


def test_a_promoted_route_is_in_force_and_off_the_board(desk: DeskUnderTest) -> None:
    leo, id = desk.acting("leo"), id_of(desk, "Trial")
    promote_route(leo, id)
    assert shadow_scores(leo).empty
    assert desk.says(desk.receive_one(mail(to="x@desk.example", sender=ACME))) == "route: Trial"
    with pytest.raises(NotFound, match="no such route in shadow"):
        shadow_catches(leo, id)


def test_shadow_stands_in_the_file_and_comes_back_from_it(desk: DeskUnderTest) -> None:
    ada, path = desk.acting("ada"), desk.folder / "set.toml"
    text = export_routes(ada)
    path.write_text(text)
    assert text.count("shadow = true") == 2
    assert import_routes(ada, path) == {"changed": 0, "removed": 0, "unchanged": 4}
    path.write_text(text.replace("shadow = true\n", "", 1))
    assert import_routes(ada, path)["changed"] == 1
    assert list(shadow_scores(ada).name) == ["Staff's trial"]


def test_the_board_shows_only_what_is_in_scope(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="x@desk.example", sender=ACME))
    staff = desk.receive_one(mail(to="y@desk.example"), PEOPLE)
    hana = desk.acting("hana")
    assert (score(desk, "hana")["name"], score(desk, "hana")["caught"]) == ("Staff's trial", 1)
    assert list(shadow_catches(hana, id_of(desk, "Staff's trial")).message_id) == [staff]
    with pytest.raises(NotFound):
        shadow_catches(hana, id_of(desk, "Trial"))


def test_routes_in_shadow_do_not_stand_in_each_others_way(desk: DeskUnderTest) -> None:
    save_route(desk.acting("leo"), Route.model_validate(
        route("Second trial", "x@desk.example", mailbox=AP, shadow=True)))  # fmt: skip
    desk.receive_one(mail(to="x@desk.example", sender=ACME))
    assert list(shadow_scores(desk.acting("leo")).caught) == [1, 1]
