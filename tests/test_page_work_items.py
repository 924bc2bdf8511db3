"""The Work items page: what it lists, opens, changes and refuses, on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.acting import attach, create
from core.work_items import close, work_item
from tests.desk import INVOICES, PEOPLE, STAFF, DeskUnderTest, mail
from tests.page import run

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
    return run("work_items", who, **parameters)


def opened(desk: DeskUnderTest, subject: str, **given: str) -> str:
    id = desk.receive_one(mail(subject=subject, to="x@elsewhere.example", **given))  # type: ignore[arg-type]
    return create(desk.acting("ana"), [id], INVOICES).references[0]


def listed(app: AppTest) -> list[str]:
    return [] if not app.dataframe else list(app.dataframe[0].value["reference"])


def markup(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def confirm(app: AppTest, action: str) -> None:
    """Press the button inside an open dialog. AppTest runs the whole page, so its opener is pressed again."""
    app.button(key=action).click()
    app.button(key=f"{action}-now").click()
    app.run()


def test_a_desk_without_items_says_where_they_come_from(desk: DeskUnderTest) -> None:
    app = page()
    assert not app.exception
    assert "There are no work items yet" in app.info[0].value
    assert listed(app) == []


def test_the_newest_item_is_open_beside_the_list(desk: DeskUnderTest) -> None:
    first, second = opened(desk, "First"), opened(desk, "Second", text="The crane.")
    app = page()
    assert not app.exception
    assert listed(app) == [second, first]
    assert second in markup(app)
    assert "The crane." in "".join(each.value for each in app.text)


def test_a_link_opens_its_item_even_where_the_filter_hides_it(desk: DeskUnderTest) -> None:
    first = opened(desk, "Crane")
    opened(desk, "Bridge")
    app = page(reference=first.lower(), words="bridge")
    assert first not in listed(app)
    assert f">{first}<" in markup(app)


def test_a_link_to_what_one_may_not_see_is_a_link_to_nothing(desk: DeskUnderTest) -> None:
    secret = desk.receive_one(mail(subject="Salary", to="x@elsewhere.example"), PEOPLE)
    reference = create(desk.acting("hana"), [secret], STAFF).references[0]
    app = page(reference=reference)
    assert not app.exception
    assert any("There is no work item" in each.value for each in app.info)
    assert "Salary" not in markup(app)


def test_filters_come_from_the_address(desk: DeskUnderTest) -> None:
    done, waiting = opened(desk, "Done"), opened(desk, "Waiting")
    close(desk.acting("ana"), [done])
    assert listed(page(status="closed")) == [done]
    assert listed(page(words="waiting")) == [waiting]
    assert listed(page(kind="case")) == []
    assert listed(page(target="Acme › P2P")) == [waiting, done]


def test_what_a_filter_hides_is_not_taken_for_an_empty_desk(desk: DeskUnderTest) -> None:
    opened(desk, "One")
    assert page(words="tunnel").info[0].value == "No work item matches this filter."


def test_hostile_words_are_text_everywhere(desk: DeskUnderTest) -> None:
    opened(desk, HOSTILE, sender=f'"{HOSTILE}" <a@evil.example>', text=HOSTILE)
    app = page()
    assert not app.exception
    assert "<img" not in markup(app)
    assert "&lt;img" in markup(app)
    labels = (
        [each.label for each in app.button] + [each.label for each in app.tabs] + [each.value for each in app.caption]
    )
    assert not [label for label in labels if "evil" in label or "onerror" in label]
    assert not [each.value for each in app.markdown if "evil" in each.value]


def test_closing_says_so_and_can_be_undone(desk: DeskUnderTest) -> None:
    reference = opened(desk, "One")
    app = page()
    app.button(key="close").click().run()
    confirm(app, "close")
    assert not app.exception
    assert work_item(desk.acting("ana"), reference)["status"] == "closed"
    assert f"Closed {reference}." in markup(app)
    app.button(key="undo").click().run()
    assert work_item(desk.acting("ana"), reference)["status"] == "open"
    assert f"Undone for {reference}." in markup(app)


def test_a_closed_item_is_opened_again_with_a_reason(desk: DeskUnderTest) -> None:
    reference = opened(desk, "One")
    close(desk.acting("ana"), [reference])
    app = page()
    assert "close" not in [button.key for button in app.button]
    app.button(key="reopen").click().run()
    confirm(app, "reopen")
    assert work_item(desk.acting("ana"), reference)["status"] == "open"
    reason = desk.value("SELECT reason FROM journal WHERE action = 'reopen'")
    assert reason == "The sender wrote again"


def test_merging_takes_a_typed_reference_and_names_both(desk: DeskUnderTest) -> None:
    one, two = opened(desk, "One", sender="a@one.example"), opened(desk, "Two", sender="b@two.example")
    app = page(reference=two)
    app.button(key="merge").click().run()
    app.button(key="merge").click().run()
    app.text_input(key="merge-reference").input(one.lower())
    app.button(key="merge").click().run()
    app.text_input(key="merge-reference").input(one.lower())
    confirm(app, "merge")
    assert not app.exception
    assert f"Merged {two} into {one}." in markup(app)
    assert work_item(desk.acting("ana"), two)["merged_into"] == one
    app.button(key="go-merged").click().run()
    assert app.query_params["reference"] == one


def test_a_stale_screen_shows_what_is_and_overwrites_nothing(desk: DeskUnderTest) -> None:
    opened(desk, "One")
    app = page()
    close(desk.acting("bea"), [*listed(app)], "Faster")
    app.button(key="close").click().run()
    assert {"reopen"} == {button.key for button in app.button} & {"close", "close-now", "reopen"}
    assert desk.rows("SELECT actor, reason FROM journal WHERE action = 'close'") == [("bea@desk.example", "Faster")]


def test_an_analyst_reads_no_text_and_has_no_button_that_acts(desk: DeskUnderTest) -> None:
    opened(desk, "One", text="A secret crane.")
    app = page("ida")
    assert not app.exception
    assert all(app.button(key=key).disabled for key in ("merge", "close"))
    shown = markup(app) + "".join(each.value for each in [*app.text, *app.markdown, *app.caption])
    assert "crane" not in shown


def test_messages_stand_oldest_first_and_one_at_a_time_is_unfolded(desk: DeskUnderTest) -> None:
    reference = opened(desk, "One", text="The first words.")
    later = mail(subject="Two", text="The later words.", to="x@elsewhere.example")
    attach(desk.acting("ana"), [desk.receive_one(later)], reference)
    app = page()
    read = ["The first words." in "".join(each.value for each in app.text)]
    app.button(key="read-0").click().run()
    read.append("The first words." in "".join(each.value for each in app.text))
    app.button(key="read-0").click().run()
    read.append(bool("".join(each.value for each in app.text)))
    assert read == [False, True, False]
