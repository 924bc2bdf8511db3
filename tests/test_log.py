"""The log of the collector: events an operator can use, and nothing in them that is nobody's business."""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core import log
from core.log import hide, tell
from tests.desk import AP, PEOPLE, DeskUnderTest, mail
from tests.homes import with_others
from tests.servers.processes import free_port

pytestmark = with_others

ROOT = Path(__file__).parent.parent
PASSWORD = "corr3ct-horse"
BODY = "BODYSECRET"


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger=log.NAME)
    logging.getLogger(log.NAME).propagate = True
    return caplog


def told(events: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [{"event": vars(each)["event"], "level": each.levelname} | vars(each)["fields"] for each in events.records]


@contextmanager
def watching(desk: DeskUnderTest, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    given = {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), **desk.environment,
             "LC_ALL": "C.UTF-8"} | environment  # fmt: skip
    command = [sys.executable, "-m", "core", "collect", "--watch"]
    with subprocess.Popen(command, cwd=ROOT, text=True, env=os.environ | given, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()


def lines(process: "subprocess.Popen[str]", count: int) -> list[str]:
    """The first lines of the log."""
    assert process.stderr
    return [process.stderr.readline() for _line in range(count)]


# Events


def test_a_run_is_told_when_it_begins_and_with_its_counts_when_it_ends(
    tmp_path: Path, events: pytest.LogCaptureFixture
) -> None:
    desk = DeskUnderTest(tmp_path)
    one = mail(to="ap@desk.example", subject=BODY, text=BODY)
    desk.write(one, one, mail(to="ap@desk.example", text="x" * 30_000))
    desk.collect(AP)
    begun, ended = told(events)
    assert (begun["event"], begun["level"], begun["mailbox"]) == ("run_begun", "DEBUG", AP)
    assert begun["run"] == ended["run"]
    assert {name: ended[name] for name in ("event", "level", "listed", "stored", "duplicate", "too_large", "failed")} \
        == {"event": "run_ended", "level": "INFO", "listed": 3, "stored": 1, "duplicate": 1, "too_large": 1,
            "failed": 0}  # fmt: skip
    assert ended["seconds"] >= 0
    assert BODY not in events.text and "@" not in events.text


def test_a_run_without_news_is_for_the_curious_and_one_with_a_problem_a_warning(
    tmp_path: Path, events: pytest.LogCaptureFixture
) -> None:
    desk = DeskUnderTest(tmp_path)
    shutil.rmtree(desk.folder / "mail" / "people")
    desk.collect()
    ended = {each["mailbox"]: each for each in told(events) if each["event"] == "run_ended"}
    assert (ended[AP]["level"], ended[PEOPLE]["level"]) == ("DEBUG", "WARNING")
    assert ended[PEOPLE]["problem"]
    assert "problem" not in ended[AP]


# What is nobody's business


@pytest.mark.parametrize(
    "said",
    [f"LOGIN failed for imaps://ap%40desk.example:{PASSWORD}@mail.example/INBOX", f"server said: {PASSWORD} is wrong",
     "user ap@desk.example is locked", "ap%40desk.example@mail.example", f"one\ntwo {PASSWORD}"],
)  # fmt: skip
def test_no_password_and_no_address_reaches_the_log(events: pytest.LogCaptureFixture, said: str) -> None:
    hide(PASSWORD)
    tell("run_ended", said, problem=said, mailbox=AP, count=1)
    (record,) = events.records
    for text in (record.getMessage(), vars(record)["fields"]["problem"]):
        assert PASSWORD not in text and "desk.example" not in text and "@" not in text and "\n" not in text
        assert log.STRUCK in text
    assert vars(record)["fields"]["mailbox"] == AP


def test_the_password_of_a_mailbox_that_its_own_problem_would_repeat_is_struck_out(tmp_path: Path) -> None:
    """The place of the certificates is made to hold the password, so that the sentence about it says it."""
    source = f'source = "imaps://ap%40desk.example@127.0.0.1:{free_port()}/INBOX"\npassword_env = "AP_PASSWORD"\n'
    desk = DeskUnderTest(tmp_path)
    text = (tmp_path / "straydesk.toml").read_text()
    named = source + f'ca_file = "{PASSWORD}.pem"'
    (tmp_path / "straydesk.toml").write_text(text.replace('source = "eml:mail/ap"', named))
    with watching(desk, AP_PASSWORD=PASSWORD, STRAYDESK_LOG="json") as process:
        begun, line = lines(process, 2)
    assert json.loads(begun)["event"] == "watch_begun"
    event = json.loads(line)
    assert (event["event"], event["level"], event["mailbox"]) == ("run_ended", "warning", AP)
    assert "certificate file" in event["problem"] and log.STRUCK in event["problem"]
    assert PASSWORD not in line and "@" not in line


# As it is written


def test_a_run_by_hand_tells_its_problem_once(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    shutil.rmtree(desk.folder / "mail" / "people")
    given = {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), **desk.environment}
    done = subprocess.run([sys.executable, "-m", "core", "collect"], cwd=ROOT, text=True, capture_output=True,
                          check=False, env=os.environ | given)  # fmt: skip
    assert done.stderr.count("People: ") == 1


def test_the_log_is_json_by_line_where_that_is_asked_for(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.write(mail(to="ap@desk.example", text=BODY))
    with watching(desk, STRAYDESK_LOG="json", STRAYDESK_LOG_LEVEL="debug") as process:
        begun, *events = [json.loads(line) for line in lines(process, 2)]
        while sum(each["event"] == "run_ended" for each in events) < 3:
            events += [json.loads(line) for line in lines(process, 1)]
    assert (begun["event"], begun["mailboxes"], begun["every_seconds"]) == ("watch_begun", 3, 60)
    of_ap = [each for each in events if each.get("mailbox") == AP]  # a lake is also maintained
    assert [each["event"] for each in of_ap] == ["run_begun", "run_ended"]
    (news,) = [each for each in of_ap if each["level"] == "info"]
    assert list(news) == ["time", "level", "event", "mailbox", "run", "listed", "stored", "duplicate", "too_large",
                          "failed", "seconds", "message"]  # fmt: skip
    assert (news["stored"], news["message"]) == (1, "Accounts Payable: 1 new")
    assert news["time"].endswith("Z")


def test_the_level_leaves_out_what_is_less(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    shutil.rmtree(desk.folder / "mail" / "people")
    desk.write(mail(to="ap@desk.example"))
    with watching(desk, STRAYDESK_LOG_LEVEL="warning") as process:
        (line,) = lines(process, 1)
    assert line[20:].startswith(" People: ")


def test_a_wrong_setting_is_told(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "core", "status"], cwd=ROOT, text=True, capture_output=True,
                          check=False, env=os.environ | {"STRAYDESK_LOG": "xml"})  # fmt: skip
    assert done.returncode == 1
    assert "STRAYDESK_LOG" in done.stderr
