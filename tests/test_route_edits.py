"""Changing routes: a version each, who may, never over somebody else's change, and how it is told afterwards."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.acknowledging import acknowledge_route, awaiting_acknowledgement
from core.administration.services import rename as rename_service
from core.errors import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, StraydeskError
from core.route_checks import route_problems
from core.route_edits import (
    duplicate_route,
    move_route,
    promote_route,
    remove_route,
    restore_version,
    save_route,
    switch_route,
)
from core.route_history import route_history
from core.route_order import placed
from core.route_set import export_routes, import_routes, route_frame, route_named
from core.route_words import route_conditions
from core.routes import Route, Target, route_of
from tests.desk import AP, AR, PAYMENTS, PEOPLE, STAFF, DeskUnderTest, mail, route

ROUTES = [
    route("Invoices", "ap@desk.example", mailbox=AP),
    route("Everybody's", "all@desk.example"),
    route("Staff's", "people@desk.example", STAFF, mailbox=PEOPLE),
    route("Reminders", "ar@desk.example", mailbox=AR),
]
TEXT = """
SELECT id::VARCHAR, version, hash(row(name, position, active, removed, mailbox, recipient, sender, subject_contains,
       subject_regex, body_contains, list_id, has_attachment, match_delivered, shadow, target_kind, target_customer,
       target_contract, target_service, created_by, created_at, needs_approval)) FROM route
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path, ROUTES)
    with made.kept_open():
        yield made


def a_route(name: str = "New", recipient: str = "new@desk.example", mailbox: str | None = AP, **more: Any) -> Route:
    return Route.model_validate(route(name, recipient, **{"mailbox": mailbox, **more}))


def id_of(desk: DeskUnderTest, name: str) -> str:
    return str(route_named(desk.desk.operator(), name)["id"])


def order(desk: DeskUnderTest) -> list[str]:
    return list(route_frame(desk.desk.operator()).name)


def state(desk: DeskUnderTest, name: str) -> tuple[Any, ...]:
    (row,) = desk.rows(
        "SELECT version, created_by, acknowledged_by FROM route_newest WHERE name = $name AND NOT removed", name=name
    )
    return row


# Saving


def test_a_new_route_is_the_last_and_routes_what_comes_next(desk: DeskUnderTest) -> None:
    saved = save_route(desk.acting("ana"), a_route())
    assert (saved.version, order(desk)[-1]) == (1, "New")
    assert desk.says(desk.receive_one(mail(to="new@desk.example"))) == "route: New"


def test_an_edit_is_a_new_version_and_the_old_one_stays_as_it_was(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    first = save_route(ana, a_route())
    before = set(desk.rows(TEXT))
    second = save_route(ana, a_route(recipient="other@desk.example"), id=first.id, seen_version=1)
    assert (second.id, second.version) == (first.id, 2)
    assert before < set(desk.rows(TEXT)) and len(set(desk.rows(TEXT)) - before) == 1
    assert desk.says(desk.receive_one(mail(to="new@desk.example"))) == "no_route"


def test_saving_what_is_there_already_makes_no_version(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    first = save_route(ana, a_route())
    assert save_route(ana, a_route(), id=first.id, seen_version=1).version == 1


def test_a_route_is_saved_at_a_place_among_those_the_person_sees(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    save_route(ana, a_route("First"), position=0)
    save_route(ana, a_route("Third"), position=2)
    assert order(desk) == ["First", "Invoices", "Third", "Everybody's", "Staff's", "Reminders"]
    save_route(ana, a_route("Before the reminders"), position=4)
    assert order(desk)[-3:] == ["Staff's", "Before the reminders", "Reminders"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"subject_regex": "(?<=x)y"}, "no RE2 pattern"),
        ({"mailbox": "Nowhere"}, "no mailbox “Nowhere”"),
        ({"name": "INVOICES"}, "There is a route “INVOICES” already"),
        ({"name": "Two  spaces"}, "Choose another name"),
        ({"target": Target(customer="Acme", contract="P2P", service="Gone")}, "There is no Ticket · Acme · P2P · Gone"),
    ],
)
def test_what_can_not_work_is_refused_in_a_sentence(
    desk: DeskUnderTest, changes: dict[str, Any], sentence: str
) -> None:
    wrong, ana, before = a_route().model_copy(update=changes), desk.acting("ana"), desk.rows(TEXT)
    assert any(sentence in problem for problem in route_problems(ana, wrong))
    with pytest.raises(InvalidInput, match=".*" + sentence.replace("(", r"\(")):
        save_route(ana, wrong)
    assert desk.rows(TEXT) == before


