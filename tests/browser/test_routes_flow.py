"""From a mail that no route caught to a changed route in Chromium: tried, saved, replayed, taken back."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core import clock
from core.one_route import one_route
from core.queue import tally
from core.route_statistics import route_statistics
from tests.browser.desk_in_browser import Screen
from tests.desk import AP, PAYMENTS, DeskUnderTest, mail, route

ROUTES = [
    route("Invoices", "invoices@desk.example", mailbox=AP, sender=["*@supplier.example"], subject_contains=["invoice"]),
    route("Payments", "pay@desk.example", PAYMENTS, mailbox=AP),
]
FACTURAS = 3


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    made = DeskUnderTest(tmp_path, ROUTES, clock=clock.now())
    sent = clock.now() - timedelta(days=2)
    mails = [mail(to="invoices@desk.example", subject=f"Factura {n}", sent=sent) for n in range(FACTURAS)]
    others = [mail(to="nobody@desk.example", subject=f"Hello {n}", sent=sent) for n in range(2)]
    made.receive(*mails, *others)
    return made


def test_from_the_nearest_miss_to_a_smaller_queue_and_back(at: Screen, desk: DeskUnderTest) -> None:
    id = desk.rows("SELECT id::VARCHAR FROM message WHERE subject = 'Factura 1'")[0][0]
    at.open("routes", near=id)
    at.until(at.waits, FACTURAS + 2)
    expect(at.tab.get_by_text("invoices@desk.example nearly went by “Invoices”.")).to_be_visible()
    at.click("near-0")
    expect(at.tab.get_by_role("heading", name="Change “Invoices”")).to_be_visible()
    expect(at.widget("route-trial").get_by_text("Would newly catch 3 mails of the last 90 days.")).to_be_visible()
    at.click("route-save")
    at.until(lambda: at.notice, "“Invoices” is saved as version 2.")
    at.click("replay-after")
    expect(at.dialog.get_by_text("3 messages would leave the queue.")).to_be_visible()
    at.click("replay-now")
    at.until(lambda: at.notice, "Decided again: 3 messages left the queue, 0 wait for another cause.")
    at.until(at.waits, 2)
    at.press("z")
    at.until(at.waits, FACTURAS + 2)
    assert tally(desk.acting("leo")).waiting == FACTURAS + 2


def test_the_number_follows_what_is_typed_and_nothing_is_kept_on_cancel(at: Screen, desk: DeskUnderTest) -> None:
    at.open("routes")
    at.click("new-route")
    expect(at.tab.get_by_role("heading", name="A new route")).to_be_visible()
    at.tab.get_by_role("textbox", name="Sent to").fill("nobody@desk.example")
    expect(at.widget("route-trial").get_by_text("Would newly catch 2 mails of the last 90 days.")).to_be_visible()
    at.tab.get_by_role("textbox", name="Sent to").fill("nowhere@desk.example")
    expect(at.widget("route-trial").get_by_text("No mail of the last 90 days would end otherwise.")).to_be_visible()
    at.tab.get_by_role("textbox", name="Sent to").fill("*")
    expect(at.widget("route-trial").get_by_text("add a sender or a list_id")).to_be_visible()
    at.click("route-cancel")
    expect(at.widget("route-trial")).to_have_count(0)
    assert len(route_statistics(desk.acting("leo"))) == len(ROUTES)


def test_a_route_is_opened_by_a_click_moved_and_put_back(at: Screen, desk: DeskUnderTest) -> None:
    at.open("routes")
    at._click_in(at.tab.locator('[class*="st-key-route-list-"]').get_by_test_id("data-grid-canvas"), 150, 1)
    expect(at.widget("opened").get_by_role("heading", name="Payments")).to_be_visible()
    at.press("m")
    at.dialog.wait_for()
    at.click("move-up")
    expect(at.dialog).to_have_count(0)
    at.until(lambda: at.notice, "“Payments” is saved as version 2.")
    names = list(route_statistics(desk.acting("leo"))["name"])
    assert names == ["Payments", "Invoices"]
    at.press("z")
    at.until(lambda: at.notice.startswith("Taken back"), True)
    assert list(route_statistics(desk.acting("leo"))["name"]) == ["Invoices", "Payments"]


def test_a_file_is_tried_before_it_is_imported_and_taken_back(at: Screen, desk: DeskUnderTest, tmp_path: Path) -> None:
    text = (desk.folder / "routes.toml").read_text().replace("pay@desk.example", "nobody@desk.example")
    (tmp_path / "draft.toml").write_text(text)
    at.open("routes").act_as("ada@desk.example · administrator")
    at.click("import")
    at.dialog.locator("input[type=file]").set_input_files(tmp_path / "draft.toml")
    expect(at.dialog.get_by_text("Would newly catch 2 mails of the last 90 days.")).to_be_visible()
    at.click("import-now")
    at.until(lambda: at.notice, "Imported: 1 changed or new, 0 removed, 1 as they were.")
    scope = desk.acting("ada")
    rows = route_statistics(scope)
    id = str(rows.loc[rows["name"] == "Payments", "id"].iloc[0])
    assert one_route(scope, id).route.recipient == "nobody@desk.example"
    at.press("z")
    at.until(lambda: at.notice.startswith("Taken back"), True)
    assert one_route(scope, id).route.recipient == "pay@desk.example"
