"""Retention: what goes and when, what never does, what is left of it, and that the disk gets its room back."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.acting import create, delete, restore
from core.backtesting import backtest
from core.blocking import block
from core.commands.sending import send_what_is_due
from core.configuration import load
from core.digest import digest
from core.errors import ConfigurationProblem, InvalidInput, NotAllowed, NotFound, Removed
from core.messages import attachment, header_fields, html, message, raw, why
from core.near_misses import near_misses
from core.notes import add_note
from core.replaying import replay
from core.retention import coming, hold, holds, lift_hold, retain, retain_when_due, rules, runs
from core.routes import Route
from core.store import verified
from core.surroundings import conversation, earlier_mail
from core.undoing import undo
from core.work_items import close, work_item
from tests.desk import AP, AR, CONFIGURATION, INVOICES, DeskUnderTest, mail, route
from tests.homes import HOME, TABLES, of_the_file, with_others
from tests.test_commands import Machine

DAY = timedelta(days=1)
SECRET = "CRANE"


def rule(status: str = "deleted", mailbox: str = "", **days: int) -> str:
    where = f'mailbox = "{mailbox}"\n' if mailbox else ""
    return f'[[retention]]\nstatus = "{status}"\n{where}' + "".join(f"{name} = {n}\n" for name, n in days.items())


def desk_with(folder: Path, *given: str) -> DeskUnderTest:
    """A desk whose rules were first seen so long ago that they count."""
    desk = DeskUnderTest(folder, configuration=CONFIGURATION + "\n".join(given))
    retain(desk.acting("ada"))
    desk.clock += 2 * DAY
    return desk


def secret(**given: Any) -> bytes:
    about: dict[str, Any] = {"subject": SECRET, "text": SECRET, "html": f"<p>{SECRET}</p>", "attached": f"{SECRET}.pdf"}
    return mail(**about | {"sender": f"{SECRET} <a@{SECRET}.example>", "to": "x@y.example"} | given)


def deleted(desk: DeskUnderTest, *mails: bytes, mailbox: str = AP) -> list[str]:
    ids = desk.receive(*(mails or (secret(),)), mailbox=mailbox)
    delete(desk.acting("leo"), ids, "Spam")
    return ids


def parts_of(desk: DeskUnderTest, id: str) -> set[str]:
    return {what for (what,) in desk.rows("SELECT what FROM removed WHERE message_id = $id::UUID", id=id)}


def test_without_a_rule_nothing_ever_goes(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    deleted(desk)
    desk.clock += 9999 * DAY
    assert retain_when_due(desk.desk) is None
    assert retain(desk.acting("ada")).parts == 0
    assert coming(desk.acting("ada")).empty


@pytest.mark.parametrize(
    ("given", "why_not"),
    [
        (rule("unprocessed", raw_days=1), "never removed"),
        (rule("gone", raw_days=1), "no such status"),
        (rule("deleted"), "at least one of"),
        (rule("deleted", raw_days=30, row_days=20), "must not be less"),
        (rule("deleted", raw_days=0), "raw_days"),
        (rule("deleted", mailbox="Nowhere", raw_days=1), "no mailbox “Nowhere”"),
        (rule("deleted", raw_days=1) + rule("deleted", raw_days=2), "stands here twice"),
    ],
)
def test_rules_that_can_t_be_meant_are_refused_in_a_sentence(tmp_path: Path, given: str, why_not: str) -> None:
    (tmp_path / "routes.toml").write_text("")
    (tmp_path / "straydesk.toml").write_text(CONFIGURATION + given)
    with pytest.raises(ConfigurationProblem, match=why_not):
        load(tmp_path / "straydesk.toml")


def test_bytes_text_and_row_go_each_at_its_time(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(raw_days=10, body_days=20, row_days=30))
    (id,) = deleted(desk)
    ada, seen = desk.acting("ada"), []
    for _each in range(4):
        desk.clock += 9 * DAY
        retain(ada)
        seen.append(parts_of(desk, id))
    assert seen == [set(), {"raw"}, {"raw", "body"}, {"raw", "body", "row"}]
    assert retain(ada).parts == 0


def test_of_a_row_nothing_is_left_that_its_sender_wrote_but_the_journal(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(row_days=10))
    (id,) = deleted(desk)
    add_note(desk.acting("ana"), id, SECRET)
    entries = desk.rows("SELECT * FROM journal")
    desk.clock += 11 * DAY
    assert retain(desk.acting("ada")).by_rule[0]["messages"] == 1
    tables = [name for (name,) in desk.rows(TABLES)]
    kept = {name for name in tables if SECRET.lower() in str(desk.rows(f"SELECT * FROM {name}")).lower()}  # noqa: S608
    assert kept == set()
    assert desk.rows("SELECT * FROM journal") == entries
    assert message(desk.acting("ana"), id)["status"] == "deleted"


def test_what_is_gone_is_not_collected_anew_and_its_bytes_stay_known(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(row_days=10))
    content = secret()
    (id,) = deleted(desk, content)
    desk.clock += 11 * DAY
    retain(desk.acting("ada"))
    assert desk.collect()[AP].listed == 0
    assert desk.receive(content) == [id]  # the same bytes once more, as after a change of UIDVALIDITY
    assert desk.receive(content, mailbox=AR) == [id]
    assert desk.rows("SELECT count(*) FROM message") == [(1,)]
    assert desk.rows("SELECT count(*) FROM raw_part") == [(0,)]


def test_what_waits_or_belongs_to_an_open_item_stays(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule("processed", row_days=10), rule("deleted", row_days=10))
    waiting, worked = desk.receive(secret(), secret())
    ana, ada = desk.acting("ana"), desk.acting("ada")
    reference = create(ana, [worked], INVOICES).references[0]
    desk.clock += 100 * DAY
    assert retain(ada).parts == 0
    close(ana, [reference], "Done")
    desk.clock += 9 * DAY
    assert retain(ada).parts == 0  # days count from when the item was closed
    desk.clock += 2 * DAY
    assert retain(ada).parts == 1
    assert parts_of(desk, waiting) == set()
    shown = work_item(ana, reference)
    assert [each["id"] for each in shown["messages"]] == [worked]
    assert message(ana, worked)["work_items"][0]["reference"] == reference


HOLDS: dict[str, Callable[[DeskUnderTest, str], str]] = {
    "message": lambda desk, id: id,
    "work_item": lambda desk, id: desk.items(id)[0].lower(),
    "sender": lambda desk, id: f"A@{SECRET}.example",
    "domain": lambda desk, id: f"*@{SECRET}.example",
    "mailbox": lambda desk, id: AP,
}


@pytest.mark.parametrize("kind", HOLDS)
def test_what_is_held_stays_until_the_hold_is_lifted(tmp_path: Path, kind: Any) -> None:
    desk = desk_with(tmp_path, rule("processed", row_days=10))
    ana, ada, id = desk.acting("ana"), desk.acting("ada"), desk.receive_one(secret())
    close(ana, create(ana, [id], INVOICES).references, "Done")
    made = hold(ada, kind, HOLDS[kind](desk, id), "A dispute")
    desk.clock += 99 * DAY
    assert retain(ada).parts == 0
    lift_hold(ada, made)
    assert holds(ada)["lifted_by_name"].notna().all()
    assert retain(ada).parts == 1


def test_a_hold_names_what_is_there_and_says_why(tmp_path: Path) -> None:
    ada = DeskUnderTest(tmp_path).acting("ada")
    for kind, value in (("message", "x"), ("work_item", "T-000099"), ("mailbox", "Nowhere")):
        with pytest.raises(NotFound):
            hold(ada, kind, value, "A dispute")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        hold(ada, "domain", "a@b.example", "A dispute")
    with pytest.raises(InvalidInput, match="reason"):
        hold(ada, "domain", "b.example", " ")


def test_a_mailbox_of_its_own_rule_goes_by_that_alone(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(row_days=10), rule(mailbox=AR, raw_days=50))
    ours, theirs = deleted(desk)[0], deleted(desk, mailbox=AR)[0]
    shared = secret()
    (both,) = deleted(desk, shared)
    desk.receive(shared, mailbox=AR)
    desk.clock += 11 * DAY
    retain(desk.acting("ada"))
    assert [parts_of(desk, id) for id in (ours, theirs, both)] == [{"raw", "body", "row"}, set(), set()]
    desk.clock += 90 * DAY
    retain(desk.acting("ada"))
    # Mail of both goes when both let it go, and the other never lets go of the row.
    assert [parts_of(desk, id) for id in (theirs, both)] == [{"raw"}, set()]


def test_a_rule_counts_a_day_after_it_was_first_seen(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    deleted(desk)
    desk.clock += 400 * DAY
    (tmp_path / "straydesk.toml").write_text(CONFIGURATION + rule(row_days=100))
    desk.desk = desk.opened()
    ada = desk.acting("ada")
    assert retain(ada).parts == 0
    desk.clock += timedelta(hours=23)
    assert retain(ada).parts == 0
    (tmp_path / "straydesk.toml").write_text(CONFIGURATION + rule(row_days=99))
    desk.desk = desk.opened()
    desk.clock += timedelta(hours=2)
    assert retain(desk.acting("ada")).parts == 0  # it is another rule now
    desk.clock += DAY
    assert retain(desk.acting("ada")).parts == 1


def test_it_is_said_a_week_before_there_and_in_the_digest(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(raw_days=30))
    deleted(desk)
    ada = desk.acting("ada")
    desk.clock += 22 * DAY
    assert coming(ada).empty
    assert "Retention" not in str(digest(desk.acting("leo"), "Finance"))
    desk.clock += 2 * DAY
    (row,) = coming(ada).to_dict("records")
    assert (row["messages_now"], row["messages_soon"], row["bytes_soon"] > 0) == (0, 1, True)
    assert "Retention removes from 1 message in the next 7 days" in str(digest(desk.acting("leo"), "Finance"))
    assert "Retention" not in str(digest(desk.acting("hana"), "Staff"))
    desk.clock += 7 * DAY
    (row,) = coming(ada).to_dict("records")
    assert (row["messages_now"], row["messages_soon"]) == (1, 0)
    assert parts_of(desk, str(desk.value("SELECT id::VARCHAR FROM message"))) == set()


def test_the_collector_does_it_once_a_day(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(raw_days=1))
    desk.clock += DAY
    deleted(desk)
    desk.clock += 2 * DAY
    done = retain_when_due(desk.desk)
    assert done is not None and done.parts == 1
    desk.clock += timedelta(hours=23)
    assert retain_when_due(desk.desk) is None
    told = runs(desk.acting("ada"))
    assert told["messages"].tolist()[0] == 1
    assert told["rule"][0] == f"deleted · {AP} · raw · 1 d"


def test_only_administrators_have_to_do_with_it(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    for act in (retain, coming, runs, rules, holds):
        for who in ("ana", "leo", "ida"):
            with pytest.raises(NotAllowed):
                act(desk.acting(who))
    assert retain(desk.desk.operator()).parts == 0


def test_what_is_gone_is_said_and_breaks_nothing(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(raw_days=10, body_days=10))
    (id,) = deleted(desk)
    desk.clock += 11 * DAY
    retain(desk.acting("ada"))
    ana = desk.acting("ana")
    shown = message(ana, id)
    assert set(shown["removed"]) == {"raw", "body"} and shown["subject"] == SECRET and not shown["text"]
    for act in (lambda: raw(ana, id), lambda: header_fields(ana, id), lambda: attachment(ana, id, "2")):
        with pytest.raises(Removed, match="removed on 2025-03-17 by retention"):
            act()
    assert html(ana, id).document is not None
    assert why(ana, id)["recipients"]
    assert near_misses(ana, id) == []
    assert conversation(ana, id).empty and earlier_mail(ana, id).empty
    restore(ana, [id])
    assert message(ana, id)["status"] == "unprocessed"
    assert replay(desk.acting("leo")).looked_at == 1


def test_a_stub_comes_back_neither_by_restoring_nor_by_undoing(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(row_days=10))
    ids = desk.receive(secret(), secret())
    batch = block(desk.acting("leo"), "domain", f"{SECRET}.example", "spam", mailbox=AP).batch
    desk.clock += 11 * DAY
    retain(desk.acting("ada"))
    assert restore(desk.acting("ana"), ids).ids == []
    assert undo(desk.acting("ana"), batch).ids == []
    assert {status for (status,) in desk.rows("SELECT status FROM message")} == {"deleted"}


# Room


def filled(folder: Path, count: int = 400) -> DeskUnderTest:
    desk = desk_with(folder, rule(row_days=1))
    ids = desk.receive(*(secret(text=os.urandom(6000).hex()) for _each in range(count)))
    delete(desk.acting("leo"), ids[: count * 9 // 10], "Spam")
    desk.clock += 3 * DAY
    return desk


@of_the_file
@with_others
def test_the_disk_gets_the_room_back_and_nothing_else_is_lost(tmp_path: Path) -> None:
    desk = filled(tmp_path)
    before = desk.store_path.stat().st_size
    done = retain(desk.acting("ada"))
    assert (done.parts, done.bytes > 360 * 6000) == (360, True)
    tables = verified(desk.store_path).tables
    assert desk.store_path.stat().st_size > before * 0.9  # a checkpoint alone gives nothing back
    sizes = desk.desk.store.compact()
    assert sizes[1] == desk.store_path.stat().st_size < before * 0.5
    found = verified(desk.store_path)
    assert found.tables == tables and found.mails_different == 0 and found.mails_hashed == 40
    assert desk.receive(secret())
    assert not list(desk.folder.glob("*.compacting*"))


KILLED = """
import os, signal, sys
from pathlib import Path
from core.store import compacting, open_store
at = sys.argv[2]
def die(*given, **more):
    os.kill(os.getpid(), signal.SIGKILL)
