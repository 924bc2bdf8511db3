"""From a mail in the queue to what would fix it, in Chromium: its reasons, the suggested edit, a smaller queue."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core import clock
from core.examples import examples
from core.queue import tally
from core.route_statistics import route_statistics
from tests.browser.desk_in_browser import Screen
from tests.desk import AP, DeskUnderTest, mail, route

ROUTES = [
    route("Invoices", "invoices@desk.example", mailbox=AP, sender=["*@supplier.example"], subject_contains=["invoice"]),
]
FACTURAS, OTHERS = 3, 2


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    made = DeskUnderTest(tmp_path, ROUTES, clock=clock.now())
    sent = clock.now() - timedelta(days=2)
    mails = [mail(to="invoices@desk.example", subject=f"Factura {n}", sent=sent) for n in range(FACTURAS)]
    others = [mail(to="new@desk.example", subject=f"Statement {n}", sent=sent) for n in range(OTHERS)]
    made.receive(*mails, *others)
    return made


def id_of(desk: DeskUnderTest, subject: str) -> str:
    return str(desk.rows("SELECT id::VARCHAR FROM message WHERE subject = $subject", subject=subject)[0][0])


def waits(at: Screen, count: int) -> None:
    expect(at.tab.locator(".sd-alert")).to_contain_text(f"{count} unprocessed")


def test_from_the_reasons_in_the_queue_to_a_smaller_queue_and_back(at: Screen, desk: DeskUnderTest) -> None:
    at.open(id=id_of(desk, "Factura 1"))
    at.until(lambda: at.subject, "Factura 1")
    at.tab_of("Why")
    expect(at.widget("why-trace")).to_contain_text("its subject has none of the words")
    at.click("find-fixes")
    expect(at.widget("why-fixes")).to_contain_text("It would also have caught 2 past mails")
    at.click("near-0")
    expect(at.tab.get_by_role("heading", name="Change “Invoices”")).to_be_visible()
    expect(at.widget("route-trial")).to_contain_text(f"Would newly catch {FACTURAS} mails of the last 90 days.")
    at.click("route-save")
    at.until(lambda: at.notice, "“Invoices” is saved as version 2.")
    at.click("replay-after")
    expect(at.dialog).to_contain_text(f"{FACTURAS} messages would leave the queue.")
    at.click("replay-now")
    at.until(lambda: at.notice, f"Decided again: {FACTURAS} messages left the queue, 0 wait for another cause.")
    waits(at, OTHERS)
    at.press("z")
    waits(at, FACTURAS + OTHERS)
    assert tally(desk.acting("leo")).waiting == FACTURAS + OTHERS


def test_a_route_made_with_a_work_item_takes_the_others_like_it(at: Screen, desk: DeskUnderTest) -> None:
    at.open(id=id_of(desk, "Statement 0"))
    at.until(lambda: at.subject, "Statement 0")
    at.press("t")
    at.dialog.wait_for()
    at.settled()
    at.dialog.get_by_text("Make a route for mail like this").click()
    at.pick("create-customer-None", "Acme")
    at.pick("create-contract-None-Acme", "P2P")
    at.pick("create-service-None-Acme-P2P", "Statements")
    expect(at.widget("create-route-draft")).to_contain_text(f"Would have caught {OTHERS} mails of the last 90 days.")
    at.click("create-now")
    expect(at.widget("notice")).to_contain_text("Created T-")
    expect(at.widget("created-route")).to_contain_text("is saved as version 1.")
    waits(at, FACTURAS + OTHERS - 1)
    at.click("created-route-replay")
    expect(at.dialog).to_contain_text(f"{OTHERS - 1} message would leave the queue.")
    at.click("replay-now")
    waits(at, FACTURAS)
    assert "Statements from sue@supplier.example" in list(route_statistics(desk.acting("leo"))["name"])


def test_a_mail_is_pinned_from_the_queue(at: Screen, desk: DeskUnderTest) -> None:
    at.open(id=id_of(desk, "Factura 2"))
    at.until(lambda: at.subject, "Factura 2")
    at.tab_of("Why")
    at.click("pin")
    at.tab.get_by_text("must not catch it").click()
    at.settled()
    at.click("pin-now")
    expect(at.widget("reading")).to_contain_text("Pinned: “Invoices” must not catch it. ✓ holds")
    assert list(examples(desk.acting("leo"))["must_catch"]) == [False]


def test_a_mail_is_asked_about_as_a_file_and_typed(at: Screen, desk: DeskUnderTest, tmp_path: Path) -> None:
    (tmp_path / "asked.eml").write_bytes(mail(to="invoices@desk.example", subject="Invoice 8"))
    at.open("why")
    at.widget("why-file").locator("input[type=file]").set_input_files(tmp_path / "asked.eml")
    expect(at.widget("why-trace")).to_contain_text("It stopped here: the first route that holds takes the mail.")
    at.open("why", way="typed")
    at.write("why-to", "invoices@desk.example")
    at.write("why-sender", "sue@supplier.example")
    at.write("why-subject", "Invoice 9")
    expect(at.widget("why-answer")).to_contain_text(
        "Would open Ticket · Acme · P2P · Invoices by “Invoices”, for invoices@desk.example.")  # fmt: skip
    at.write("why-subject", "Factura 9")
    expect(at.widget("why-trace")).to_contain_text("its subject has none of the words")
    assert tally(desk.acting("leo")).waiting == FACTURAS + OTHERS
