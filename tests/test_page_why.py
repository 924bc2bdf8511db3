"""Why a mail is where it is, on the screens: the trace, what would fix it, pins, a route made with a work item."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import messages
from core.examples import examples, pin_example
from core.queue import tally
from core.route_edits import save_route
from core.route_set import route_named
from core.route_statistics import route_statistics
from core.routes import Route
from tests.desk import AP, INVOICES, PAYMENTS, DeskUnderTest, mail, route
from tests.page import keys, markup, opens
from tests.real_mail import REPOSITORY

HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x]"
ROUTES = [
    route("Early", "invoices@desk.example", PAYMENTS, mailbox=AP, sender=["boss@desk.example"]),
    route("Invoices", "invoices@desk.example", mailbox=AP, sender=["*@supplier.example"],
          subject_contains=["invoice"]),
    route("Late", "invoices@desk.example", mailbox=AP),
    route("Everybody's", "all@desk.example", sender=["*@supplier.example"], subject_contains=["invoice"]),
    route("Payments", "pay@desk.example", PAYMENTS, mailbox=AP, subject_contains=["payment"]),
]  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    yield from made(tmp_path, monkeypatch)


def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    desk = DeskUnderTest(folder, ROUTES)
    monkeypatch.setenv("STRAYDESK_CONFIG", str(folder / "straydesk.toml"))
    desk.name_store(monkeypatch)
    yield from opens(desk, monkeypatch)


def page(name: str, who: str = "ana", state: dict[str, Any] | None = None, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(REPOSITORY / "pages" / f"{name}.py"), default_timeout=60)
    given = {"framed": True, "language": "en", "acting_as": f"{who}@desk.example", **(state or {})}
    for key, value in given.items():
        app.session_state[key] = value
    for key, value in parameters.items():
        app.query_params[key] = value
    return ran(app)


def why(id: str, who: str = "ana") -> AppTest:
    """The queue with this message open at its reasons."""
    return page("queue", who, {"reading": "Why"}, id=id)


def ran(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def trace(app: AppTest) -> str:
    return next((each.proto.body for each in app.get("html") if "sd-why" in each.proto.body), "")


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return ran(app)


def creating(id: str, who: str = "ana") -> AppTest:
    """The dialog that creates a work item from this message, with a route asked for. AppTest runs the whole page, so
    the button that opens the dialog counts as pressed every time."""
    app = page("queue", who, id=id)
    app.button(key="create").click()
    ran(app)
    app.checkbox(key="create-route-too").check()
    app.button(key="create").click()
    return ran(app)


def chosen(app: AppTest, *labels: str) -> AppTest:
    """Pick the target by its customer, contract and service."""
    fields = ("create-customer-None", "create-contract-None-Acme", "create-service-None-Acme-P2P")
    for key, value in zip(fields, labels, strict=True):
        app.selectbox(key=key).select(value)
        app.button(key="create").click()
        ran(app)
    return app


def created(app: AppTest) -> AppTest:
    app.button(key="create").click()
    app.button(key="create-now").click()
    return ran(app)


def test_the_trace_goes_in_the_order_of_the_routes_and_says_where_it_stopped(desk: DeskUnderTest) -> None:
    fields = {"why-to": "invoices@desk.example, pay@desk.example, broken", "why-sender": "sue@supplier.example",
              "why-subject": "Invoice 7"}  # fmt: skip
    app = page("why", state=fields, way="typed")
    told = trace(app)
    places = [told.index(words) for words in (
        "invoices@desk.example", "✕ <span", "Early", "it has another sender", "✓ <span", "took it: Ticket · Acme · P2P",
        "It stopped here", ">pay@desk.example", "its subject has none of the words",
        "No further route is for this address.", "✕ no address")]  # fmt: skip
    assert places == sorted(places)
    assert "Late" not in told
    assert "ap@desk.example" not in told  # where it was delivered is not asked about once a To address is routed
    assert "Mail to invoices@desk.example from boss@desk.example that arrived in Accounts Payable" in told
    assert "Would open Ticket · Acme · P2P · Invoices by “Invoices”, for invoices@desk.example." in markup(app)
    assert tally(desk.acting("ana")).waiting == 0


def test_what_would_fix_it_is_asked_on_demand_and_leads_into_the_editor(desk: DeskUnderTest) -> None:
    sent = (mail(to="pay@desk.example", subject=f"Pagamento {n}") for n in range(3))
    id = desk.receive(*sent)[1]
    app = why(id)
    assert "its subject has none of the words" in trace(app)
    assert "nearly went by" not in markup(app)
    press(app, "find-fixes")
    assert "pay@desk.example nearly went by “Payments”." in markup(app)
    assert "It would also have caught 2 past mails" in markup(app)
    assert app.button(key="near-0").label == "Fix the route"
    other = desk.receive_one(mail(to="pay@desk.example", subject="Another"))
    app.session_state["opened"] = other
    assert "nearly went by" not in markup(ran(app))


def test_suggestions_are_gone_as_soon_as_a_route_has_changed(desk: DeskUnderTest) -> None:
    app = press(why(desk.receive_one(mail(to="pay@desk.example", subject="Pagamento"))), "find-fixes")
    assert "near-0" in keys(app)
    save_route(desk.acting("ana"), Route(name="New", recipient="new@desk.example", mailbox=AP, target=INVOICES))
    assert "near-0" not in keys(ran(app))


def test_who_may_not_change_a_route_of_the_whole_desk_is_offered_one_of_their_own(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="all@desk.example", subject="Factura"))
    app = press(why(id), "find-fixes")
    assert "“Everybody&#x27;s” takes mail of every team; you can make one like it for Accounts Payable." in markup(app)
    assert app.button(key="near-0").label == "Draft this route"
    assert press(why(id, "ada"), "find-fixes").button(key="near-0").label == "Fix the route"


def test_mail_that_ended_before_the_routes_says_so_and_offers_no_edit(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(sender="ar@desk.example", to="ap@desk.example"))
    app = why(id)
    assert messages.message(desk.acting("ana"), id)["cause"] == "own_address"
    assert "find-fixes" not in keys(app)


def test_analysts_read_the_reasons_and_are_offered_nothing(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="pay@desk.example", subject="Pagamento"))
    app = page("queue", "ida", {"why": True}, id=id)
    assert "its subject has none of the words" in trace(app)
    press(app, "find-fixes")
    assert "nearly went by “Payments”" in markup(app)
    assert {"near-0", "pin", "pin-now"} & keys(app) == set()


def test_a_mail_is_pinned_to_a_route_and_taken_off_again(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="pay@desk.example", subject="Pagamento"))
    app = page("queue", "ana", {"reading": "Why", "pin": True}, id=id)
    assert app.selectbox(key=f"pin-route-{id}").value == str(route_named(desk.acting("ana"), "Payments")["id"])
    app.text_input(key=f"pin-note-{id}").set_value("it is a payment")
    press(app, "pin-now")
    assert "Pinned: “Payments” must catch it. ▲ broken" in markup(app)
    assert "it is a payment" in markup(app)
    (row,) = examples(desk.acting("ana")).to_dict("records")
    assert (row["route"], row["message_id"], row["must_catch"], row["note"]) == (
        "Payments",
        id,
        True,
        "it is a payment",
    )
    press(app, f"unpin-{row['route_id']}")
    assert "Pinned:" not in markup(app)
    assert examples(desk.acting("ana")).empty


def test_a_route_is_drafted_shown_and_saved_with_the_work_item(desk: DeskUnderTest) -> None:
    first, *_others = desk.receive(*(mail(to="new@desk.example", subject=f"Statement {n}") for n in range(3)))
    app = chosen(creating(first), "Acme", "P2P", "Statements")
    assert "Mail to new@desk.example from sue@supplier.example that arrived in Accounts Payable" in markup(app)
    assert "Would have caught 3 mails of the last 90 days." in markup(app)
    assert "marked until a lead or administrator acknowledges it" in markup(app)
    assert list(app.dataframe[-1].value["became"]) == ["waits"] * 3
    created(app)
    assert "Created T-" in markup(app)
    assert "“Statements from sue@supplier.example” is saved as version 1." in markup(app)
    assert "created-route-replay" in keys(app)
    assert desk.says(first).startswith("create:")
    later = desk.receive_one(mail(to="new@desk.example", subject="Statement 9"))
    assert desk.says(later) == "route: Statements from sue@supplier.example"


def test_the_route_is_taken_back_on_its_own(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="new@desk.example"))
    app = created(chosen(creating(id), "Acme", "P2P", "Statements"))
    press(app, "created-route-undo")
    assert "is removed" in markup(app)
    assert len(route_statistics(desk.acting("ada"))) == len(ROUTES)
    assert desk.says(id).startswith("create:")


def test_without_the_tick_no_route_is_made(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="new@desk.example"))
    app = page("queue", id=id)
    app.button(key="create").click()
    chosen(ran(app), "Acme", "P2P", "Statements")
    created(app)
    assert desk.says(id).startswith("create:")
    assert "is saved as" not in markup(app)
    assert len(route_statistics(desk.acting("ada"))) == len(ROUTES)


def test_a_name_that_is_taken_is_said_and_the_work_item_is_created_without_the_route(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="new@desk.example"))
    app = chosen(creating(id), "Acme", "P2P", "Statements")
    app.text_input(key="create-route-name-Statements from sue@supplier.example").set_value("payments")
    app.button(key="create").click()
    ran(app)
    assert "There is a route “payments” already." in markup(app)
    created(app)
    assert desk.says(id).startswith("create:")
    assert len(route_statistics(desk.acting("ada"))) == len(ROUTES)


def saving_a_route_whose_name_is_taken() -> None:
    """What the queue does once the work item is there."""
    from core.routes import Route
    from pages.components import created_route, sign_in
    from tests.desk import AP, INVOICES

    scope = sign_in.show()
    created_route.save(scope, Route(name="Payments", recipient="new@desk.example", mailbox=AP, target=INVOICES))
    created_route.show(scope)


def test_a_route_that_cannot_be_saved_is_said_beside_the_work_item(desk: DeskUnderTest) -> None:
    app = AppTest.from_function(saving_a_route_whose_name_is_taken, default_timeout=60)
    for key, value in {"framed": True, "language": "en", "acting_as": "ana@desk.example"}.items():
        app.session_state[key] = value
    ran(app)
    assert "The route was not saved: There is a route “Payments” already." in markup(app)
    assert "Nothing was changed" not in markup(app)
    assert {"created-route-undo", "created-route-replay"} & keys(app) == set()


def test_where_routes_need_approval_the_dialog_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRAYDESK_ROUTES_NEED_APPROVAL", "true")
    for desk in made(tmp_path, monkeypatch):
        id = desk.receive_one(mail(to="new@desk.example"))
        app = chosen(creating(id), "Acme", "P2P", "Statements")
        assert "Once a lead or administrator has acknowledged it." in markup(app)
        created(app)
        assert "It counts once a lead or administrator has acknowledged it." in markup(app)
        later = desk.receive_one(mail(to="new@desk.example"))
        assert desk.says(later) == "no_route"


def test_a_pasted_mail_is_asked_about_and_not_stored(desk: DeskUnderTest) -> None:
    raw = mail(to="pay@desk.example", subject="Pagamento").decode()
    app = page("why", state={"why-pasted": raw}, way="pasted")
    assert "Conditions not met." in markup(app)
    press(app, "find-fixes")
    assert "pay@desk.example nearly went by “Payments”." in markup(app)
    assert desk.value("SELECT count(*) FROM message") == 0


def test_a_mail_that_is_stored_tells_its_own_story(desk: DeskUnderTest) -> None:
    raw = mail(to="invoices@desk.example", subject="Invoice 8")
    desk.receive(raw)
    app = page("why", state={"why-pasted": raw.decode()}, way="pasted")
    assert "This very mail is here already" in markup(app)
    assert "A route took it." in markup(app)
    assert "find-fixes" not in keys(app)
    assert "Decided" in "".join(each.value for each in app.caption)


def test_nothing_is_said_before_a_mail_is_given(desk: DeskUnderTest) -> None:
    assert "Give a mail at the left" in page("why").info[0].value


def test_names_subjects_and_addresses_are_shown_as_text(desk: DeskUnderTest) -> None:
    save_route(desk.acting("ada"), Route(name=HOSTILE, recipient="h@desk.example", mailbox=AP, target=INVOICES,
                                         subject_contains=["nothing"]))  # fmt: skip
    id = desk.receive_one(mail(to="h@desk.example", subject=HOSTILE))
    pin_example(desk.acting("ana"), str(route_named(desk.acting("ana"), HOSTILE)["id"]), id, True, HOSTILE)
    app = press(why(id), "find-fixes")
    assert "&lt;img src=x onerror=alert(1)&gt; **bold** :red[x]" in trace(app)
    assert "<img" not in markup(app)
    assert not any("onerror" in each.value for each in [*app.markdown, *app.caption])
