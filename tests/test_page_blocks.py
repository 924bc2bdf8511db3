"""The Blocks page: what it lists, makes, ends and gives back, on a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.blocked import blocks
from core.blocking import allow, block
from tests.desk import AP, DeskUnderTest, mail
from tests.page import keys, markup, opens, run
from tests.real_mail import REPOSITORY

HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x]"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    yield from opens(DeskUnderTest(tmp_path), monkeypatch)


def spam(desk: DeskUnderTest, subject: str = "Blocked", sender: str = "a@spam.example") -> str:
    return desk.receive_one(mail(subject=subject, to="x@elsewhere.example", sender=sender))


def test_a_desk_without_blocks_says_where_they_come_from(desk: DeskUnderTest) -> None:
    assert "Nobody is blocked" in run("blocks", "ana").info[0].value


def test_a_block_shows_what_it_deleted_and_gives_it_back(desk: DeskUnderTest) -> None:
    block(desk.acting("leo"), "domain", "spam.example", "Spam")
    id = spam(desk)
    app = run("blocks", "ana")
    assert app.dataframe[0].value[["value", "hits"]].to_numpy().tolist() == [["spam.example", 1]]
    assert app.dataframe[1].value["subject"].tolist() == ["Blocked"]
    app.button(key="restore-block").click().run()
    app.button(key="restore-block").click()
    app.button(key="restore-now").click()
    app.run()
    assert not app.exception
    assert desk.says(id) == "no_route"


def test_a_block_is_lifted_and_what_it_deleted_is_named(desk: DeskUnderTest) -> None:
    block(desk.acting("leo"), "domain", "spam.example", "Spam")
    spam(desk)
    app = run("blocks", "leo")
    app.button(key="lift").click().run()
    assert not app.exception
    assert blocks(desk.acting("leo"))["state"][0] == "lifted"
    assert "1 message it deleted stays deleted until you restore it." in markup(app)
    assert app.button(key="lift").disabled


def test_an_analyst_looks_and_a_colleague_leaves_what_counts_everywhere(desk: DeskUnderTest) -> None:
    block(desk.acting("leo"), "domain", "spam.example", "Spam")
    for who in ("ida", "ana"):
        app = run("blocks", who)
        assert app.button(key="lift").disabled and app.button(key="change").disabled
        assert app.button(key="new-block").disabled == (who == "ida")


def test_a_new_block_says_what_it_would_have_hit_before_it_is_made(desk: DeskUnderTest) -> None:
    spam(desk)
    block(desk.acting("ana"), "address", "old@spam.example", "Spam", mailbox=AP)
    app = run("blocks", "ana")
    app.button(key="new-block").click().run()
    app.button(key="new-block").click()
    app.text_input(key="block-value").set_value("a@spam.example").run()
    app.button(key="new-block").click().run()
    assert "It would have hit 1 message so far: 1 waits, 0 became work." in [each.value for each in app.caption]
    assert app.button(key="block-now").label == "Block, and delete 1"
    app.button(key="new-block").click()
    app.button(key="block-now").click().run()
    assert not app.exception
    assert "Blocked, and deleted 1 message." in markup(app)
    assert set(blocks(desk.acting("ana"))["value"]) == {"a@spam.example", "old@spam.example"}


def test_an_allow_tells_whom_it_let_through(desk: DeskUnderTest) -> None:
    leo = desk.acting("leo")
    block(leo, "domain", "spam.example", "Spam")
    made = allow(leo, "address", "a@spam.example", HOSTILE)
    spam(desk, "Order")
    app = run("blocks", "ana", block=made.batch)
    assert app.dataframe[1].value["subject"].tolist() == ["Order"]
    assert "&lt;img" in markup(app) and "<img" not in markup(app)
    assert "restore-block" not in keys(app)


def test_the_filter_leaves_what_was_asked_for(desk: DeskUnderTest) -> None:
    leo = desk.acting("leo")
    block(leo, "domain", "spam.example", "Spam")
    allow(leo, "address", "a@spam.example", "Orders", mailbox=AP)
    assert run("blocks", "leo", effect="allow").dataframe[0].value["value"].tolist() == ["a@spam.example"]
    assert run("blocks", "leo", whom="orders").dataframe[0].value["value"].tolist() == ["a@spam.example"]
    assert "No block matches" in run("blocks", "leo", standing="lifted").info[0].value


def test_links_to_where_blocks_were_once_listed_lead_on(desk: DeskUnderTest) -> None:
    app = AppTest.from_file(str(REPOSITORY / "dashboard.py"), default_timeout=60)
    app.session_state["language"] = "en"
    app.switch_page("pages/audit.py")
    app.query_params["show"] = "blocks"
    app.run()
    assert not app.exception
    assert [each.value for each in app.title] == ["Blocks"]
