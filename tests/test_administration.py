"""Setting up the desk from within: guarded, written down, revertible, and not undone by the configuration file."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.administration import history, persons, services, teams
from core.administration.settling import Settled
from core.catalog import catalog
from core.claiming import claim
from core.errors import ChangedMeanwhile, InvalidInput, NotAllowed, NotFound, StraydeskError
from core.scope import Person, Scope
from tests.desk import AP, CONFIGURATION, INVOICES, PEOPLE, DeskUnderTest, mail, route

ROUTES = [route("Acme invoices", "invoices@desk.example", INVOICES)]
ANA = Person("ana@desk.example", "ana@desk.example", "agent")
ADA = Person("ada@desk.example", "ada@desk.example", "administrator")


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path, ROUTES)


@pytest.fixture
def ada(desk: DeskUnderTest) -> Scope:
    return desk.acting("ada")


def reconfigured(desk: DeskUnderTest, *changes: tuple[str, str]) -> Scope:
    """The desk opened again with another configuration file; ada's scope on it."""
    text = (desk.folder / "straydesk.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (desk.folder / "straydesk.toml").write_text(text + "\n# touched\n")
    desk.desk = desk.opened()
    return desk.acting("ada")


def roles(scope: Scope) -> dict[str, str]:
    return {person.email.split("@")[0]: person.role for person in scope.desk.persons()}


def members(scope: Scope, team: str) -> list[str]:
    return {row["name"]: list(row["members"]) for row in teams.teams(scope).to_dict("records")}[team]


def last(scope: Scope) -> str:
    return str(history.history(scope)["batch"][0])


# Who may


@pytest.mark.parametrize("who", ["ana", "leo", "ida"])
@pytest.mark.parametrize(
    "act",
    [
        lambda scope: persons.add(scope, "eve@desk.example", "Eve", "administrator"),
        lambda scope: persons.change(scope, ANA, "Ana", "administrator"),
        lambda scope: persons.remove(scope, ADA),
        lambda scope: teams.add(scope, "Own"),
        lambda scope: teams.set_members(scope, "Staff", [], ["ana@desk.example"]),
        lambda scope: teams.change_mailbox(scope, PEOPLE, ("Staff", 24), ("Finance", 24)),
        lambda scope: services.add(scope, "Acme", "P2P", "Gifts"),
        lambda scope: services.remove(scope, ("Acme",), though_targeted=True),
        lambda scope: history.revert(scope, "00000000-0000-7000-8000-000000000000"),
        persons.persons,
        teams.teams,
        teams.mailboxes,
        services.services,
        history.history,
    ],
)
def test_only_administrators_may(desk: DeskUnderTest, who: str, act: Callable[[Scope], object]) -> None:
    with pytest.raises(NotAllowed):
        act(desk.acting(who))
    assert desk.value("SELECT count(*) FROM setting_change") == 0


def test_who_was_demoted_meanwhile_is_refused_on_a_screen_still_open(desk: DeskUnderTest, ada: Scope) -> None:
    persons.change(ada, ANA, "Ana", "administrator")
    ana = desk.acting("ana")
    persons.change(ada, Person(ANA.email, "Ana", "administrator"), "Ana", "agent")
    with pytest.raises(NotAllowed, match="no longer an administrator"):
        teams.add(ana, "Own")


def test_the_last_administrator_can_neither_leave_nor_be_demoted(desk: DeskUnderTest, ada: Scope) -> None:
    with pytest.raises(InvalidInput, match="without an administrator"):
        persons.change(ada, ADA, ADA.name, "agent")
    with pytest.raises(InvalidInput, match="without an administrator"):
        persons.remove(desk.desk.operator(), ADA)
    assert roles(ada)["ada"] == "administrator"
    persons.change(ada, ANA, "Ana", "administrator")
    persons.change(ada, ADA, ADA.name, "agent")
    assert roles(ada)["ada"] == "agent"


def test_two_administrators_who_remove_each_other_at_once_leave_one(desk: DeskUnderTest, ada: Scope) -> None:
    persons.change(ada, ANA, ANA.name, "administrator")
    ana = desk.acting("ana")
    came = threading.Barrier(2)
    problems: list[StraydeskError] = []

    def remove(scope: Scope, other: Person) -> None:
        came.wait()
        try:
            persons.remove(scope, other)
        except StraydeskError as problem:
            problems.append(problem)

    both = [threading.Thread(target=remove, args=each) for each in
            ((ada, Person(ANA.email, ANA.name, "administrator")), (ana, ADA))]  # fmt: skip
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(problems) == 1
    assert desk.value("SELECT count(*) FROM person WHERE role = 'administrator'") == 1


# Persons


def test_a_person_who_was_added_has_a_place_at_once(desk: DeskUnderTest, ada: Scope) -> None:
    persons.add(ada, " Zoe@Desk.Example ", "Zoe", "agent")
    teams.set_members(ada, "Staff", ["hana@desk.example"], ["hana@desk.example", "zoe@desk.example"])
    assert desk.desk.acting("zoe@desk.example").mailboxes == (PEOPLE,)


@pytest.mark.parametrize(
    ("email", "name", "role", "problem"),
    [
        ("zoe", "Zoe", "agent", "no e-mail address"),
        ("", "Zoe", "agent", "no e-mail address"),
        ("ana@desk.example", "Ana", "agent", "works here already"),
        ("ANA@desk.example", "Ana", "agent", "works here already"),
        ("zoe@desk.example", "Zoe", "boss", "no role"),
        ("zoe@desk.example", "z" * 201, "agent", "between 1 and 200"),
    ],
)
def test_what_makes_no_person_is_refused(ada: Scope, email: str, name: str, role: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        persons.add(ada, email, name, role)


def test_a_removed_person_has_no_place_no_team_and_no_claims_but_keeps_the_name(
    desk: DeskUnderTest, ada: Scope
) -> None:
    id = desk.receive_one(mail(to="someone@desk.example"))
    persons.change(ada, ANA, "Ana Ruiz", "agent")
    claim(desk.acting("ana"), [id])
    persons.remove(ada, Person(ANA.email, "Ana Ruiz", "agent"))
    with pytest.raises(NotAllowed, match="does not work at this desk"):
        desk.acting("ana")
    assert ANA.email not in members(ada, "Finance")
    assert desk.value("SELECT count(*) FROM claim") == 0
    assert desk.rows("SELECT actor, reason FROM journal WHERE action = 'release'") == [("ada@desk.example", ANA.email)]
    assert desk.value("SELECT name FROM person_ever WHERE email = $email", email=ANA.email) == "Ana Ruiz"


def test_a_claim_on_mail_of_a_mailbox_that_is_gone_ends_too(desk: DeskUnderTest, ada: Scope) -> None:
    id = desk.receive_one(mail(to="someone@desk.example"), mailbox=PEOPLE)
    claim(desk.acting("hana"), [id])
    start = CONFIGURATION.index('[[mailbox]]\nname = "People"')
    ada = reconfigured(desk, (CONFIGURATION[start : CONFIGURATION.index("[[customer]]")], ""))
    persons.remove(ada, Person("hana@desk.example", "hana@desk.example", "agent"))
    assert desk.value("SELECT count(*) FROM claim") == 0


# Stale screens


def test_a_stale_screen_is_told_who_was_faster_and_overwrites_nothing(desk: DeskUnderTest, ada: Scope) -> None:
    persons.change(ada, ANA, "Ana Ruiz", "lead")
    with pytest.raises(ChangedMeanwhile, match=r"ada@desk\.example changed it at 2025-03-04"):
        persons.change(ada, ANA, "Anna", "agent")
    with pytest.raises(ChangedMeanwhile, match=r"ada@desk\.example"):
        persons.remove(ada, ANA)
    assert roles(ada)["ana"] == "lead"


@pytest.mark.parametrize(
    "act",
    [
        lambda scope: teams.rename(scope, "Money", "Cash"),
        lambda scope: teams.remove(scope, "Money"),
        lambda scope: teams.set_members(scope, "Staff", [], ["hana@desk.example"]),
        lambda scope: teams.set_members(scope, "Staff", ["hana@desk.example", ANA.email], ["hana@desk.example"]),
        lambda scope: teams.set_members(scope, "Money", [], [ANA.email]),
        lambda scope: teams.set_members(scope, "Staff", ["hana@desk.example"], ["hana@desk.example", "x@desk.example"]),
        lambda scope: teams.change_mailbox(scope, PEOPLE, ("Finance", 24), ("Staff", 24)),
        lambda scope: services.rename(scope, ("Nobody",), "Somebody"),
        lambda scope: services.remove(scope, ("Acme", "P2P", "Gifts")),
    ],
)
def test_what_is_not_as_it_was_seen_is_left_alone(
    desk: DeskUnderTest, ada: Scope, act: Callable[[Scope], object]
) -> None:
    tables = ("person", "team", "team_member", "mailbox", "catalog", "setting_change")
    before = [desk.rows(f"FROM {table} ORDER BY ALL") for table in tables]
    with pytest.raises(ChangedMeanwhile):
        act(ada)
    assert [desk.rows(f"FROM {table} ORDER BY ALL") for table in tables] == before


def test_nothing_changed_writes_nothing_down(ada: Scope) -> None:
    assert persons.change(ada, ANA, ANA.name, ANA.role) == Settled("", "person_change", ANA.name)
    assert history.history(ada).empty


# Teams and mailboxes


def test_a_renamed_team_takes_its_members_and_mailboxes_along(desk: DeskUnderTest, ada: Scope) -> None:
    seen = desk.acting("ana").mailboxes
    teams.rename(ada, "Finance", "Money")
    assert desk.acting("ana").mailboxes == seen
    assert ANA.email in members(ada, "Money")


def test_a_team_of_a_taken_name_is_refused_even_in_other_letters(ada: Scope) -> None:
    with pytest.raises(InvalidInput, match="there already"):
        teams.add(ada, "finance")
    with pytest.raises(InvalidInput, match="there already"):
        teams.rename(ada, "Staff", " FINANCE ")
    teams.rename(ada, "Staff", "STAFF")


def test_a_team_with_mailboxes_stays_until_they_belong_to_another(desk: DeskUnderTest, ada: Scope) -> None:
    with pytest.raises(InvalidInput, match="These mailboxes would have no team: People"):
        teams.remove(ada, "Staff")
    teams.change_mailbox(ada, PEOPLE, ("Staff", 24), ("Finance", 8))
    teams.remove(ada, "Staff")
    assert desk.acting("hana").mailboxes == ()
    assert PEOPLE in desk.acting("ana").mailboxes
    assert desk.value("SELECT target_hours FROM mailbox WHERE name = $name", name=PEOPLE) == 8


def test_a_mailbox_goes_to_no_team_that_does_not_exist(ada: Scope) -> None:
    with pytest.raises(NotFound):
        teams.change_mailbox(ada, PEOPLE, ("Staff", 24), ("Nobody", 24))
    with pytest.raises(InvalidInput):
        teams.change_mailbox(ada, PEOPLE, ("Staff", 24), ("Finance", 0))


# Customers, contracts, services


def test_a_renamed_customer_is_followed_by_routes_and_work_items(desk: DeskUnderTest, ada: Scope) -> None:
    id = desk.receive_one(mail(to="invoices@desk.example"))
    services.rename(ada, ("Acme",), "Acme Group")
    assert desk.rows("SELECT DISTINCT customer FROM work_item") == [("Acme Group",)]
    assert desk.rows("SELECT version, target_customer, created_by FROM route ORDER BY version") == [
        (1, "Acme", "configuration"), (2, "Acme Group", "ada@desk.example")]  # fmt: skip
    assert desk.says(id) == "route: Acme invoices"
    again = desk.receive_one(mail(to="invoices@desk.example", subject="Another"))
    assert desk.says(again) == "route: Acme invoices"


def test_renaming_to_a_name_beside_it_is_refused(ada: Scope) -> None:
    for path, name in ((("Acme",), "desk"), (("Acme", "P2P", "Invoices"), "Payments")):
        with pytest.raises(InvalidInput, match="there already"):
            services.rename(ada, path, name)
    services.rename(ada, ("Acme", "P2P", "Invoices"), "INVOICES")


def test_removing_what_routes_target_names_the_routes_first(desk: DeskUnderTest, ada: Scope) -> None:
    assert services.routes_to(ada, ("Acme",)) == ["Acme invoices"]
    assert services.routes_to(ada, ("Acme", "P2P", "Payments")) == []
    with pytest.raises(InvalidInput, match="Routes still target it: Acme invoices"):
        services.remove(ada, ("Acme", "P2P"))
    services.remove(ada, ("Acme", "P2P"), though_targeted=True)
    assert "Acme" not in catalog(ada)
    assert desk.says(desk.receive_one(mail(to="invoices@desk.example"))) == "target_missing"


def test_a_service_is_added_below_the_customer_as_it_is_written_there(ada: Scope) -> None:
    services.add(ada, "ACME", "p2p", "Gifts")
    services.add(ada, "Zulu", "Z1", "Repairs")
    assert catalog(ada)["Acme"]["P2P"] == ["Gifts", "Invoices", "Payments", "Statements"]
    assert catalog(ada)["Zulu"] == {"Z1": ["Repairs"]}
    with pytest.raises(InvalidInput, match="there already"):
        services.add(ada, "Acme", "P2P", "gifts")


# History


def test_every_change_is_told_with_who_when_before_and_after(desk: DeskUnderTest, ada: Scope) -> None:
    persons.change(ada, ANA, "Ana Ruiz", "lead")
    row = history.history(ada).iloc[0]
    assert (row.actor, row.action, row.subject, row.changed, row.reverted) == (
        "ada@desk.example", "person_change", "Ana Ruiz", 1, False)  # fmt: skip
    assert row.changed_at.to_pydatetime() == desk.clock
    detail = history.details(ada, row.batch).iloc[0]
    assert detail.before == "email: ana@desk.example, name: ana@desk.example, role: agent"
    assert detail.after == "email: ana@desk.example, name: Ana Ruiz, role: lead"


@pytest.mark.parametrize(
    "act",
    [
        lambda scope: persons.add(scope, "zoe@desk.example", "Zoe", "agent"),
        lambda scope: persons.change(scope, ANA, "Ana Ruiz", "lead"),
        lambda scope: persons.remove(scope, ANA),
        lambda scope: teams.add(scope, "Own"),
        lambda scope: teams.rename(scope, "Finance", "Money"),
        lambda scope: teams.set_members(scope, "Staff", ["hana@desk.example"], [ANA.email]),
        lambda scope: teams.change_mailbox(scope, PEOPLE, ("Staff", 24), ("Finance", 4)),
        lambda scope: services.add(scope, "Zulu", "Z1", "Repairs"),
        lambda scope: services.rename(scope, ("Acme",), "Acme Group"),
        lambda scope: services.remove(scope, ("Acme",), though_targeted=True),
    ],
)
def test_one_step_takes_a_change_back_whole(desk: DeskUnderTest, ada: Scope, act: Callable[[Scope], Settled]) -> None:
    reads = ("SELECT email, name, role FROM person", "SELECT name FROM team", "SELECT team, email FROM team_member",
             "SELECT name, team, target_hours FROM mailbox", "SELECT customer, contract, service FROM catalog",
             "SELECT name, target_customer, target_service FROM route_set")  # fmt: skip
    before = [sorted(desk.rows(each)) for each in reads]
    done = act(ada)
    assert [sorted(desk.rows(each)) for each in reads] != before
    history.revert(ada, done.batch)
    assert [sorted(desk.rows(each)) for each in reads] == before
    shown = history.history(ada)
    assert list(shown["action"]) == ["revert", done.action]
    assert list(shown["reverted"]) == [False, True]
    history.revert(ada, last(ada))
    assert [sorted(desk.rows(each)) for each in reads] != before


def test_what_was_changed_again_is_not_taken_back(ada: Scope) -> None:
    first = persons.change(ada, ANA, "Ana Ruiz", "agent")
    persons.change(ada, Person(ANA.email, "Ana Ruiz", "agent"), "Ana Ruiz", "lead")
    with pytest.raises(ChangedMeanwhile, match=r"ada@desk\.example"):
        history.revert(ada, first.batch)
    assert roles(ada)["ana"] == "lead"


def test_taking_back_does_not_get_around_the_guards(ada: Scope) -> None:
    made = persons.change(ada, ANA, ANA.name, "administrator")
    persons.change(ada, ADA, ADA.name, "agent")
    with pytest.raises(InvalidInput, match="without an administrator"):
        history.revert(ada.desk.operator(), made.batch)
    with pytest.raises(NotFound):
        history.revert(ada.desk.operator(), "00000000-0000-7000-8000-000000000000")


# The configuration file afterwards


def test_the_file_does_not_overwrite_what_was_changed_here(desk: DeskUnderTest, ada: Scope) -> None:
    persons.change(ada, ANA, "Ana Ruiz", "lead")
    persons.add(ada, "zoe@desk.example", "Zoe", "agent")
    teams.change_mailbox(ada, PEOPLE, ("Staff", 24), ("Finance", 8))
    teams.set_members(ada, "Staff", ["hana@desk.example"], ["hana@desk.example", "zoe@desk.example"])
    services.add(ada, "Zulu", "Z1", "Repairs")
    ada = reconfigured(
        desk,
        ('[[person]]\nemail = "bea@desk.example"', '[[person]]\nemail = "bea@desk.example"\nname = "Bea Díaz"'),
        ('address = "people@desk.example"', 'address = "staff@desk.example"'),
        ('services = ["Staff"]', 'services = ["Staff", "Payroll"]'),
    )
    assert {"ana": "lead", "zoe": "agent"}.items() <= roles(ada).items()
    assert desk.value("SELECT name FROM person WHERE email = 'bea@desk.example'") == "Bea Díaz"
    assert desk.rows("SELECT address, team, target_hours FROM mailbox WHERE name = 'People'") == [
        ("staff@desk.example", "Finance", 8)]  # fmt: skip
    assert members(ada, "Staff") == ["hana@desk.example", "zoe@desk.example"]
    assert catalog(ada)["Zulu"] == {"Z1": ["Repairs"]}
    assert catalog(ada)["Desk"] == {"Own": ["Payroll", "Staff"]}


def test_the_file_does_not_bring_back_what_was_removed_here(desk: DeskUnderTest, ada: Scope) -> None:
    persons.remove(ada, ANA)
    teams.set_members(ada, "Finance", ["bea@desk.example"], [])
    services.remove(ada, ("Acme", "P2P", "Payments"))
    teams.change_mailbox(ada, PEOPLE, ("Staff", 24), ("Finance", 24))
    teams.remove(ada, "Staff")
    ada = reconfigured(desk, ('services = ["Staff"]', 'services = ["Staff", "Payroll"]'))
    assert "ana" not in roles(ada)
    assert members(ada, "Finance") == ["ida@desk.example", "leo@desk.example"]
    assert catalog(ada)["Acme"] == {"P2P": ["Invoices", "Statements"]}
    assert list(teams.teams(ada)["name"]) == ["Finance"]


def test_the_file_still_removes_what_only_it_has_named_and_its_claims_end(desk: DeskUnderTest, ada: Scope) -> None:
    id = desk.receive_one(mail(to="someone@desk.example"))
    claim(desk.acting("bea"), [id])
    ada = reconfigured(desk, ('[[person]]\nemail = "bea@desk.example"\n', ""), ('"bea@desk.example", ', ""))
    assert "bea" not in roles(ada)
    assert desk.value("SELECT count(*) FROM claim") == 0
    assert desk.value("SELECT name FROM person_ever WHERE email = 'bea@desk.example'") == "bea@desk.example"
    first = '[[person]]\nemail = "ana@desk.example"'
    ada = reconfigured(desk, (first, f'[[person]]\nemail = "bea@desk.example"\n{first}'))
    assert "bea" in roles(ada)


def test_the_files_team_goes_by_the_name_it_was_given_here(desk: DeskUnderTest, ada: Scope) -> None:
    teams.rename(ada, "Finance", "Money")
    teams.rename(ada, "Money", "Cash")
    ada = reconfigured(desk, ('"ida@desk.example"]', '"ida@desk.example", "nemo@desk.example"]'),
                       ('name = "Accounts Payable"', 'name = "Payables"'))  # fmt: skip
    assert list(teams.teams(ada)["name"]) == ["Cash", "Staff"]
    assert "nemo@desk.example" in members(ada, "Cash")
    assert set(desk.acting("nemo").mailboxes) == {"Payables", "Accounts Receivable"}
    assert AP not in desk.acting("nemo").mailboxes


def test_seeding_the_same_file_again_changes_nothing(desk: DeskUnderTest, ada: Scope) -> None:
    before = desk.rows("FROM person ORDER BY ALL"), desk.rows("FROM mailbox ORDER BY ALL")
    reconfigured(desk)
    desk.change("DELETE FROM seed")
    desk.desk = desk.opened()
    assert (desk.rows("FROM person ORDER BY ALL"), desk.rows("FROM mailbox ORDER BY ALL")) == before