def test_everything_that_is_wrong_is_said_at_once(desk: DeskUnderTest) -> None:
    wrong = a_route("Invoices", subject_regex="(")
    assert len(route_problems(desk.acting("ana"), wrong)) == 2
    assert route_problems(desk.acting("ana"), a_route("Invoices"), id=id_of(desk, "Invoices")) == []
    assert desk.value("SELECT count(*) FROM route") == len(ROUTES)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"recipient": "*"}, "add a sender or a list_id"),
        ({"recipient": "nobody"}, "neither an address"),
        ({"recipient": "a@b.example", "sender": ["*"]}, "leave the condition out"),
        ({"name": ""}, "name: this key is missing"),
        ({"target": {"customer": "Acme", "contract": "P2P"}}, "service: this key is missing"),
    ],
)
def test_a_form_that_makes_no_route_is_refused_in_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    whole = {"name": "X", "recipient": "x@desk.example", "sender": [], "subject_regex": "", "list_id": "",
             "target": PAYMENTS.model_dump()}  # fmt: skip
    assert route_of(whole).sender == []
    with pytest.raises(InvalidInput, match=sentence):
        route_of(whole | fields)


# Two at once


def test_who_comes_second_is_told_who_was_faster(desk: DeskUnderTest) -> None:
    id = id_of(desk, "Invoices")
    save_route(desk.acting("bea"), a_route("Invoices", "bea@desk.example"), id=id, seen_version=1)
    with pytest.raises(ChangedMeanwhile, match="“Invoices” is no longer as you saw it: bea@desk.example changed it"):
        save_route(desk.acting("ana"), a_route("Invoices", "ana@desk.example"), id=id, seen_version=1)
    with pytest.raises(ChangedMeanwhile):
        remove_route(desk.acting("ana"), id, seen_version=1)
    assert desk.value("SELECT max(version) FROM route WHERE id = $id::UUID", id=id) == 2


