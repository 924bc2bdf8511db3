"""Retention on the screens: what is about to go, holds, and pages of messages that something was removed from."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.acting import create, delete
from core.blocking import block
from core.retention import hold, holds, retain
from core.work_items import close
from tests.desk import AP, CONFIGURATION, INVOICES, DeskUnderTest, mail
from tests.page import markup, opens, run
from tests.test_retention import rule

RULES = rule(raw_days=10) + rule("processed", row_days=10)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    yield from opens(DeskUnderTest(tmp_path, configuration=CONFIGURATION + RULES), monkeypatch)


def later(desk: DeskUnderTest, days: int) -> None:
    retain(desk.acting("ada"))
    desk.clock += timedelta(days=days)


def test_the_section_says_what_goes_and_what_went(desk: DeskUnderTest) -> None:
    later(desk, 2)
    delete(desk.acting("ana"), [desk.receive_one(mail(to="x@y.example"))], "Spam")
    later(desk, 11)
    app = run("administration", "ada", section="retention")
    assert "1 removal is due within 7 days" in markup(app)
    rules = app.dataframe[0].value
    assert rules[rules["mailbox"] == AP]["now"].tolist()[0].startswith("1 · ")
    retain(desk.acting("ada"))
    app = run("administration", "ada", section="retention")
    assert "due within" not in markup(app)
    assert app.dataframe[-1].value["messages"].tolist()[0] == "1"


def test_a_hold_is_put_on_and_refused_in_a_sentence(desk: DeskUnderTest) -> None:
    app = run("administration", "ada", section="retention")
    app.button(key="holds-always-0").click().run()
    app.button(key="holds-always-0").click()
    app.selectbox(key="hold-kind").set_value("domain").run()
    app.button(key="holds-always-0").click().run()
    app.text_input(key="hold-value").set_value("acme.example")
    app.text_input(key="hold-reason").set_value("A dispute")
    app.button(key="holds-always-0").click()
    app.button(key="hold-now").click().run()
    assert not app.exception
    assert holds(desk.acting("ada"))["value"].tolist() == ["acme.example"]
    assert "Held: nothing of acme.example is removed until the hold is lifted." in markup(app)


def test_without_rules_it_says_that_nothing_is_ever_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _desk in opens(DeskUnderTest(tmp_path), monkeypatch):
        hold(_desk.acting("ada"), "mailbox", AP, "A dispute")
        assert "Nothing is ever removed" in run("administration", "ada", section="retention").info[0].value


def test_pages_of_what_is_gone_say_so(desk: DeskUnderTest) -> None:
    later(desk, 2)
    gone, worked = desk.receive(
        mail(to="x@y.example", sender="a@spam.example", html="<b>x</b>", attached="a.pdf"),
        mail(to="x@y.example", subject="Order"),
    )
    ana = desk.acting("ana")
    block(desk.acting("leo"), "domain", "spam.example", "Spam")
    reference = create(ana, [worked], INVOICES).references[0]
    close(ana, [reference], "Done")
    later(desk, 11)
    retain(desk.acting("ada"))
    for name in ("Text", "HTML", "1 file", "Why", "Around it", "Original"):
        app = run("blocks", "ana", {"reading": name}, blocked=gone)
        assert "Its bytes were removed on 2025-03-17 by retention" in markup(app), name
    app = run("work_items", "ana", reference=reference)
    assert "All that its sender wrote was removed on 2025-03-17 by retention" in markup(app)
    assert "Order" in markup(app)  # the item keeps its own subject
    assert not run("audit", "ana", period="all").exception
