"""What Prometheus is told, read with its own parser: of mailboxes in scope only, and while it collects."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.metrics import exposition, samples, serve_metrics
from tests.desk import AP, AR, PEOPLE, SENT, DeskUnderTest, mail
from tests.homes import of_the_file, with_others
from tests.servers.processes import free_port

pytestmark = with_others

ROOT = Path(__file__).parent.parent
Told = dict[tuple[str, ...], float]


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    """In Accounts Payable a new, a double and a too large message; People can't be read; all at one moment."""
    made = DeskUnderTest(tmp_path)
    one = mail(to="ap@desk.example", subject="SUBJECTSECRET")
    made.write(one, one, mail(to="ap@desk.example", text="x" * 30_000))
    shutil.rmtree(tmp_path / "mail" / "people")
    made.collect()
    return made


def told(text: str) -> Told:
    """Every sample by its name and the values of its labels."""
    return {(each.name, *each.labels.values()): each.value
            for family in text_string_to_metric_families(text) for each in family.samples}  # fmt: skip


def fetched(port: int) -> Told:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return told(answer.read().decode())


def test_every_mailbox_is_told_in_the_format_of_prometheus(desk: DeskUnderTest) -> None:
    desk.clock += timedelta(minutes=2)
    found = told(exposition(desk.acting("ada")))
    outcomes = {outcome: found["straydesk_messages_total", AP, outcome] for outcome in
                ("stored", "duplicate", "too_large")}  # fmt: skip
    assert outcomes == {"stored": 1, "duplicate": 1, "too_large": 1}
    assert found["straydesk_up",] == 1
    assert [found["straydesk_mailbox_up", name] for name in (AP, AR, PEOPLE)] == [1, 1, 0]
    assert [found["straydesk_messages_waiting", name] for name in (AP, AR)] == [2, 0]
    assert found["straydesk_oldest_waiting_age_seconds", AP] == (desk.clock - SENT).total_seconds()
    assert found["straydesk_last_success_age_seconds", AR] == 120
    assert found["straydesk_last_run_seconds", AP] == 0  # the clock of these tests stands
    assert found["straydesk_messages_failed", AP] == 0


def test_what_never_was_has_no_sample(desk: DeskUnderTest) -> None:
    found = told(exposition(desk.acting("ada")))
    assert ("straydesk_last_success_age_seconds", PEOPLE) not in found
    assert ("straydesk_oldest_waiting_age_seconds", AR) not in found
    assert ("straydesk_last_run_seconds", AR) not in found


def test_mail_that_could_not_be_taken_in_is_counted_until_it_is(desk: DeskUnderTest) -> None:
    desk.change("INSERT INTO collection_run VALUES (uuidv7(), $mailbox, $now, $now + INTERVAL 3 SECOND, 5, 2, 0, 0, 1, "
                "NULL)", mailbox=AP, now=desk.clock)  # fmt: skip
    desk.change("INSERT INTO residue VALUES ($mailbox, 'INBOX', 1, '7', $now, $now, 1, uuidv7())",
                mailbox=AP, now=desk.clock)  # fmt: skip
    found = told(exposition(desk.acting("ada")))
    assert (found["straydesk_messages_failed", AP], found["straydesk_last_run_seconds", AP]) == (1, 3)
    assert found["straydesk_backlog", AP] == 1
    assert [found["straydesk_residues", name] for name in (AP, AR)] == [1, 0]


def test_how_far_collecting_is_behind_and_when_a_certificate_runs_out(desk: DeskUnderTest) -> None:
    assert ("straydesk_certificate_expires_seconds", AP) not in told(exposition(desk.acting("ada")))
    desk.change("UPDATE mailbox_state SET certificate_expires_at = $at", at=desk.clock + timedelta(days=2))
    desk.clock += timedelta(days=1)
    id = desk.receive_one(mail(to="ap@desk.example"))
    desk.change("UPDATE message_raw SET received_at = $at WHERE message_id = $id::UUID",
                at=desk.clock - timedelta(seconds=42), id=id)  # fmt: skip
    found = told(exposition(desk.acting("ada")))
    assert found["straydesk_certificate_expires_seconds", AR] == 86400
    assert found["straydesk_lag_seconds", AP] == 42


def test_only_mailboxes_in_scope_are_told_and_nothing_of_their_mail(desk: DeskUnderTest) -> None:
    text = exposition(desk.acting("hana"))
    assert {labels[1] for labels in told(text) if len(labels) > 1} == {PEOPLE}
    everything = exposition(desk.acting("ada"))
    assert "SUBJECTSECRET" not in everything and "@" not in everything


def test_the_verb_prints_what_the_functions_answer(desk: DeskUnderTest) -> None:
    given = {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), **desk.environment}
    printed = subprocess.run([sys.executable, "-m", "core", "metrics"], cwd=ROOT, env=os.environ | given, text=True,
                             capture_output=True, check=True).stdout  # fmt: skip
    found = told(printed)
    assert found["straydesk_messages_total", AP, "stored"] == 1
    listed = {(each["name"], *each["labels"].values()) for each in samples(desk.acting("ada"))}
    assert listed == found.keys()


# Served


@of_the_file
def test_a_store_that_cannot_be_read_is_down_and_up_again_when_it_can(desk: DeskUnderTest) -> None:
    port = free_port()
    end = serve_metrics(desk.acting("ada"), "127.0.0.1", port)
    try:
        assert fetched(port)["straydesk_up",] == 1
        aside = desk.store_path.rename(desk.folder / "aside.duckdb")
        desk.store_path.write_bytes(b"no store")
        assert fetched(port) == {("straydesk_up",): 0}
        aside.rename(desk.store_path)
        assert fetched(port)["straydesk_messages_total", AP, "stored"] == 1
    finally:
        end()
    with pytest.raises(OSError):
        fetched(port)


def test_a_watching_collector_answers_prometheus_with_what_it_has_just_collected(desk: DeskUnderTest) -> None:
    port = free_port()
    text = (desk.folder / "straydesk.toml").read_text()
    (desk.folder / "straydesk.toml").write_text(text + "\n[collect]\nevery_seconds = 0.3\n")
    command = [sys.executable, "-m", "core", "collect", "--watch", "--metrics-port", str(port)]
    given = {"STRAYDESK_CONFIG": str(desk.folder / "straydesk.toml"), **desk.environment}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | given, stderr=subprocess.PIPE) as process:
        try:
            until(lambda: fetched(port)["straydesk_messages_total", AR, "stored"] == 0)
            desk.write(mail(to="ar@desk.example"), mailbox=AR)
            until(lambda: fetched(port)["straydesk_messages_total", AR, "stored"] == 1)
            second = subprocess.run(
                command, cwd=ROOT, env=os.environ | given, text=True, capture_output=True, check=False
            )
            assert second.returncode == 1
            assert "is taken" in second.stderr
        finally:
            process.terminate()
        assert process.wait(15) == 0


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            if holds():
                return
        except OSError:  # it does not answer yet
            pass
        assert time.monotonic() < end
        time.sleep(0.1)
