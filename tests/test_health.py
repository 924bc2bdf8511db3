"""What a supervisor is told: nothing when all is well, and a line each thing that is not."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.health import Bounds, Trouble, troubles
from tests.desk import AP, AR, PEOPLE, DeskUnderTest, mail

ROOT = Path(__file__).parent.parent


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    """A desk whose mailboxes were all collected a moment ago, with two messages waiting in Accounts Payable."""
    made = DeskUnderTest(tmp_path)
    made.write(mail(to="ap@desk.example"), mail(to="ap@desk.example"))
    made.collect()
    return made


def told(desk: DeskUnderTest, bounds: Bounds | None = None, name: str = "ada") -> list[tuple[str, str | None]]:
    return [(each.code, each.mailbox) for each in found(desk, bounds, name)]


def found(desk: DeskUnderTest, bounds: Bounds | None = None, name: str = "ada") -> list[Trouble]:
    return troubles(desk.acting(name), bounds or Bounds())


def asked(desk: DeskUnderTest, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), "STRAYDESK_STORE": str(desk.store_path),
             "LC_ALL": "C.UTF-8"} | environment  # fmt: skip
    return subprocess.run([sys.executable, "-m", "core", "status", "--check", *options], cwd=ROOT, text=True,
                          env=os.environ | given, capture_output=True, check=False)  # fmt: skip


def as_json(desk: DeskUnderTest, *options: str, **environment: str) -> tuple[int, Any]:
    done = asked(desk, "--json", *options, **environment)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_nothing_is_told_of_a_desk_that_does_well(desk: DeskUnderTest) -> None:
    assert told(desk) == []


def test_a_mailbox_with_a_problem_is_told_with_its_sentence(desk: DeskUnderTest) -> None:
    shutil.rmtree(desk.folder / "mail" / "people")
    desk.collect()
    desk.clock += timedelta(minutes=5)
    desk.desk = desk.opened()
    (one,) = found(desk)
    assert (one.code, one.mailbox) == ("red", PEOPLE)
    assert one.sentence.startswith("People: problem since 2025-03-04 09:00 UTC: ")
    assert told(desk, name="ana") == []


def test_a_collector_that_is_silent_is_told_until_it_collects_again(desk: DeskUnderTest) -> None:
    desk.clock += timedelta(minutes=16)
    assert told(desk) == [("silent", AP), ("silent", AR), ("silent", PEOPLE)]
    assert told(desk, Bounds(silent_minutes=20)) == []
    desk.collect(AP, AR)
    assert [each.sentence for each in found(desk)] == [
        "People: not collected since 2025-03-04 09:00 UTC; is the collector running?"]  # fmt: skip


def test_a_desk_that_was_never_collected_is_silent(tmp_path: Path) -> None:
    assert told(DeskUnderTest(tmp_path)) == [("silent", AP), ("silent", AR), ("silent", PEOPLE)]


def test_a_first_run_that_takes_hours_is_not_silent_while_it_takes_mail_in(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.write(mail(to="ap@desk.example"))
    desk.collect()
    desk.change("DELETE FROM mailbox_state")  # the run is not at its end: only its deliveries are there
    assert told(desk) == [("silent", AR), ("silent", PEOPLE)]


def test_more_waiting_than_the_bound_is_told(desk: DeskUnderTest) -> None:
    assert told(desk, Bounds(waiting=2)) == []
    assert [each.sentence for each in found(desk, Bounds(waiting=1))] == [
        "Accounts Payable: 2 messages wait, more than 1."]  # fmt: skip


def test_mail_that_could_not_be_taken_in_is_told(desk: DeskUnderTest) -> None:
    desk.change("INSERT INTO collection_run VALUES (uuidv7(), $mailbox, $now, $now, 5, 2, 0, 0, 1, NULL)",
                mailbox=AP, now=desk.clock)  # fmt: skip
    assert [each.sentence for each in found(desk)] == [
        "Accounts Payable: 3 messages are on the server but could not be taken in."]  # fmt: skip
    assert told(desk, Bounds(left=3)) == []


# As a supervisor asks


def test_the_verb_is_silent_with_0_or_says_a_line_each_with_1(desk: DeskUnderTest) -> None:
    long_ago = ("--max-silence", "1e9")
    assert as_json(desk, *long_ago) == (0, {"well": True, "problems": []})
    well = asked(desk, *long_ago)
    assert (well.returncode, well.stdout, well.stderr) == (0, "", "")
    done = asked(desk)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [AP, AR, PEOPLE]
    code, answer = as_json(desk, *long_ago, "--max-waiting", "1")
    assert (code, answer["well"]) == (1, False)
    assert [(each["code"], each["mailbox"]) for each in answer["problems"]] == [("backlog", AP)]


def test_a_store_that_is_gone_or_broken_is_told_and_not_made_anew(desk: DeskUnderTest) -> None:
    gone = desk.folder / "gone.duckdb"
    code, answer = as_json(desk, STRAYDESK_STORE=str(gone))
    assert (code, [each["code"] for each in answer["problems"]]) == (1, ["store"])
    assert not gone.exists()
    gone.write_bytes(b"no store")
    done = asked(desk, STRAYDESK_STORE=str(gone))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "can't be opened" in done.stderr


def test_a_configuration_that_is_wrong_is_told(desk: DeskUnderTest) -> None:
    code, answer = as_json(desk, STRAYDESK_CONFIG=str(desk.folder / "nowhere.toml"))
    assert (code, [each["code"] for each in answer["problems"]]) == (1, ["desk"])
