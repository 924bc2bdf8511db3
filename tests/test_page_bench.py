"""The page Broken mail: what it lists, explains, shows of the bytes, and does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.acting import delete
from core.bench import repair_of
from core.messages import message
from core.repairing import repair
from tests.desk import CONFIGURATION, DeskUnderTest, mail
from tests.page import keys, markup, opens, run
from tests.test_bench import HEADLESS, NO_SENDER, ROUTES, RUSSIAN, WRONG_CHARSET

HOSTILE = b"<script>document.title='ran'</script> **bold** :red[x]\n\n$x$ <img src=x onerror=alert(1)>\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    yield from opens(DeskUnderTest(tmp_path, ROUTES, CONFIGURATION), monkeypatch)


def page(who: str = "ana", **parameters: str) -> AppTest:
    return run("bench", who, **parameters)


def listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["kind"]) if app.dataframe else []


def test_no_broken_mail_is_said_and_so_is_that_none_matches(desk: DeskUnderTest) -> None:
    desk.receive(mail())
    assert page().info[0].value == "No broken mail waits. All of it was read."
    assert page(broken="defects").info[0].value == "No broken mail matches this filter."


def test_what_waits_unread_is_listed_and_what_has_defects_when_asked(desk: DeskUnderTest) -> None:
    desk.receive(HEADLESS, mail(text="x" * 30_000), NO_SENDER)
    assert sorted(listed(page())) == ["can't be read", "too large"]
    assert listed(page(broken="defects")) == ["read with defects"]
    assert len(listed(page(broken="any"))) == 3 and listed(page("hana", broken="any")) == []


def test_each_defect_is_explained_and_the_bytes_stand_there_as_they_are(desk: DeskUnderTest) -> None:
    desk.receive(HOSTILE)
    app = page()
    assert "There is no header field at all" in markup(app) and "header_missing" in markup(app)
    assert app.code[0].value == HOSTILE.decode().rstrip()
    assert "<script>" not in markup(app)


def test_analysts_see_what_is_wrong_and_neither_bytes_nor_buttons(desk: DeskUnderTest) -> None:
    desk.receive(HEADLESS)
    app = page("ida")
    assert listed(app) == ["can't be read"] and not app.code
    assert not keys(app) & {"retry", "repair", "delete", "download", "read-again"}


def test_reading_again_says_what_came_of_it(desk: DeskUnderTest) -> None:
    id = desk.receive_one(mail(to="payments@desk.example"))
    desk.change("UPDATE message SET verdict = 'unparsable', status = 'unprocessed', cause = 'unparsable'")
    app = page()
    app.button("retry").click().run()
    assert not app.exception and "Read 1 message again." in markup(app)
    assert message(desk.acting("ana"), id)["status"] == "processed"


def test_a_repair_is_shown_on_the_message_and_taken_back_by_a_click(desk: DeskUnderTest) -> None:
    id = desk.receive_one(WRONG_CHARSET)
    app = page(broken="defects", standing="all")
    app.button("repair").click().run()
    app.text_input("repair-reason").set_value("The sender writes Russian")
    app.button("repair").click()  # AppTest runs the whole page, so what opens the dialog is pressed again
    app.button("repair-do").click().run()
    assert app.error[0].value.startswith("Say what to assume")
    app.selectbox("repair-charset").set_value("koi8-r")
    app.button("repair").click()
    app.button("repair-do").click().run()
    assert message(desk.acting("ana"), id)["text"] == RUSSIAN
    assert repair_of(desk.acting("ana"), id)


def test_what_is_repaired_stays_on_the_bench_and_is_taken_back_there(desk: DeskUnderTest) -> None:
    id = desk.receive_one(WRONG_CHARSET)
    repair(desk.acting("ana"), id, "The sender writes Russian", charset="koi8-r")
    app = page("bea", broken="defects", standing="all")
    assert "ana@desk.example assumed charset koi8-r" in markup(app) and "The sender writes Russian" in markup(app)
    app.button("take-back").click().run()
    assert not app.exception and repair_of(desk.acting("ana"), id) is None
    assert RUSSIAN not in message(desk.acting("ana"), id)["text"]


def test_all_that_an_older_parser_read_is_read_again(desk: DeskUnderTest) -> None:
    desk.receive(HEADLESS, NO_SENDER)
    assert "read-again" not in keys(page())
    desk.change("UPDATE message SET parser_version = 1")
    app = page()
    app.button("read-again").click().run()
    app.button("read-again").click()
    app.button("read-all-again").click().run()
    assert not app.exception and "Read 2 messages again." in markup(app)
    assert desk.value("SELECT min(parser_version) > 1 FROM message")


def test_what_somebody_deleted_meanwhile_is_named(desk: DeskUnderTest) -> None:
    id = desk.receive_one(HEADLESS)
    app = page()
    delete(desk.acting("bea"), [id], "spam")
    app.button("retry").click().run()
    assert "bea@desk.example" in markup(app)
