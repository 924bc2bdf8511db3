"""The Audit page: what it tells, takes back and refuses, on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.acting import create, delete
from core.audit import AuditFilter, entries
from core.work_items import close
from tests.desk import INVOICES, PEOPLE, DeskUnderTest, mail
from tests.real_mail import REPOSITORY

HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x] [a](http://evil.example)"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path)
    monkeypatch.setenv("STRAYDESK_CONFIG", str(tmp_path / "straydesk.toml"))
    made.name_store(monkeypatch)
    st.cache_resource.clear()
    yield made
    st.cache_resource.clear()


def page(who: str = "ana", **parameters: str) -> AppTest:
    app = AppTest.from_file(str(REPOSITORY / "pages" / "audit.py"), default_timeout=60)
    app.session_state["framed"] = True
    app.session_state["language"] = "en"
    app.session_state["acting_as"] = f"{who}@desk.example"
    # The desk of the tests stands at its own day, long before today.
    for name, value in ({"period": "all"} | parameters).items():
        app.query_params[name] = value
    return app.run()


def stray(desk: DeskUnderTest, subject: str, mailbox: str = "Accounts Payable", **given: str) -> str:
    return desk.receive_one(mail(subject=subject, to="x@elsewhere.example", **given), mailbox)  # type: ignore[arg-type]


def listed(app: AppTest) -> list[tuple[str, str]]:
    return (
        list(zip(app.dataframe[0].value["done"], app.dataframe[0].value["subject"], strict=True))
        if app.dataframe
        else []
    )


def markup(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def test_it_tells_who_did_what_and_why(desk: DeskUnderTest) -> None:
    delete(desk.acting("ana"), [stray(desk, "One")], "Wrong department")
    app = page("bea")
    assert not app.exception
    assert listed(app) == [("Deleted", "One"), ("Left waiting", "One")]
    assert "Wrong department" in markup(app)


def test_nothing_that_matches_is_said(desk: DeskUnderTest) -> None:
    stray(desk, "One")
    app = page(said="tunnel")
    assert app.info[0].value == "Nothing was done that matches this filter."


def test_filters_come_from_the_address(desk: DeskUnderTest) -> None:
    delete(desk.acting("ana"), [stray(desk, "One")], "Spam")
    delete(desk.acting("bea"), [stray(desk, "Two", sender="zoe@acme.example")], "Spam")
    assert listed(page(actor="bea@desk.example")) == [("Deleted", "Two")]
    assert len(listed(page(action="delete"))) == 2
    assert listed(page(action="delete", **{"from": "acme.example"})) == [("Deleted", "Two")]
    assert listed(page(now="unprocessed")) == []


def test_the_last_days_are_shown_unless_others_are_asked_for(desk: DeskUnderTest) -> None:
    stray(desk, "Long ago")
    assert listed(page(period="30")) == []
    assert listed(page(period="all")) == [("Left waiting", "Long ago")]


def test_what_was_deleted_is_restored_and_that_can_be_undone(desk: DeskUnderTest) -> None:
    id = stray(desk, "One")
    delete(desk.acting("ana"), [id], "Spam")
    app = page("bea")
    app.button(key="restore").click().run()
    assert not app.exception
    assert desk.says(id) == "no_route"
    assert "Restored 1 message." in markup(app)
    app.button(key="undo").click().run()
    assert desk.value("SELECT status FROM message") == "deleted"


def test_a_mistake_with_many_mails_is_undone_at_once(desk: DeskUnderTest) -> None:
    ids = desk.receive(*(mail(subject=f"Number {number}", to="x@elsewhere.example") for number in range(20)))
    delete(desk.acting("ana"), ids, "Spam")
    app = page("bea", action="delete")
    assert app.button(key="undo-batch").label == "Undo all 20"
    app.button(key="undo-batch").click().run()
    # AppTest runs the whole page, so the button that opens the dialog is pressed again.
    app.button(key="undo-batch").click()
    app.button(key="undo-now").click()
    app.run()
    assert not app.exception
    assert "Undone for 20 messages." in markup(app)
    assert desk.value("SELECT count(*) FROM message WHERE status = 'unprocessed'") == 20
    assert "undo-batch" not in keys(page("bea", action="delete"))


def test_what_was_done_together_can_be_shown_alone(desk: DeskUnderTest) -> None:
    batch = delete(desk.acting("ana"), [stray(desk, "One"), stray(desk, "Two")], "Spam").batch
    stray(desk, "Three")
    app = page(action="delete")
    app.button(key="show-batch").click().run()
    assert app.query_params["batch"] == batch
    app = page(batch=batch)
    assert len(listed(app)) == 2
    app.button(key="every-batch").click().run()
    assert len(listed(app)) == 5


def test_a_batch_nobody_knows_is_no_crash(desk: DeskUnderTest) -> None:
    app = page(batch="x'; DROP TABLE journal")
    assert not app.exception
    assert "There is no batch" in app.info[0].value


def test_what_routing_did_is_not_undone_here(desk: DeskUnderTest) -> None:
    stray(desk, "One")
    assert keys(page()) & {"undo-batch", "restore"} == set()


def test_an_entry_about_a_work_item_leads_to_it(desk: DeskUnderTest) -> None:
    ana = desk.acting("ana")
    reference = create(ana, [stray(desk, "One")], INVOICES).references[0]
    close(ana, [reference], "Done")
    app = page(action="close")
    assert not app.exception
    assert listed(app) == [("Closed", "One")]
    assert app.button(key="go-item").label == reference


def test_other_mailboxes_are_not_told_of_even_by_a_link(desk: DeskUnderTest) -> None:
    secret = stray(desk, "Salary", PEOPLE)
    delete(desk.acting("hana"), [secret], "Spam")
    entry = entries(desk.acting("hana"), AuditFilter(actions=("delete",))).rows["id"][0]
    stray(desk, "Mine")
    app = page(entry=entry)
    assert listed(app) == [("Left waiting", "Mine")]
    assert "Salary" not in markup(app)


def test_an_analyst_reads_no_text_and_takes_nothing_back(desk: DeskUnderTest) -> None:
    delete(desk.acting("ana"), [stray(desk, "One", text="A secret crane.")], "Spam")
    app = page("ida")
    assert not app.exception
    assert app.button(key="restore").disabled
    assert app.button(key="undo-batch").disabled
    assert "crane" not in markup(app) + "".join(each.value for each in [*app.text, *app.markdown, *app.caption])


def test_hostile_words_are_text_everywhere(desk: DeskUnderTest) -> None:
    delete(desk.acting("ana"), [stray(desk, HOSTILE, sender=f'"{HOSTILE}" <a@evil.example>')], HOSTILE)
    app = page()
    assert not app.exception
    assert "<img" not in markup(app)
    assert "&lt;img" in markup(app)
    labels = [each.label for each in [*app.button, *app.tabs, *app.expander]] + [each.value for each in app.caption]
    assert not [label for label in labels if "evil" in label]
    assert not [each.value for each in app.markdown if "evil" in each.value]
