"""Mails pinned to routes: what must be caught, what must not, and that no change breaks them unnoticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import InvalidInput, NotAllowed, NotFound
from core.examples import check_examples, examples, pin_example, unpin_example
from core.route_edits import move_route, promote_route, remove_route, save_route, switch_route
from core.route_set import export_routes, import_routes, route_frame, route_named, tomllib_routes
from core.routes import Route
from tests.desk import AP, PAYMENTS, PEOPLE, STAFF, DeskUnderTest, mail, route

ACME = "zoe@acme.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path, [
        route("Acme", "*@desk.example", mailbox=AP, sender=["*@acme.example"]),
        route("All of AP", "ap@desk.example", PAYMENTS, mailbox=AP),
        route("Staff's", "people@desk.example", STAFF, mailbox=PEOPLE),
    ])  # fmt: skip
    with made.kept_open():
        yield made


def id_of(desk: DeskUnderTest, name: str) -> str:
    return str(route_named(desk.desk.operator(), name)["id"])


def acme(**more: object) -> Route:
    fields = {"mailbox": AP, "sender": ["*@acme.example"]} | more
    return Route.model_validate(route("Acme", "*@desk.example") | fields)


def pinned(desk: DeskUnderTest) -> tuple[str, str]:
    """Mail of Acme that the route must catch, and mail of somebody else that it must not."""
    ana, id = desk.acting("ana"), id_of(desk, "Acme")
    theirs, other = desk.receive(
        mail(to="ap@desk.example", sender=ACME, subject="Invoice 7"), mail(to="ap@desk.example")
    )
    pin_example(ana, id, theirs, True, "their monthly invoice")
    pin_example(ana, id, other, False)
    return theirs, other


def test_pinned_mail_is_listed_with_whether_it_goes_where_it_must(desk: DeskUnderTest) -> None:
    theirs, other = pinned(desk)
    found = examples(desk.acting("ana"), id_of(desk, "Acme"))
    assert list(found.message_id) == [theirs, other]
    assert list(found.must_catch) == [True, False] and list(found.holds) == [True, True]
    assert list(found.note) == ["their monthly invoice", ""] and set(found.pinned_by) == {"ana@desk.example"}
    assert examples(desk.acting("ana"), id_of(desk, "All of AP")).empty


def test_a_change_that_breaks_an_example_is_refused_and_changes_nothing(desk: DeskUnderTest) -> None:
    pinned(desk)
    ana, id = desk.acting("ana"), id_of(desk, "Acme")
    with pytest.raises(InvalidInput, match="“Acme” must catch “Invoice 7” from zoe@acme.example, and would not."):
        save_route(ana, acme(subject_contains=["reminder"]), id=id, seen_version=1)
    with pytest.raises(InvalidInput, match="“Acme” must not catch “Hello” from sue@supplier.example, and would."):
        save_route(ana, acme(sender=[]), id=id, seen_version=1)
    assert route_named(ana, "Acme")["version"] == 1
    assert save_route(ana, acme(subject_contains=["invoice"]), id=id, seen_version=1).warnings == []


def test_it_is_saved_all_the_same_with_a_warning_and_is_told_once(desk: DeskUnderTest) -> None:
    pinned(desk)
    ana, id = desk.acting("ana"), id_of(desk, "Acme")
    saved = save_route(ana, acme(subject_contains=["x"]), id=id, seen_version=1, despite_examples=True)
    assert [warning.partition(",")[0] for warning in saved.warnings] == [
        "“Acme” must catch “Invoice 7” from zoe@acme.example"]  # fmt: skip
    assert list(examples(ana).holds) == [False, True]
    # It is broken already: who changes something else is not stopped by it.
    assert save_route(ana, acme(subject_contains=["y"]), id=id, seen_version=2).warnings == []


def test_an_example_of_one_route_is_broken_by_a_change_of_another(desk: DeskUnderTest) -> None:
    pinned(desk)
    ana = desk.acting("ana")
    with pytest.raises(InvalidInput, match="“Acme” must catch"):
        move_route(ana, id_of(desk, "All of AP"), id_of(desk, "Acme"))
    with pytest.raises(InvalidInput, match="“Acme” must catch"):
        first = Route.model_validate(route("New", "ap@desk.example", mailbox=AP))
        save_route(ana, first, position=0)
    assert list(route_frame(ana).name) == ["Acme", "All of AP"]


def test_a_route_that_is_off_or_removed_is_asked_nothing(desk: DeskUnderTest) -> None:
    pinned(desk)
    ana, id = desk.acting("ana"), id_of(desk, "Acme")
    assert switch_route(ana, id, False).warnings == []
    assert examples(ana, id).holds.isna().all()
    assert remove_route(ana, id).warnings == []
    assert examples(ana).empty
    with pytest.raises(NotFound):
        pin_example(ana, id, desk.receive_one(mail()), True)


def test_a_route_that_leaves_the_shadow_is_asked_too(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    shadow = save_route(ana, Route.model_validate(route("Later", "x@desk.example", mailbox=AP, shadow=True)))
    pin_example(ana, shadow.id, desk.receive_one(mail(to="x@desk.example", subject="Not this")), False)
    with pytest.raises(InvalidInput, match="“Later” must not catch “Not this”"):
        promote_route(ana, shadow.id)


def test_a_file_that_breaks_an_example_is_not_imported(desk: DeskUnderTest) -> None:
    pinned(desk)
    ada, path = desk.acting("ada"), desk.folder / "set.toml"
    path.write_text(export_routes(ada).replace("*@acme.example", "*@acne.example"))
    with pytest.raises(InvalidInput, match="“Acme” must catch “Invoice 7”"):
        import_routes(ada, path)
    assert import_routes(ada, path, despite_examples=True)["changed"] == 1
    assert list(examples(ada).holds) == [False, True]


def test_a_draft_set_is_tried_on_all_examples_of_all_routes(desk: DeskUnderTest) -> None:
    theirs, _other = pinned(desk)
    leo, path = desk.acting("leo"), desk.folder / "set.toml"
    routes = list(tomllib_routes(export_routes(leo)))
    assert check_examples(leo, routes).empty
    (broken,) = check_examples(leo, routes[::-1]).to_dict("records")
    assert (broken["route"], broken["message_id"], broken["caught_by"], broken["broke_before"]) == (
        "Acme", theirs, "All of AP", False)  # fmt: skip
    without = [each.model_copy(update={"subject_contains": ["x"]}) for each in routes if each.name == "Acme"]
    assert list(check_examples(leo, without).caught_by) == [None]
    assert check_examples(leo, [each.model_copy(update={"shadow": True}) for each in routes]).empty
    assert not path.exists() and desk.value("SELECT count(*) FROM route") == 3


def test_pinning_again_changes_the_pin_and_unpinning_ends_it(desk: DeskUnderTest) -> None:
    theirs, other = pinned(desk)
    ana, id = desk.acting("ana"), id_of(desk, "Acme")
    pin_example(ana, id, theirs, False)
    assert list(examples(ana).must_catch) == [False, False]
    for message in (theirs, other):
        unpin_example(ana, id, message)
    assert examples(ana).empty
    with pytest.raises(NotFound, match="not pinned"):
        unpin_example(ana, id, theirs)


def test_only_what_a_person_sees_is_pinned_and_told(desk: DeskUnderTest) -> None:
    theirs, _other = pinned(desk)
    hana, id, own = desk.acting("hana"), id_of(desk, "Acme"), id_of(desk, "Staff's")
    with pytest.raises(NotFound):
        pin_example(hana, id, theirs, True)
    with pytest.raises(NotFound):
        pin_example(hana, own, theirs, True)
    with pytest.raises(NotFound):
        unpin_example(hana, id, theirs)
    with pytest.raises(NotAllowed):
        pin_example(desk.acting("ida"), id, theirs, True)
    assert examples(hana).empty and len(examples(desk.acting("ida"))) == 2
    assert check_examples(hana, []).empty
