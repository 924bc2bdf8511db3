"""The Routes page: what it lists, says, tries, changes and refuses, on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.examples import pin_example
from core.one_route import caught_by_week, one_route
from core.queue import tally
from core.route_edits import save_route, switch_route
from core.route_history import route_history
from core.route_statistics import route_statistics
from core.routes import Route
from core.unrouted import unrouted_recipients
from tests.desk import AP, INVOICES, PAYMENTS, DeskUnderTest, mail, route
from tests.page import keys, markup, opens, run

HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x]"
ROUTES = [
    route("Invoices", "invoices@desk.example", mailbox=AP, sender=["*@supplier.example"],
          subject_contains=["invoice"]),
    route("Payments", "pay@desk.example", PAYMENTS, mailbox=AP),
    route("Blocked by the first", "invoices@desk.example", PAYMENTS, mailbox=AP, sender=["sue@supplier.example"],
          subject_contains=["invoice"]),
]  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path, ROUTES)
    monkeypatch.setenv("STRAYDESK_CONFIG", str(tmp_path / "straydesk.toml"))
    made.name_store(monkeypatch)
    yield from opens(made, monkeypatch)


def page(who: str = "ada", **parameters: str) -> AppTest:
    return run("routes", who, **parameters)


def listed(app: AppTest) -> list[str]:
    return [] if not app.dataframe else list(app.dataframe[0].value["name"])


def marks(app: AppTest) -> dict[str, list[str]]:
    table = app.dataframe[0].value
    return {name: list(said) for name, said in zip(table["name"], table["marks"], strict=True)}


def id_of(desk: DeskUnderTest, name: str) -> str:
    rows = route_statistics(desk.acting("ada"))
    return str(rows.loc[rows["name"] == name, "id"].iloc[0])


def press(app: AppTest, *buttons: str) -> AppTest:
    """Press the button, and those of the dialog it opens. AppTest runs the whole page, so all count as pressed."""
    for each in buttons:
        app.button(key=each).click()
        if each != buttons[-1]:
            app.run()
            app.button(key=each).click()
    app.run()
    assert not app.exception, app.exception
    return app


def field(app: AppTest, name: str) -> str:
    """The key of a field of the editor."""
    return f"route-{app.session_state['route-editing'].number}-{name}"


def test_the_set_is_listed_in_order_with_what_each_route_did(desk: DeskUnderTest) -> None:
    desk.receive(*(mail(to="invoices@desk.example", subject=f"Invoice {n}") for n in range(3)))
    app = page()
    table = app.dataframe[0].value
    assert listed(app) == [each["name"] for each in ROUTES]
    assert list(table["hits_90"]) == [3, 0, 0]
    assert "3 routes; 2 have caught nothing in 90 days; 1 cannot work as it stands" in markup(app)
    assert marks(app)["Blocked by the first"] == ["▲ conflict"]


def test_a_desk_without_routes_says_where_the_first_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = DeskUnderTest(tmp_path)
    monkeypatch.setattr("pages.components.sign_in.open_desk", lambda: made.opened())
    st.cache_resource.clear()
    assert "There are no routes yet" in page().info[0].value


@pytest.mark.parametrize(("words", "found"), [("PAYMENTS", 2), ("pay@desk", 1), ("sue@supplier", 1), ("nowhere", 0)])
def test_search_looks_into_every_field(desk: DeskUnderTest, words: str, found: int) -> None:
    app = page(find=words)
    assert len(listed(app)) == found
    assert bool(app.info) == (found == 0)


def test_a_route_that_never_fires_says_why_and_one_click_moves_it(desk: DeskUnderTest) -> None:
    app = page(route=id_of(desk, "Blocked by the first"))
    assert "never fires: “Invoices” stands before it" in markup(app)
    press(app, "fix-0")
    assert listed(app) == ["Blocked by the first", "Invoices", "Payments"]
    assert marks(app)["Blocked by the first"] == []
    press(app, "undo")
    assert listed(app) == [each["name"] for each in ROUTES]


def test_a_conflict_that_is_intended_is_no_longer_marked_and_can_be_again(desk: DeskUnderTest) -> None:
    app = page(route=id_of(desk, "Blocked by the first"))
    press(app, "intended-0")
    assert "Intended, says ada@desk.example" in "".join(each.value for each in app.caption)
    assert marks(app)["Blocked by the first"] == []
    press(app, "withdraw-0")
    assert marks(app)["Blocked by the first"] == ["▲ conflict"]


def test_analysts_see_everything_and_are_offered_nothing(desk: DeskUnderTest) -> None:
    app = page("ida", route=id_of(desk, "Invoices"))
    assert len(listed(app)) == 3
    offered = {"new-route", "edit", "switch", "move", "duplicate", "remove", "import", "replay", "intended-0", "fix-0"}
    assert not keys(app) & offered
    assert "Analysts look at mail" in markup(app)
    assert "Analysts look at mail" in page("ida", edit="new").error[0].value


def test_agents_change_routes_of_their_mailboxes_only(desk: DeskUnderTest) -> None:
    everywhere = Route(name="Everywhere", recipient="all@desk.example", target=INVOICES)
    save_route(desk.acting("ada"), everywhere)
    assert "edit" in keys(page("ana", route=id_of(desk, "Invoices")))
    app = page("ana", route=id_of(desk, "Everywhere"))
    assert "edit" not in keys(app)
    assert "A route without mailbox takes mail of every team." in markup(app)


def test_switching_off_and_back_on(desk: DeskUnderTest) -> None:
    app = page(route=id_of(desk, "Payments"))
    press(app, "switch")
    assert marks(app)["Payments"] == ["○ off"]
    press(app, "undo")
    assert marks(app)["Payments"] == []


def test_removing_asks_and_is_taken_back(desk: DeskUnderTest) -> None:
    app = page(route=id_of(desk, "Payments"))
    press(app, "remove")
    assert "Payments" in listed(app)
    press(app, "remove", "remove-now")
    assert "Payments" not in listed(app)
    press(app, "undo")
    assert "Payments" in listed(app)


def test_a_copy_stands_behind_its_original_and_is_off(desk: DeskUnderTest) -> None:
    app = page(route=id_of(desk, "Invoices"))
    press(app, "duplicate")
    assert listed(app)[:2] == ["Invoices", "Invoices (copy)"]
    assert marks(app)["Invoices (copy)"][0] == "○ off"


def test_moving_down_and_up(desk: DeskUnderTest) -> None:
    app = page(route=id_of(desk, "Invoices"))
    press(app, "move", "move-down")
    assert listed(app) == ["Payments", "Invoices", "Blocked by the first"]
    press(app, "undo")
    assert listed(app)[0] == "Invoices"


def test_while_editing_the_number_and_what_people_did_are_told(desk: DeskUnderTest) -> None:
    desk.receive(*(mail(to="invoices@desk.example", subject=f"Statement {n}") for n in range(4)))
    app = page(edit=id_of(desk, "Invoices"))
    assert "No mail of the last 90 days would end otherwise." in markup(app)
    app.multiselect(key=field(app, "subject_contains")).set_value([]).run()
    assert "Would newly catch 4 mails of the last 90 days." in markup(app)
    assert "Nobody has decided these 4 yet." in markup(app)
    press(app, "route-save")
    assert "“Invoices” is saved as version 2." in markup(app)
    assert "undo" in keys(app)
    assert "replay-after" in keys(app)


def test_a_new_route_is_saved_at_the_end_and_undone(desk: DeskUnderTest) -> None:
    app = page(edit="new")
    app.text_input(key=field(app, "name")).set_value("Statements")
    app.text_input(key=field(app, "recipient")).set_value("statements@desk.example").run()
    press(app, "route-save")
    assert "Choose a customer, a contract and a service." in markup(app)
    app.selectbox(key=field(app, "customer")).set_value("Acme").run()
    app.selectbox(key=field(app, "service-Acme-P2P")).set_value("Statements").run()
    press(app, "route-save")
    assert listed(app)[-1] == "Statements"
    press(app, "undo")
    assert "Statements" not in listed(app)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("recipient", "*", "recipient “*” would catch everything; add a sender or a list_id"),
     ("recipient", "nonsense", "Sent to: “nonsense” is neither an address nor *@domain"),
     ("subject_regex", "(", "(")],
)  # fmt: skip
def test_what_cannot_work_is_said_while_typing_and_not_saved(
    desk: DeskUnderTest, name: str, value: str, told: str
) -> None:
    app = page(edit=id_of(desk, "Payments"))
    app.text_input(key=field(app, name)).set_value(value).run()
    assert 'sd-warn">' in markup(app)
    assert told in markup(app)
    press(app, "route-save")
    assert "route-save" in keys(app)
    assert one_route(desk.acting("ada"), id_of(desk, "Payments")).version == 1


def test_somebody_who_was_faster_is_named(desk: DeskUnderTest) -> None:
    app = page(edit=id_of(desk, "Payments"))
    switch_route(desk.acting("bea"), id_of(desk, "Payments"), False)
    app.text_input(key=field(app, "recipient")).set_value("pays@desk.example").run()
    press(app, "route-save")
    assert "no longer as you saw it: bea@desk.example" in markup(app)
    assert one_route(desk.acting("ada"), id_of(desk, "Payments")).route.recipient == "pay@desk.example"


def test_pinned_mail_that_would_go_elsewhere_warns_and_is_refused_until_it_is_meant(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="invoices@desk.example", subject="Invoice 7"))
    pin_example(desk.acting("ana"), id_of(desk, "Invoices"), id, True)
    app = page(edit=id_of(desk, "Invoices"))
    app.multiselect(key=field(app, "subject_contains")).set_value(["invoice"])
    app.text_input(key=field(app, "recipient")).set_value("other@desk.example").run()
    assert "“Invoices” must catch “Invoice 7”, and would not." in markup(app)
    press(app, "route-save")
    assert "Nothing was changed." in markup(app)
    app.checkbox(key=f"despite-{app.session_state['route-editing'].number}").check().run()
    press(app, "route-save")
    assert "is saved as version 2" in markup(app)


def test_a_switch_that_breaks_a_pinned_mail_can_be_done_all_the_same(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="invoices@desk.example", subject="Invoice 7"))
    pin_example(desk.acting("ana"), id_of(desk, "Blocked by the first"), id, False)
    app = page(route=id_of(desk, "Invoices"))
    press(app, "switch")
    assert "must not catch “Invoice 7”" in markup(app)
    assert marks(app)["Invoices"] == []
    press(app, "all-the-same")
    assert marks(app)["Invoices"] == ["○ off"]


def test_history_tells_what_changed_and_goes_back(desk: DeskUnderTest) -> None:
    scope, id = desk.acting("ada"), id_of(desk, "Payments")
    changed = one_route(scope, id).route.model_copy(update={"recipient": "pays@desk.example"})
    save_route(scope, changed, id=id, seen_version=1)
    app = page(route=id)
    app.session_state["route-parts"] = "History"
    app.run()
    assert "pay@desk.example → pays@desk.example" in markup(app)
    press(app, "back-1")
    assert one_route(scope, id).route.recipient == "pay@desk.example"
    assert len(route_history(scope, id)) == 3
    press(app, "undo")
    assert one_route(scope, id).route.recipient == "pays@desk.example"


def test_a_lead_acknowledges_what_an_agent_changed(desk: DeskUnderTest) -> None:
    made = Route(name="Ana's", recipient="new@desk.example", mailbox=AP, target=INVOICES)
    save_route(desk.acting("ana"), made)
    app = page("leo", section="changed")
    assert "1 waits to be acknowledged" in markup(app)
    press(app, "acknowledge")
    assert "is acknowledged" in markup(app)
    assert "Nothing waits: somebody stands for every route." in app.success[0].value
    save_route(desk.acting("ana"), made.model_copy(update={"name": "Another"}))
    press(app.run(), "see-route")
    assert app.session_state["section"] == "set"
    assert "<h2>Another</h2>" in markup(app)
    assert "changed" not in {str(each) for each in page("ana").segmented_control[0].options}


def test_replaying_takes_out_of_the_queue_what_the_dry_run_promised(desk: DeskUnderTest) -> None:
    desk.receive(*(mail(to="late@desk.example", subject=f"Late {n}") for n in range(3)), mail(to="x@y.example"))
    late = Route(name="Late", recipient="late@desk.example", mailbox=AP, target=INVOICES)
    save_route(desk.acting("ada"), late)
    app = page()
    press(app, "replay")
    assert "3 messages would leave the queue." in markup(app)
    assert tally(desk.acting("ada")).waiting == 4
    press(app, "replay", "replay-now")
    assert tally(desk.acting("ada")).waiting == 1
    assert "3 messages left the queue" in markup(app)
    press(app, "receipt")
    rows = app.dataframe[-1].value
    assert sorted(rows["subject"]) == ["Late 0", "Late 1", "Late 2"]
    assert set(rows["route"]) == {"Late"}
    assert all(each.startswith("opened T-") for each in rows["what"])
    press(app, "undo")
    assert tally(desk.acting("ada")).waiting == 4


def test_unrouted_recipients_are_counted_and_become_a_draft(desk: DeskUnderTest) -> None:
    both = "invoices@desk.example, lost@desk.example"
    desk.receive(*(mail(to=both, subject=f"Invoice {n}") for n in range(3)))
    desk.receive(mail(to="lost@desk.example", subject="Alone"))
    rows = unrouted_recipients(desk.acting("ada"))
    one = rows[rows["address"] == "lost@desk.example"].to_dict("records")[0]
    assert (one["messages"], one["beside"], one["waiting"], one["route"]) == (4, 3, 1, "Invoices")
    app = page(section="unrouted", recipient="lost@desk.example")
    assert "1 address got mail in 90 days that no route wanted; lost@desk.example the most: 4 mails." in markup(app)
    press(app, "draft-route")
    assert app.text_input(key=field(app, "recipient")).value == "lost@desk.example"
    assert "Would newly catch 4 mails of the last 90 days." in markup(app)


def test_a_route_in_shadow_stands_on_the_board_and_is_put_in_force(desk: DeskUnderTest) -> None:
    watched = Route(name="Watched", recipient="late@desk.example", mailbox=AP, shadow=True, target=INVOICES)
    save_route(desk.acting("ada"), watched)
    desk.receive(*(mail(to="late@desk.example", subject=f"Late {n}") for n in range(2)))
    app = page(section="shadow")
    assert list(app.dataframe[0].value["caught"]) == [2]
    assert "it would have caught 2 mails" in markup(app)
    press(app, "promote")
    assert "No route runs in shadow" in app.info[0].value


def test_names_and_subjects_are_shown_as_text(desk: DeskUnderTest) -> None:
    save_route(desk.acting("ada"), Route(name=HOSTILE, recipient="h@desk.example", mailbox=AP, target=INVOICES))
    desk.receive(mail(to="h@desk.example", subject=HOSTILE))
    for app in (page(route=id_of(desk, HOSTILE)), page(edit=id_of(desk, HOSTILE))):
        assert "<img" not in markup(app)
        assert "&lt;img src=x onerror=alert(1)&gt; **bold** :red[x]" in markup(app)
        assert not any("onerror" in each.value for each in app.markdown)


def test_a_link_to_a_route_that_is_gone_says_so_and_offers_its_past(desk: DeskUnderTest) -> None:
    id = id_of(desk, "Payments")
    app = page(route=id)
    press(app, "remove", "remove-now")
    again = page(route=id)
    assert "There is no such route." in markup(again)
    press(again, "back-1")
    assert "Payments" in listed(again)


def test_an_edit_that_moved_is_taken_back_to_its_place_too(desk: DeskUnderTest) -> None:
    app = page(edit=id_of(desk, "Payments"))
    app.text_input(key=field(app, "recipient")).set_value("pays@desk.example")
    app.selectbox(key=field(app, "before")).set_value(id_of(desk, "Invoices")).run()
    press(app, "route-save")
    assert listed(app)[0] == "Payments"
    press(app, "undo")
    assert listed(app) == [each["name"] for each in ROUTES]
    assert one_route(desk.acting("ada"), id_of(desk, "Payments")).route.recipient == "pay@desk.example"


def test_who_does_not_see_every_mailbox_names_one_of_their_own(desk: DeskUnderTest) -> None:
    app = page("ana", edit="new")
    assert list(app.selectbox(key=field(app, "mailbox")).options) == ["Accounts Payable", "Accounts Receivable"]
    app = page("ada", edit="new")
    assert app.selectbox(key=field(app, "mailbox")).options[0] == "any"


def test_the_numbers_follow_a_replay_at_once(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="late@desk.example"))
    late = Route(name="Late", recipient="late@desk.example", mailbox=AP, target=INVOICES)
    save_route(desk.acting("ada"), late)
    app = page()
    assert list(app.dataframe[0].value["hits_90"])[-1] == 0
    press(app, "replay", "replay-now")
    assert list(app.dataframe[0].value["hits_90"])[-1] == 1


def test_a_mail_that_nearly_went_by_a_route_leads_to_the_edit_that_would_catch_it(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="invoices@desk.example", subject="Factura 7"))
    app = page(near=id)
    assert "invoices@desk.example nearly went by “Invoices”." in markup(app)
    assert "near-0" in keys(app)
    assert "near-0" not in keys(page("ida", near=id))
    assert "all-routes" in keys(page("hana", near=id))  # another team's mail does not exist for her
    assert "Factura 7" not in markup(page("hana", near=id))


def test_the_weeks_of_a_route_add_up_to_what_it_caught(desk: DeskUnderTest) -> None:
    desk.receive(*(mail(to="pay@desk.example") for _each in range(3)))
    id = id_of(desk, "Payments")
    weeks = caught_by_week(desk.acting("ada"), id)
    assert (len(weeks), int(weeks["mails"].sum())) == (14, 3)
    assert int(caught_by_week(desk.acting("ida"), id)["mails"].sum()) == 3
    app = page(route=id)
    app.session_state["route-parts"] = "By week"
    app.run()
    assert "3 mails in 90 days, most of them in the week from Mar 3: 3." in markup(app)
