"""The Mailboxes page: the state of each in words, a ledger that balances, and collecting that goes on by itself."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import clock, collection
from core.collecting_now import CollectingNow
from core.errors import InvalidInput, NotAllowed
from core.runs import Run, write_begun
from core.status import new_by_day, runs
from tests.desk import AP, AR, CONFIGURATION, PEOPLE, DeskUnderTest, mail
from tests.page import run
from tests.real_mail import REPOSITORY

PASSWORD = "never-shown-anywhere"
REFUSED = (
    '[[mailbox]]\nname = "Far"\naddress = "far@desk.example"\nteam = "Finance"\nsource = "imap://far@127.0.0.1:9"\n'
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    made = DeskUnderTest(tmp_path, clock=clock.now())
    monkeypatch.setenv("STRAYDESK_CONFIG", str(tmp_path / "straydesk.toml"))
    made.name_store(monkeypatch)
    st.cache_resource.clear()
    yield made
    st.cache_resource.clear()


def page(who: str = "ana", **parameters: str) -> AppTest:
    return run("mailboxes", who, **parameters)


def lines(app: AppTest) -> dict[str, str]:
    """The board as a reader sees it: mailbox → its line."""
    board = next(each.proto.body for each in app.get("html") if "sd-board" in each.proto.body)
    rows = re.findall(r"<tr>(.*?)</tr>", board.split("<tbody>")[1], re.DOTALL)
    words = [unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))).strip() for row in rows]
    return {name: line for line in words for name in (AP, AR, PEOPLE, "Far") if line.startswith(name)}


def told(app: AppTest) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", " ".join(each.proto.body for each in app.get("html"))))


def until_ended(now: CollectingNow, desk: DeskUnderTest) -> None:
    deadline = time.monotonic() + 60
    while not all(each.ended for each in now.going(desk.desk.operator())):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def states(now: CollectingNow, desk: DeskUnderTest) -> dict[str, str]:
    return {each.mailbox: each.state for each in now.going(desk.desk.operator())}


# What it tells


def test_a_mailbox_that_was_never_collected_is_called_so(desk: DeskUnderTest) -> None:
    shown = lines(page())
    assert "never collected" in shown[AP]
    assert "nothing new" in shown[AP]


def test_a_collected_mailbox_says_when_and_its_ledger_balances(desk: DeskUnderTest) -> None:
    same = mail(to="x@elsewhere.example")
    desk.receive(same, mail(to="x@elsewhere.example"), mail(text="long " * 8000))
    desk.write(same)
    desk.collect(AP)
    shown = lines(page())[AP]
    assert re.search(r"collected \d+ s ago", shown)
    assert "4 listed = 2 stored + 1 again + 1 too large" in shown
    assert "2 stored = 2 unprocessed" in shown
    assert "3 new" in shown
    assert "left over" not in shown


def test_mail_that_an_interrupted_run_left_is_a_red_badge(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="x@elsewhere.example"))
    write_begun(desk.desk.store, Run(AP, desk.clock, listed=9))
    board = next(each.proto.body for each in page().get("html") if "sd-board" in each.proto.body)
    assert re.search(r'class="sd-mark sd-bad"[^>]*>▲ 9 left over', board)


def left_out(desk: DeskUnderTest, *uids: int) -> None:
    for uid in uids:
        desk.change("INSERT INTO residue VALUES ($mailbox, 'INBOX', 1, $uid, $now, $now, 2, uuidv7())",
                    mailbox=AP, uid=str(uid), now=desk.clock)  # fmt: skip


def test_what_the_server_does_not_hand_out_is_a_red_badge_with_its_uids(desk: DeskUnderTest) -> None:
    desk.collect()
    left_out(desk, *range(101, 124))
    board = next(each.proto.body for each in page().get("html") if "sd-board" in each.proto.body)
    assert re.search(r'class="sd-mark sd-bad"[^>]*>▲ 23 not handed out by the server: UID 101, 102, ', board)
    assert "120 and 3 more<" in board and "121" not in board
    assert "sd-mark sd-bad" not in "".join(each.proto.body for each in page("hana").get("html"))


def test_a_chosen_mailbox_tells_its_verdict_its_ledger_and_what_is_missing(desk: DeskUnderTest) -> None:
    desk.write(mail(to="x@elsewhere.example"), mail(to="x@elsewhere.example"))
    desk.collect()
    shown = told(page(mailbox=AP))
    assert "● Well" in shown
    assert "2 there, 0 missing" in shown
    assert "2 messages so far; what is usual is known after 4 weeks" in shown
    assert re.search(r"Listed = Stored \+ Again \+ Too large \+ Failed Stored = Processed \+ Unprocessed \+ Deleted "
                     r"Adds up \S+ \S+ 2 2 0 0 0 2 0 2 0 ✓ yes", re.sub(r"\s+", " ", shown))  # fmt: skip
    left_out(desk, 7)
    desk.change("DELETE FROM delivery WHERE uid = (SELECT min(uid) FROM delivery)")
    desk.change("UPDATE mailbox_state SET certificate_expires_at = $at", at=desk.clock + timedelta(days=9))
    st.cache_data.clear()
    app = page(mailbox=AP)
    shown = re.sub(r"\s+", " ", told(app))
    assert "▲ Something is wrong 1 message is on the server but could not be taken in: UID 7." in shown
    assert "Today's ledger does not add up, by 1 message." in shown
    assert "The server's certificate runs out on" in shown
    assert "+ Unaccounted for" in shown and "▲ no" in shown
    assert list(app.dataframe[0].value["uid"]) == ["7"]


def test_the_ledger_of_the_chosen_mailbox_is_a_file(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="x@elsewhere.example"))
    app = page(mailbox=AP)
    assert {"ledger-csv", "ledger-parquet"} <= {each.proto.id.rpartition("-ledger-")[0] and "ledger-" +
            each.proto.id.rpartition("-ledger-")[2] for each in app.get("download_button")}  # fmt: skip


def test_a_red_mailbox_is_marked_in_the_navigation_of_those_who_see_it(desk: DeskUnderTest) -> None:
    desk.collect()
    assert titles("ana") == titles("hana") == ["Mailboxes"]
    left_out(desk, 7)
    assert titles("ana") == ["Mailboxes :red[●]"]
    assert titles("hana") == ["Mailboxes"]


def titles(who: str) -> list[str]:
    """What the navigation calls the page, as somebody sees it on the queue."""
    app = AppTest.from_file(str(REPOSITORY / "dashboard.py"), default_timeout=60)
    app.session_state["language"], app.session_state["acting_as"] = "en", f"{who}@desk.example"
    named: list[str] = []
    navigation = st.navigation

    def listening(pages: Any, **options: Any) -> Any:
        named.extend(each.title for section in pages.values() for each in section if each.url_path == "mailboxes")
        return navigation(pages, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(st, "navigation", listening)
        app.run()
    assert not app.exception, app.exception
    return named[:1]


def test_a_mailbox_that_fails_tells_why_and_since_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRAYDESK_CONFIG", str(tmp_path / "straydesk.toml"))
    monkeypatch.setenv("STRAYDESK_STORE", str(tmp_path / "store.duckdb"))
    monkeypatch.setenv("FAR_PASSWORD", PASSWORD)
    st.cache_resource.clear()
    far = REFUSED + 'password_env = "FAR_PASSWORD"\n'
    desk = DeskUnderTest(
        tmp_path, clock=clock.now(), configuration=CONFIGURATION.replace("[[customer]]", far + "[[customer]]", 1)
    )
    desk.collect("Far")
    app = page()
    assert "Nothing answers at 127.0.0.1:9" in lines(app)["Far"]
    assert re.search(r"since \d", lines(app)["Far"])
    assert PASSWORD not in told(app)
    st.cache_resource.clear()


def test_a_mailbox_nobody_has_collected_for_long_asks_whether_the_collector_runs(desk: DeskUnderTest) -> None:
    desk.clock -= timedelta(hours=3)
    desk.collect(AP)
    assert "collected 3 h ago Is the collector running?" in lines(page())[AP]


def test_the_runs_of_the_chosen_mailbox_are_listed_newest_first(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="x@elsewhere.example"))
    desk.receive(mail(to="x@elsewhere.example"), mail(to="x@elsewhere.example"))
    app = page(mailbox=AP)
    assert list(app.dataframe[-1].value["stored"]) == [2, 1]
    assert list(lines(app)) == [AP]
    assert not page().dataframe


def test_nobody_sees_the_mailboxes_of_other_teams(desk: DeskUnderTest) -> None:
    desk.receive(mail(to="x@elsewhere.example"))
    assert set(lines(page("hana"))) == {PEOPLE}
    assert runs(desk.acting("hana"), AP).empty
    assert new_by_day(desk.acting("hana"), desk.clock).keys() == {PEOPLE}
    app = page("nemo")
    assert [each.value for each in app.info] == [
        "You see no mailbox: you are in no team that has one. An administrator can change that."]  # fmt: skip
    assert not app.button


def test_new_mail_is_counted_on_its_day_of_the_last_seven(desk: DeskUnderTest) -> None:
    began = desk.clock.replace(hour=0, minute=0, second=0, microsecond=0)
    for days, count in ((7, 4), (6, 1), (2, 3), (0, 2)):
        desk.clock = began - timedelta(days=days) + timedelta(minutes=1)
        desk.receive(*(mail(to="x@elsewhere.example") for _each in range(count)))
    assert new_by_day(desk.acting("ana"), began)[AP] == [1, 0, 0, 0, 3, 0, 2]
    assert new_by_day(desk.acting("ana"), began)[AR] == [0] * 7


# Collecting now


def test_collect_now_collects_in_the_background_and_says_what_came(desk: DeskUnderTest) -> None:
    desk.write(mail(to="x@elsewhere.example"), mail(to="x@elsewhere.example"))
    app = page()
    app.button(key="collect-now").click().run()
    deadline = time.monotonic() + 60
    while "2 new messages collected" not in told(app):
        assert time.monotonic() < deadline, told(app)
        app.run()
    assert "2 listed = 2 stored" in lines(app)[AP]
    app.button(key="dismiss-collecting").click().run()
    assert "collected ·" not in told(app)
    assert "2 new messages collected" not in told(app)


def test_analysts_find_no_button_and_are_refused_by_core(desk: DeskUnderTest) -> None:
    assert not page("ida").button
    with pytest.raises(NotAllowed):
        CollectingNow().start(desk.acting("ida"))
    with pytest.raises(NotAllowed):
        CollectingNow().cancel(desk.acting("ida"))


def test_only_mailboxes_in_scope_are_collected_and_shown(desk: DeskUnderTest) -> None:
    now = CollectingNow()
    assert now.start(desk.acting("hana")) == [PEOPLE]
    with pytest.raises(InvalidInput):
        now.start(desk.acting("nemo"))
    assert now.going(desk.acting("ana")) == []
    until_ended(now, desk)
    now.dismiss(desk.acting("ana"))
    assert states(now, desk) == {PEOPLE: "collected"}
    now.dismiss(desk.acting("hana"))
    assert states(now, desk) == {}


def test_cancelling_ends_after_a_portion_and_the_next_run_brings_the_rest(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "AT_ONCE", 5)
    desk.write(*(mail(to="x@elsewhere.example") for _each in range(200)))
    now, ana = CollectingNow(), desk.acting("ana")
    now.start(ana, [AP])
    while not any(0 < each.done < each.total for each in now.going(ana)):
        assert not all(each.ended for each in now.going(ana))
        time.sleep(0.002)
    assert now.start(ana, [AP]) == []  # it is under way already
    now.cancel(ana)
    until_ended(now, desk)
    (going,) = now.going(ana)
    assert going.state == "cancelled"
    assert going.total == 200
    stored = desk.value("SELECT count(*) FROM message")
    assert 0 < stored < 200
    assert desk.value("SELECT count(*) FROM message WHERE status IS NULL") == 0
    assert desk.rows("SELECT listed - stored, problem FROM collection_run") == [(0, None)]
    assert "left over" not in lines(page())[AP]
    assert now.start(ana, [AP]) == [AP]
    until_ended(now, desk)
    assert states(now, desk) == {AP: "collected"}
    assert desk.value("SELECT count(*) FROM message") == 200


def test_a_mailbox_that_fails_does_not_look_as_if_it_went_on(desk: DeskUnderTest) -> None:
    now = CollectingNow()
    for each in (desk.folder / "mail" / "ap").iterdir():
        each.unlink()
    (desk.folder / "mail" / "ap").rmdir()
    now.start(desk.acting("ana"))
    until_ended(now, desk)
    assert states(now, desk) == {AP: "failed", AR: "collected"}
    assert now.going(desk.acting("ana"))[0].problem