if at == "write":
    compacting._counts = die
elif at == "lasting":
    compacting._make_lasting = die
else:
    compacting.time.sleep = die
open_store(sys.argv[1]).compact()
"""


@with_others
@of_the_file
@pytest.mark.parametrize("at", ["write", "lasting", "renamed"])
def test_killed_while_it_is_written_anew_the_store_is_whole(tmp_path: Path, at: str) -> None:
    desk = filled(tmp_path, 20)
    retain(desk.acting("ada"))
    tables = verified(desk.store_path).tables
    done = subprocess.run([sys.executable, "-c", KILLED, str(desk.store_path), at], check=False)
    assert done.returncode == -signal.SIGKILL
    assert verified(desk.store_path).tables == tables
    desk.desk.store.compact()
    assert verified(desk.store_path).tables == tables
    assert not list(desk.folder.glob("*.compacting*"))


def test_killed_in_the_middle_the_next_run_goes_on_and_nothing_is_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = filled(tmp_path, 40)
    ada, portions = desk.acting("ada"), []
    monkeypatch.setattr("core.retention.removing.AT_ONCE", 10)

    def now() -> datetime:
        portions.append(1)
        if len(portions) == 12:
            raise KeyboardInterrupt
        return desk.clock

    object.__setattr__(ada.desk, "now", now)
    with pytest.raises(KeyboardInterrupt):
        retain(ada)
    object.__setattr__(ada.desk, "now", lambda: desk.clock)
    part = desk.value("SELECT count(DISTINCT message_id) FROM removed")
    assert 0 < part < 36
    assert retain(ada).parts == 36 - part
    assert desk.value("SELECT count(DISTINCT message_id) FROM removed") == 36
    assert desk.value("SELECT count(*) FROM removed") == 3 * 36
    assert desk.value("SELECT sum(messages) FROM retention_run") == 36
    assert desk.value("SELECT count(DISTINCT message_id) FROM raw_part") == 4


def test_a_backtest_leaves_alone_what_it_can_t_try_any_more(tmp_path: Path) -> None:
    routes = [route("Orders", "orders@desk.example", body_contains=["crane"])]
    desk = DeskUnderTest(tmp_path, routes, configuration=CONFIGURATION + rule("processed", body_days=10))
    retain(desk.acting("ada"))
    ids = desk.receive(secret(to="orders@desk.example"), secret(to="orders@desk.example"))
    close(desk.acting("leo"), desk.items(ids[0]), "Done")
    desk.clock += 11 * DAY
    assert retain(desk.acting("ada")).parts == 1
    # Without its text the old route would not hold, and the new one would seem to catch something new.
    draft = [Route.model_validate(route("Orders", "orders@desk.example"))]
    found = backtest(desk.acting("leo"), draft, days=90)
    assert (found.messages, found.changed) == (2, 0)


def test_it_runs_from_the_command_line_and_in_the_collector(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, rule(raw_days=1))
    ids = deleted(desk, secret(), secret())
    # The command line lives today, long after the mail of these tests.
    machine = Machine(tmp_path, {})
    told = machine.answer("retention", "--dry-run")
    assert [(row["what"], row["messages_now"]) for row in told["coming"]] == [("raw", 2)]
    refused = machine.run("retention", "--as", "leo@desk.example")
    assert refused.returncode == 1 and "Only administrators" in refused.stderr
    desk.clock += 3 * DAY
    send_what_is_due(desk.desk)
    assert [parts_of(desk, id) for id in ids] == [{"raw"}, {"raw"}]
    if HOME == "file":
        done = machine.answer("retention", "--compact")
        assert done["parts"] == 0 and done["compacted"]["after"] == desk.store_path.stat().st_size