def test_of_two_who_edit_the_same_route_at_once_one_is_told(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, ROUTES)
    id, start = id_of(desk, "Invoices"), threading.Barrier(2)
    said: dict[str, int | str] = {}

    def edit(name: str) -> None:
        scope = desk.opened().acting(f"{name}@desk.example")
        start.wait()
        try:
            said[name] = save_route(scope, a_route("Invoices", f"{name}@desk.example"), id=id, seen_version=1).version
        except ChangedMeanwhile as error:
            said[name] = error.sentence

    threads = [threading.Thread(target=edit, args=(name,)) for name in ("ana", "bea")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    winner = next(name for name, answer in said.items() if answer == 2)
    (loser,) = said.keys() - {winner}
    assert f"{winner}@desk.example changed it" in str(said[loser])
    assert desk.rows("SELECT version, recipient FROM route WHERE id = $id::UUID ORDER BY version", id=id) == [
        (1, "ap@desk.example"), (2, f"{winner}@desk.example")]  # fmt: skip


def test_two_who_add_a_route_of_one_name_at_once_make_one(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, ROUTES)
    start = threading.Barrier(3)
    refused: list[str] = []

    def add(name: str) -> None:
        scope = desk.opened().acting(f"{name}@desk.example")
        start.wait()
        try:
            save_route(scope, a_route())
        except InvalidInput as error:
            refused.append(error.sentence)

    threads = [threading.Thread(target=add, args=(name,)) for name in ("ana", "bea", "leo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert refused == ["There is a route “New” already."] * 2
    assert order(desk).count("New") == 1


# Order


def test_a_moved_route_stands_before_the_other_and_nothing_else_changes(desk: DeskUnderTest) -> None:
    others = {name: state(desk, name) for name in ("Invoices", "Everybody's", "Staff's")}
    move_route(desk.acting("leo"), id_of(desk, "Reminders"), id_of(desk, "Everybody's"))
    assert order(desk) == ["Invoices", "Reminders", "Everybody's", "Staff's"]
    assert {name: state(desk, name) for name in others} == others
    move_route(desk.acting("leo"), id_of(desk, "Invoices"), None)
    assert order(desk) == ["Reminders", "Everybody's", "Staff's", "Invoices"]


def test_moving_a_route_to_where_it_stands_makes_no_version(desk: DeskUnderTest) -> None:
    ada, id = desk.acting("ada"), id_of(desk, "Everybody's")
    assert move_route(ada, id, id).version == 1
    assert move_route(ada, id, id_of(desk, "Staff's")).version == 1
    assert move_route(ada, id_of(desk, "Reminders"), None).version == 1


def test_where_there_is_no_room_others_move_on_and_all_stay_in_order(desk: DeskUnderTest) -> None:
    ada = desk.acting("ada")
    names = [f"Route {number}" for number in range(12)]
    for name in names:
        save_route(ada, a_route(name), position=1)
    assert order(desk) == ["Invoices", *names[::-1], "Everybody's", "Staff's", "Reminders"]
    positions = [position for (position,) in desk.rows("SELECT position FROM route_newest ORDER BY position")]
    assert len(set(positions)) == len(positions)


@given(st.lists(st.none() | st.integers(0, 60), max_size=12))
def test_positions_rise_and_as_many_as_can_stay(old: list[int | None]) -> None:
    new = placed(old)
    assert all(low < high for low, high in zip([0, *new], new, strict=False))
    if all(each is not None for each in old) and all(a < b for a, b in zip([0, *old], old, strict=False)):  # type: ignore[operator]
        assert new == old


def test_a_file_that_adds_a_route_in_between_changes_only_that_one(desk: DeskUnderTest) -> None:
    ada, path = desk.acting("ada"), desk.folder / "new.toml"
    save_route(ada, a_route("Squeezed in"), position=1)
    path.write_text(export_routes(ada))
    assert import_routes(ada, path) == {"changed": 0, "removed": 0, "unchanged": 5}
    parts = path.read_text().split("[[route]]")
    path.write_text("[[route]]".join([*parts[:2], parts[2].replace("Squeezed in", "Another"), *parts[2:]]))
    assert import_routes(ada, path) == {"changed": 1, "removed": 0, "unchanged": 5}


# Switching, copying, removing, bringing back


def test_a_route_that_is_switched_off_takes_nothing_until_it_is_on_again(desk: DeskUnderTest) -> None:
    ana, id = desk.acting("ana"), id_of(desk, "Invoices")
    assert switch_route(ana, id, False).version == 2
    assert desk.says(desk.receive_one(mail(to="ap@desk.example"))) == "no_route"
    assert switch_route(ana, id, True).version == 3
    assert desk.says(desk.receive_one(mail(to="ap@desk.example"))) == "route: Invoices"
    assert switch_route(ana, id, True).version == 3


def test_a_copy_stands_behind_its_original_switched_off_under_a_free_name(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    duplicate_route(ana, id_of(desk, "Invoices"))
    duplicate_route(ana, id_of(desk, "Invoices"))
    assert order(desk)[:3] == ["Invoices", "Invoices (copy 2)", "Invoices (copy)"]
    copy = route_named(ana, "Invoices (copy)")["route"]
    assert (copy.active, copy.recipient) == (False, "ap@desk.example")


def test_a_removed_route_takes_nothing_and_an_old_version_brings_it_back(desk: DeskUnderTest) -> None:
    ana, id = desk.acting("ana"), id_of(desk, "Invoices")
    remove_route(ana, id, seen_version=1)
    assert "Invoices" not in order(desk)
    assert desk.says(desk.receive_one(mail(to="ap@desk.example"))) == "no_route"
    with pytest.raises(NotFound):
        switch_route(ana, id, True)
    assert restore_version(ana, id, 1).version == 3
    assert order(desk)[0] == "Invoices"
    assert desk.says(desk.receive_one(mail(to="ap@desk.example"))) == "route: Invoices"


def test_one_step_back_is_a_new_version_with_the_old_text(desk: DeskUnderTest) -> None:
    ana, id = desk.acting("ana"), id_of(desk, "Invoices")
    save_route(ana, a_route("Other name", "x@desk.example", subject_contains=["x"]), id=id, seen_version=1)
    move_route(ana, id, None)
    assert restore_version(ana, id, 1, seen_version=3).version == 4
    assert order(desk)[-1] == "Invoices"
    assert route_named(ana, "Invoices")["route"] == a_route("Invoices", "ap@desk.example")
    told = route_history(ana, id)
    assert list(told.version) == [4, 3, 2, 1]
    assert told.changes[0][-1] == "As it was in version 1." and told.changes[1] == ["Moved down."]
    assert list(told.restorable) == [False, True, True, True]


def test_a_version_whose_target_is_gone_is_not_brought_back(desk: DeskUnderTest) -> None:
    ada, id = desk.acting("ada"), id_of(desk, "Invoices")
    save_route(ada, a_route("Invoices", "ap@desk.example", target=PAYMENTS), id=id, seen_version=1)
    desk.change("DELETE FROM catalog WHERE service = 'Invoices'")
    with pytest.raises(InvalidInput, match="There is no Ticket · Acme · P2P · Invoices"):
        restore_version(ada, id, 1)
    with pytest.raises(NotFound, match="no version 9"):
        restore_version(ada, id, 9)


# Who may


@pytest.mark.parametrize("name", ["ana", "leo", "hana"])
def test_who_sees_one_team_only_must_name_a_mailbox(desk: DeskUnderTest, name: str) -> None:
    scope = desk.acting(name)
    with pytest.raises(NotAllowed, match="takes mail of every team. Give it one of your mailboxes: "):
        save_route(scope, a_route(mailbox=None))
    with pytest.raises(NotAllowed):
        save_route(
            scope, a_route("Everybody's", mailbox=scope.mailboxes[0]), id=id_of(desk, "Everybody's"), seen_version=1
        )
    with pytest.raises(NotAllowed):
        switch_route(scope, id_of(desk, "Everybody's"), False)
    assert save_route(desk.acting("ada"), a_route(mailbox=None)).version == 1


def test_analysts_change_nothing(desk: DeskUnderTest) -> None:
    ida, id, before = desk.acting("ida"), id_of(desk, "Invoices"), desk.rows(TEXT)
    for change in (
        lambda: save_route(ida, a_route()), lambda: duplicate_route(ida, id), lambda: move_route(ida, id, None),
        lambda: switch_route(ida, id, False), lambda: remove_route(ida, id), lambda: restore_version(ida, id, 1),
        lambda: promote_route(ida, id), lambda: acknowledge_route(ida, id), lambda: route_problems(ida, a_route()),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            change()
    assert desk.rows(TEXT) == before
    assert len(route_history(ida, id)) == 1


def test_the_routes_of_another_team_do_not_exist(desk: DeskUnderTest) -> None:
    hana, theirs, mine = desk.acting("hana"), id_of(desk, "Invoices"), id_of(desk, "Staff's")
    before = desk.rows(TEXT)
    for id in (theirs, "0199aaaa-0000-7000-8000-000000000001", "no id at all"):
        for change in (
            lambda id=id: save_route(hana, a_route(mailbox=PEOPLE), id=id, seen_version=1),
            lambda id=id: duplicate_route(hana, id), lambda id=id: move_route(hana, id, None),
            lambda id=id: move_route(hana, mine, id), lambda id=id: switch_route(hana, id, False),
            lambda id=id: remove_route(hana, id), lambda id=id: restore_version(hana, id, 1),
            lambda id=id: promote_route(hana, id), lambda id=id: route_history(hana, id),
        ):  # fmt: skip
            with pytest.raises(NotFound, match=r"^There is no such route\.$"):
                change()
    with pytest.raises(
        InvalidInput, match="There is no mailbox “Accounts Payable”. Give it one of your mailboxes: People."
    ):
        save_route(hana, a_route(mailbox=AP))
    assert desk.rows(TEXT) == before


def test_what_a_route_was_in_another_teams_mailbox_is_not_told(desk: DeskUnderTest) -> None:
    ada, id = desk.acting("ada"), id_of(desk, "Invoices")
    save_route(ada, a_route("Ours now", "people@desk.example", PEOPLE), id=id, seen_version=1)
    hana = desk.acting("hana")
    assert list(route_history(hana, id).version) == [2]
    with pytest.raises(NotFound, match="no version 1"):
        restore_version(hana, id, 1)


# Acknowledging and approving


def test_what_an_agent_saves_is_live_and_marked_until_a_lead_acknowledges_it(desk: DeskUnderTest) -> None:
    ana, leo = desk.acting("ana"), desk.acting("leo")
    saved = save_route(ana, a_route("Invoices", "new@desk.example"), id=id_of(desk, "Invoices"), seen_version=1)
    assert not saved.waits and state(desk, "Invoices") == (2, "ana@desk.example", None)
    (row,) = awaiting_acknowledgement(leo).to_dict("records")
    assert (row["name"], row["changes"]) == ("Invoices", ["Recipient: ap@desk.example → new@desk.example"])
    assert not row["waits_for_approval"]
    with pytest.raises(NotAllowed):
        acknowledge_route(ana, saved.id)
    with pytest.raises(ChangedMeanwhile):
        acknowledge_route(leo, saved.id, seen_version=1)
    acknowledge_route(leo, saved.id, seen_version=2)
    assert state(desk, "Invoices") == (2, "ana@desk.example", "leo@desk.example")
    assert awaiting_acknowledgement(leo).empty
    with pytest.raises(ChangedMeanwhile, match="acknowledged already"):
        acknowledge_route(leo, saved.id)


def test_what_leads_and_administrators_save_they_stand_for(desk: DeskUnderTest) -> None:
    save_route(desk.acting("leo"), a_route())
    assert state(desk, "New")[2] == "leo@desk.example"
    assert awaiting_acknowledgement(desk.acting("ada")).empty


def test_a_lead_is_asked_only_about_routes_of_their_own_mailboxes(desk: DeskUnderTest) -> None:
    saved = save_route(desk.acting("hana"), a_route("Hana's", mailbox=PEOPLE))
    assert awaiting_acknowledgement(desk.acting("leo")).empty
    assert list(awaiting_acknowledgement(desk.acting("ada")).name) == ["Hana's"]
    with pytest.raises(NotFound):
        acknowledge_route(desk.acting("leo"), saved.id)


@pytest.fixture
def strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    """The desk where what agents change needs approval."""
    monkeypatch.setenv("STRAYDESK_ROUTES_NEED_APPROVAL", "true")
    made = DeskUnderTest(tmp_path, ROUTES)
    with made.kept_open():
        yield made


def test_with_approval_a_new_route_takes_nothing_until_it_is_acknowledged(strict: DeskUnderTest) -> None:
    saved = save_route(strict.acting("ana"), a_route())
    assert saved.waits and "It counts once" in str(saved)
    assert strict.says(strict.receive_one(mail(to="new@desk.example"))) == "no_route"
    assert "New" not in export_routes(strict.acting("ana"))
    acknowledge_route(strict.acting("leo"), saved.id)
    assert strict.says(strict.receive_one(mail(to="new@desk.example"))) == "route: New"


def test_with_approval_the_version_before_stays_in_force(strict: DeskUnderTest) -> None:
    ana, leo, id = strict.acting("ana"), strict.acting("leo"), id_of(strict, "Invoices")
    save_route(ana, a_route("Invoices", "new@desk.example"), id=id, seen_version=1)
    assert strict.says(strict.receive_one(mail(to="ap@desk.example"))) == "route: Invoices"
    assert strict.says(strict.receive_one(mail(to="new@desk.example"))) == "no_route"
    with pytest.raises(InvalidInput, match="What ana@desk.example changed in “Invoices” waits for approval"):
        switch_route(leo, id, False)
    acknowledge_route(leo, id)
    assert strict.says(strict.receive_one(mail(to="ap@desk.example"))) == "no_route"


def test_with_approval_an_agent_removes_nothing_by_themselves(strict: DeskUnderTest) -> None:
    id = id_of(strict, "Invoices")
    assert remove_route(strict.acting("ana"), id).waits
    assert strict.says(strict.receive_one(mail(to="ap@desk.example"))) == "route: Invoices"
    assert list(awaiting_acknowledgement(strict.acting("leo")).removed) == [True]
    acknowledge_route(strict.acting("leo"), id)
    assert strict.says(strict.receive_one(mail(to="ap@desk.example"))) == "no_route"


def test_a_file_that_is_imported_leaves_alone_what_waits_for_approval(strict: DeskUnderTest) -> None:
    ana, ada, path = strict.acting("ana"), strict.acting("ada"), strict.folder / "set.toml"
    save_route(ana, a_route())
    save_route(ana, a_route("Renamed", "new@desk.example"), id=id_of(strict, "Invoices"), seen_version=1)
    path.write_text(export_routes(ada))
    assert import_routes(ada, path) == {"changed": 0, "removed": 0, "unchanged": 4}
    assert set(awaiting_acknowledgement(ada).name) == {"New", "Renamed"}


def test_a_renamed_service_is_followed_by_what_counts_and_by_what_waits(strict: DeskUnderTest) -> None:
    id = id_of(strict, "Invoices")
    save_route(strict.acting("ana"), a_route("Invoices", "new@desk.example"), id=id, seen_version=1)
    rename_service(strict.acting("ada"), ("Acme", "P2P", "Invoices"), "Bills")
    assert strict.rows("SELECT recipient, target_service FROM route_standing WHERE id = $id::UUID", id=id) == [
        ("ap@desk.example", "Bills")]  # fmt: skip
    assert strict.rows("SELECT recipient, target_service FROM route_newest WHERE id = $id::UUID", id=id) == [
        ("new@desk.example", "Bills")]  # fmt: skip
    assert list(awaiting_acknowledgement(strict.acting("leo")).waits_for_approval) == [True]


# In words


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ({"recipient": "a@desk.example"}, "Mail to a@desk.example"),
        ({"recipient": "*@desk.example", "sender": ["*@acme.example", "b@c.example"]},
         "Mail to any address at desk.example from anyone at acme.example or b@c.example"),
        ({"recipient": "*", "list_id": "news.example"}, "Any mail that came by the list news.example"),
        ({"recipient": "a@desk.example", "subject_contains": ["invoice", "factura"], "has_attachment": True,
          "mailbox": AP}, "Mail to a@desk.example whose subject has “invoice” or “factura”, that has an attachment and "
                          "that arrived in Accounts Payable"),
        ({"recipient": "a@desk.example", "body_contains": list("abcdef")},
         "Mail to a@desk.example whose text has “a”, “b”, “c” or 3 others"),
    ],
)  # fmt: skip
def test_conditions_are_one_sentence(conditions: dict[str, Any], sentence: str) -> None:
    assert (
        route_conditions(Route.model_validate({"name": "x", "target": PAYMENTS.model_dump(), **conditions})) == sentence
    )


def test_history_tells_each_field_that_changed(desk: DeskUnderTest) -> None:
    ana, id = desk.acting("ana"), id_of(desk, "Invoices")
    changed = a_route("Bills", "*@desk.example", sender=["*@acme.example"], subject_contains=["x"], active=False,
                      shadow=True, target=PAYMENTS)  # fmt: skip
    save_route(ana, changed, id=id, seen_version=1)
    assert route_history(ana, id).changes[0] == [
        "Name: Invoices → Bills",
        "Recipient: ap@desk.example → any address at desk.example",
        "Sender: anybody → anyone at acme.example",
        "Words in the subject: any → “x”",
        "Target: Ticket · Acme · P2P · Invoices → Ticket · Acme · P2P · Payments",
        "Switched off.",
        "Put in shadow.",
    ]
    assert route_history(ana, id).by_name[0] == "ana@desk.example"


# Whatever people do


WHAT = st.sampled_from(["save", "new", "copy", "move", "on", "off", "remove", "restore", "promote", "acknowledge"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(WHAT, st.sampled_from(["ana", "leo", "ada", "hana"]), st.integers(0, 7), st.integers(0, 7)),
                min_size=1, max_size=12))  # fmt: skip
def test_versions_never_change_whatever_people_do(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int, int]]
) -> None:
    desk = DeskUnderTest(tmp_path_factory.mktemp("edits"), ROUTES)
    with desk.kept_open():
        known = set(desk.rows(TEXT))
        for what, who, one, other in steps:
            ids = [id for (id,) in desk.rows("SELECT id::VARCHAR FROM route_newest ORDER BY id")]
            id, before = ids[one % len(ids)], ids[other % len(ids)]
            scope = desk.acting(who)
            try:
                _do(scope, what, id, before, other)
            except StraydeskError:
                assert set(desk.rows(TEXT)) == known
            now = set(desk.rows(TEXT))
            assert known <= now
            known = now
        pairs = [(id, version) for id, version, _text in known]
        assert len(set(pairs)) == len(pairs)
        assert (
            desk.value("SELECT count(*) FROM (SELECT id FROM route GROUP BY id HAVING max(version) <> count(*))") == 0
        )


def _do(scope: Any, what: str, id: str, before: str, number: int) -> None:
    mailbox = scope.mailboxes[number % len(scope.mailboxes)]
    edited = a_route(f"Edited {number}", f"r{number}@desk.example", mailbox, shadow=number % 3 == 0)
    {
        "save": lambda: save_route(scope, edited, id=id, seen_version=1),
        "new": lambda: save_route(scope, edited, position=number),
        "copy": lambda: duplicate_route(scope, id),
        "move": lambda: move_route(scope, id, before),
        "on": lambda: switch_route(scope, id, True),
        "off": lambda: switch_route(scope, id, False),
        "remove": lambda: remove_route(scope, id),
        "restore": lambda: restore_version(scope, id, 1 + number % 2),
        "promote": lambda: promote_route(scope, id),
        "acknowledge": lambda: acknowledge_route(scope, id),
    }[what]()
