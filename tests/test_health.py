"""What a supervisor is told: nothing when all is well, and a line each thing that is not."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.health import Bounds, Trouble, is_red, troubles, verdict
from tests.desk import AP, AR, PEOPLE, DeskUnderTest, mail
from tests.homes import with_others
from tests.shell import Done, run

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


def asked(desk: DeskUnderTest, *options: str, **environment: str) -> Done:
    given = {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), **desk.environment,
             "LC_ALL": "C.UTF-8"} | environment  # fmt: skip
    return run(("status", "--check", *options), os.environ | given)


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


def left_out(desk: DeskUnderTest, tries: int, *uids: str) -> None:
    for uid in uids:
        desk.change("INSERT INTO residue VALUES ($mailbox, 'INBOX', 1, $uid, $now, $now, $tries, uuidv7())",
                    mailbox=AP, uid=uid, now=desk.clock, tries=tries)  # fmt: skip


def test_mail_that_could_not_be_taken_in_is_told_by_name_from_the_second_try_on(desk: DeskUnderTest) -> None:
    left_out(desk, 1, "3")  # it may have been moved between listing and asking
    assert told(desk) == []
    left_out(desk, 2, "12", "7")
    assert [each.sentence for each in found(desk)] == [
        "Accounts Payable: 2 messages are on the server but could not be taken in: UID 3, 7, 12."]  # fmt: skip
    assert told(desk, Bounds(left=2)) == []
    left_out(desk, 2, *(str(uid) for uid in range(100, 140)))
    assert found(desk)[0].sentence.endswith("115, 116 and 23 more.")


def test_what_a_comparison_found_is_told_when_no_run_has_asked_for_it_within_an_hour(desk: DeskUnderTest) -> None:
    left_out(desk, 0, "3")
    assert told(desk) == []
    desk.clock += timedelta(minutes=61)
    desk.collect()
    left_out(desk, 0, "4")
    desk.change("UPDATE residue SET first_seen_at = $then", then=desk.clock - timedelta(minutes=61))
    assert [each.sentence for each in found(desk)] == [
        "Accounts Payable: 1 message is on the server and no run has asked for it."]  # fmt: skip
    assert told(desk, name="hana") == []


def test_a_ledger_that_does_not_add_up_is_told(desk: DeskUnderTest) -> None:
    desk.change("DELETE FROM delivery WHERE uid = (SELECT min(uid) FROM delivery)")
    assert [each.sentence for each in found(desk)] == [
        "Accounts Payable: today's ledger does not add up, by 1 message."]  # fmt: skip


# What runs out


def expiring(desk: DeskUnderTest, **columns: datetime) -> list[Trouble]:
    for name, value in columns.items():
        desk.change(f"UPDATE mailbox_state SET {name} = $value WHERE mailbox = $mailbox",  # noqa: S608
                    value=value, mailbox=AP)  # fmt: skip
    return found(desk)


def test_a_certificate_that_runs_out_within_three_weeks_is_a_warning(desk: DeskUnderTest) -> None:
    assert expiring(desk, certificate_expires_at=desk.clock + timedelta(days=22)) == []
    (one,) = expiring(desk, certificate_expires_at=desk.clock + timedelta(days=20))
    assert (one.code, one.level) == ("certificate", "warning")
    assert one.sentence == "Accounts Payable: the server's certificate runs out on 2025-03-24 09:00 UTC."
    (one,) = expiring(desk, certificate_expires_at=desk.clock - timedelta(days=1))
    assert one.sentence == "Accounts Payable: the server's certificate ran out on 2025-03-03 09:00 UTC."
    assert verdict([one]) == "warning"


def test_a_token_that_is_renewed_by_itself_is_no_worry_and_one_that_is_not_is(desk: DeskUnderTest) -> None:
    hour, since = timedelta(hours=1), desk.clock
    assert expiring(desk, token_expires_at=desk.clock + hour, token_since=since) == []
    (one,) = expiring(desk, token_expires_at=desk.clock - hour)
    assert (one.code, one.level) == ("token", "warning")
    (one,) = expiring(desk, token_expires_at=desk.clock + timedelta(days=20))
    assert one.code == "token"
    assert expiring(desk, token_expires_at=desk.clock + timedelta(days=30)) == []


# The mark in the navigation


def test_a_mailbox_is_red_for_those_who_see_it(desk: DeskUnderTest) -> None:
    def red() -> list[bool]:
        return [is_red(desk.acting(name)) for name in ("ana", "hana", "nemo", "ada")]

    assert red() == [False, False, False, False]
    shutil.rmtree(desk.folder / "mail" / "people")
    desk.collect()
    assert red() == [False, True, False, True]
    (desk.folder / "mail" / "people").mkdir()
    desk.collect()
    left_out(desk, 1, "3")
    assert red() == [False, False, False, False]
    left_out(desk, 2, "4")
    assert red() == [True, False, False, True]


def test_a_mailbox_nobody_collects_any_more_is_red_unless_a_long_run_takes_mail_in(desk: DeskUnderTest) -> None:
    desk.clock += timedelta(minutes=16)
    assert is_red(desk.acting("hana"))
    desk.change("UPDATE delivery SET collected_at = $now", now=desk.clock)
    desk.collect(AR)
    assert not is_red(desk.acting("ana"))


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


def test_warnings_fail_only_the_strict_and_are_always_in_the_json(desk: DeskUnderTest) -> None:
    soon = clock.now() + timedelta(days=3)
    desk.change("UPDATE mailbox_state SET certificate_expires_at = $soon WHERE mailbox = $mailbox",
                soon=soon, mailbox=AP)  # fmt: skip
    code, answer = as_json(desk, "--max-silence", "1e9")
    assert (code, answer["well"]) == (0, True)
    assert [(each["code"], each["level"]) for each in answer["problems"]] == [("certificate", "warning")]
    assert as_json(desk, "--max-silence", "1e9", "--strict")[0] == 1
    done = asked(desk, "--max-silence", "1e9")
    assert (done.returncode, done.stderr) == (0, "")


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


@with_others
def test_comparing_by_the_verb_says_what_is_missing_and_fails_then(desk: DeskUnderTest) -> None:
    (known, *_rest) = sorted((desk.folder / "mail" / "ap").iterdir())
    known.unlink()
    desk.write(mail(to="ap@desk.example"))
    given = os.environ | {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), "LC_ALL": "C.UTF-8",
                          **desk.environment}  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "core", "status", "--compare"], cwd=ROOT, text=True, env=given,
                          capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (
        "Accounts Payable: 2 messages on the server, 1 of them here, 1 missing; 1 here is there no more"
    )
    assert done.stderr == "Accounts Payable: not here are UID 000003.eml; the next run asks for them.\n"
    desk.collect()
    done = subprocess.run([sys.executable, "-m", "core", "status", "--compare", "--json"], cwd=ROOT, text=True,
                          env=given, capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0
    assert [each["missing"] for each in json.loads(done.stdout)] == [0, 0, 0]


def test_a_configuration_that_is_wrong_is_told(desk: DeskUnderTest) -> None:
    code, answer = as_json(desk, STRAYDESK_CONFIG=str(desk.folder / "nowhere.toml"))
    assert (code, [each["code"] for each in answer["problems"]]) == (1, ["desk"])
