"""Conflicts of a real route set: what is said, what past mail adds, who may say that it is intended."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from core.conflicts import Finding, Fix, acknowledge, conflicts, conflicts_of, withdraw_acknowledgement
from core.errors import InvalidInput, NotAllowed
from core.route_set import import_routes
from core.routes import Route, Target
from tests.desk import AP, AR, INVOICES, PAYMENTS, PEOPLE, SENT, STAFF, DeskUnderTest, mail, route

GONE = Target(customer="Gone", contract="Long ago", service="Nothing")
ACME = route("Acme", "ap@desk.example", sender=["*@acme.example"])
ACME_CREDIT = route("Acme credit", "ap@desk.example", PAYMENTS, sender=["*@acme.example"], subject_contains=["credit"])


def found(desk: DeskUnderTest, name: str = "ada", **asked: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.kind, each.route, each.others) for each in conflicts(desk.acting(name), **asked)]


def one(desk: DeskUnderTest, kind: str, name: str = "ada") -> Finding:
    (finding,) = [each for each in conflicts(desk.acting(name)) if each.kind == kind]
    return finding


def change(desk: DeskUnderTest, *routes: dict[str, Any]) -> None:
    path = desk.folder / "changed.toml"
    path.write_text(tomli_w.dumps({"route": list(routes)}))
    import_routes(desk.acting("ada"), path)


def test_a_more_exact_route_behind_a_wider_one_never_fires_and_belongs_before_it(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME, ACME_CREDIT])
    finding = one(desk, "shadowed")
    assert finding.sentence == "“Acme credit” never fires: “Acme” stands before it and takes all mail it could catch."
    assert (finding.severity, finding.advice) == ("problem", "Move “Acme credit” before “Acme”.")
    assert finding.fix == Fix("move", "Acme credit", "Acme")
    change(desk, ACME_CREDIT, ACME)
    assert found(desk) == [("generalised", "Acme", ("Acme credit",))]


def test_several_routes_together_leave_nothing_to_a_later_one(tmp_path: Path) -> None:
    wide = route("Domain", "*@desk.example", sender=["*@acme.example", "bob@zenith.example"])
    zenith = route("Zenith", "*@desk.example", PAYMENTS, sender=["*@zenith.example"])
    late = route("Late", "ap@desk.example", STAFF, sender=["sue@acme.example", "liz@zenith.example"])
    desk = DeskUnderTest(tmp_path, [wide, zenith, late])
    finding = one(desk, "shadowed")
    assert finding.others == ("Domain", "Zenith")
    assert finding.sentence == "“Late” never fires: “Domain” and “Zenith” together take all mail it could catch."


def test_a_route_that_is_switched_off_or_in_shadow_takes_nothing(tmp_path: Path) -> None:
    for state in ({"active": False}, {"shadow": True}):
        desk = DeskUnderTest(tmp_path / str(state), [ACME | state, ACME_CREDIT])
        assert "shadowed" not in {kind for kind, *_rest in found(desk)}


def test_the_same_target_twice_is_redundant(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME, ACME_CREDIT | {"target": INVOICES.model_dump()}])
    finding = one(desk, "redundant")
    assert (finding.route, finding.fix) == ("Acme credit", Fix("remove", "Acme credit"))


def test_an_exception_of_the_same_target_is_redundant_unless_something_stands_between(tmp_path: Path) -> None:
    exact = route("Exact", "ap@desk.example", sender=["sue@acme.example"])
    between = route("Between", "ap@desk.example", PAYMENTS, subject_contains=["credit"])
    assert ("redundant", "Exact", ("Acme",)) in found(DeskUnderTest(tmp_path / "together", [exact, ACME]))
    apart = found(DeskUnderTest(tmp_path / "apart", [exact, between, ACME]))
    assert "redundant" not in {kind for kind, *_rest in apart}


def test_routes_that_meet_in_some_mail_are_correlated(tmp_path: Path) -> None:
    credit = route("Credit", "*@desk.example", PAYMENTS, subject_contains=["credit"])
    assert found(DeskUnderTest(tmp_path, [ACME, credit])) == [("correlated", "Credit", ("Acme",))]


@pytest.mark.parametrize(("conditions", "why"), [
    ({"sender": ["a@spam.example", "b@junk.example"]}, "senders_blocked"),
    ({"sender": ["*@spam.example", "ap@desk.example"]}, "senders_blocked"),
    ({"sender": ["*@junk.example"]}, ""),  # only one of its addresses is blocked
    ({"sender": ["c@ap-only.example"]}, ""),
    ({"sender": ["c@ap-only.example"], "mailbox": AP}, "senders_blocked"),
    ({"sender": ["c@late.example"]}, ""),
    ({"list_id": "bulk.example"}, "list_blocked"),
    ({"sender": ["ap@desk.example", "ar@desk.example"]}, "own_senders"),
])  # fmt: skip
def test_what_ends_before_the_routes_never_meets_one(tmp_path: Path, conditions: dict[str, Any], why: str) -> None:
    desk = DeskUnderTest(tmp_path, [route("Asked", "x@desk.example", **conditions)])
    desk.block("domain", "spam.example")
    desk.block("address", "b@junk.example")
    desk.block("domain", "ap-only.example", mailbox=AP)
    desk.block("domain", "late.example", expires_at=SENT)
    desk.block("list_id", "bulk.example")
    said = [each.why for each in conflicts(desk.acting("ada")) if each.kind == "never_holds"]
    assert said == ([why] if why else [])
    mails = [mail(sender=each, to="x@desk.example", list_id=f"<{conditions.get('list_id', '')}>")
             for each in conditions.get("sender", ["any@else.example"]) if "*" not in each]  # fmt: skip
    outcomes = {desk.says(id) for id in desk.receive(*mails, mailbox=AR)} if mails else set()
    if why and AP not in conditions.values():
        assert not any(each.startswith("route") for each in outcomes)


def test_a_target_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    finding = one(DeskUnderTest(tmp_path, [route("Old", "old@desk.example", GONE)]), "target_missing")
    assert finding.sentence == "“Old” opens nothing: its target does not exist."


# From mail


def test_a_route_whose_mails_another_one_takes_is_found_from_mail(tmp_path: Path) -> None:
    invoices = route("Acme invoices", "ap@desk.example", subject_regex="(?i)invoice|factura")
    desk = DeskUnderTest(
        tmp_path, [invoices, route("Numbered", "ap@desk.example", PAYMENTS, subject_regex="No [0-9]+")]
    )
    desk.receive(*(mail(to="ap@desk.example", subject=f"Invoice No {number}") for number in range(3)))
    finding = one(desk, "never_first")
    assert (
        finding.sentence == "“Numbered” never fires: “Acme invoices” took all 3 mails it could have caught in 90 days."
    )
    assert (finding.mails, finding.fix) == (3, Fix("move", "Numbered", "Acme invoices"))
    desk.receive(mail(to="ap@desk.example", subject="No 4"))
    assert "never_first" not in {kind for kind, *_rest in found(desk)}


def test_mail_that_never_came_to_the_routes_proves_nothing(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME, route("All", "ap@desk.example", PAYMENTS, subject_regex="o")])
    desk.block("domain", "acme.example")
    desk.receive(mail(to="ap@desk.example", sender="a@acme.example", subject="No"))
    assert "never_first" not in {kind for kind, *_rest in found(desk)}


def test_a_blind_copy_route_is_not_dead_where_nothing_else_caught_the_mail(tmp_path: Path) -> None:
    blind = [route("First", "ap@desk.example", match_delivered=True, subject_regex="x"),
             route("Second", "ap@desk.example", PAYMENTS, match_delivered=True, subject_regex="y")]  # fmt: skip
    desk = DeskUnderTest(tmp_path, blind)
    desk.receive(mail(subject="xy"))
    assert one(desk, "never_first").route == "Second"
    desk.receive(mail(subject="y"))
    assert "never_first" not in {kind for kind, *_rest in found(desk)}


def test_routes_that_no_mail_fits_are_dead_once_there_is_a_month_of_mail(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME, route("Quiet", "quiet@desk.example")])
    desk.receive(mail(to="ap@desk.example", sender="a@acme.example"))
    assert found(desk) == []
    desk.clock += timedelta(days=40)
    desk.receive(mail(to="ap@desk.example", sender="a@acme.example", sent=desk.clock))
    finding = one(desk, "dead")
    assert finding.sentence == "“Quiet”: no mail of the last 90 days meets its conditions."
    assert found(desk, days=20) == [("dead", "Quiet", ())] or found(desk, days=20) == []


def test_routes_that_only_could_meet_are_told_apart_from_those_that_did(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME, route("Credit", "*@desk.example", PAYMENTS, subject_contains=["credit"])])
    assert one(desk, "correlated").severity == "warning"  # nobody knows: there is no mail
    desk.receive(mail(to="ap@desk.example", sender="a@acme.example"))
    assert (one(desk, "correlated").severity, one(desk, "correlated").mails) == ("information", 0)
    desk.receive(mail(to="ap@desk.example", sender="a@acme.example", subject="Credit note"))
    met = one(desk, "correlated")
    assert met.severity == "warning"
    assert met.sentence == "“Credit” and “Acme” open different things and met in 1 mail in 90 days."


# Drafts and the editor


def test_a_draft_is_judged_in_its_order_with_the_mail_of_the_past(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME])
    draft = [Route.model_validate(each) for each in (ACME, ACME_CREDIT)]
    assert found(desk, draft=draft) == [("shadowed", "Acme credit", ("Acme",))]
    assert found(desk, draft=draft[::-1]) == [("generalised", "Acme", ("Acme credit",))]


def test_the_editor_hears_what_a_route_would_do_at_its_place(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME, route("Other", "other@desk.example", GONE)])
    ana, credit = desk.acting("ana"), Route.model_validate(ACME_CREDIT)
    assert [each.kind for each in conflicts_of(ana, credit)] == ["shadowed"]
    assert [each.kind for each in conflicts_of(ana, credit, before="Acme")] == ["generalised"]
    assert conflicts_of(ana, credit, replacing="Acme") == []
    renamed = credit.model_copy(update={"subject_contains": []})
    assert [(each.kind, each.route) for each in conflicts_of(ana, renamed, before="Acme")] == [("shadowed", "Acme")]


# Intended


def test_what_is_intended_is_acknowledged_until_a_route_changes(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME_CREDIT, ACME])
    acknowledge(desk.acting("leo"), one(desk, "generalised"))
    assert one(desk, "generalised").acknowledged_by == "leo@desk.example"
    withdraw_acknowledgement(desk.acting("leo"), one(desk, "generalised"))
    assert one(desk, "generalised").acknowledged_by is None
    acknowledge(desk.acting("leo"), one(desk, "generalised"))
    change(desk, ACME_CREDIT, ACME | {"sender": ["*@acme.example", "x@y.example"]})
    assert one(desk, "generalised").acknowledged_by is None


def test_only_leads_say_that_it_is_intended_and_only_of_what_is_in_force(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path, [ACME_CREDIT, ACME])
    finding = one(desk, "generalised")
    for name in ("ana", "ida"):
        with pytest.raises(NotAllowed):
            acknowledge(desk.acting(name), finding)
    drafted = conflicts_of(desk.acting("leo"), Route.model_validate(ACME | {"name": "New"}))
    for other in drafted:
        with pytest.raises(InvalidInput):
            acknowledge(desk.acting("leo"), other)
    change(desk, ACME_CREDIT, ACME | {"subject_regex": "x"})
    with pytest.raises(InvalidInput):
        acknowledge(desk.acting("leo"), finding)


def test_routes_and_mail_of_other_teams_are_not_spoken_of(tmp_path: Path) -> None:
    staff = route("Staff only", "*@desk.example", STAFF, mailbox=PEOPLE)
    desk = DeskUnderTest(tmp_path, [staff, route("Staff late", "people@desk.example", mailbox=PEOPLE), ACME])
    assert found(desk, "ana") == []
    assert [each[:2] for each in found(desk, "hana")] == [("shadowed", "Staff late"), ("correlated", "Acme")]
    desk.receive(mail(to="ap@desk.example", sender="a@acme.example"))
    desk.clock += timedelta(days=60)
    assert not {"dead", "never_first"} & {kind for kind, *_rest in found(desk, "hana")}
