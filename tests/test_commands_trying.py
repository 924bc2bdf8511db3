"""`backtest` and `replay` on the command line: real processes on a real store."""

import json
from pathlib import Path

import pytest
import tomli_w

from tests.desk import DeskUnderTest, mail, route
from tests.test_commands import ANA, IDA, Machine

DRAFT = [route("Invoices", "invoices@desk.example")]


@pytest.fixture
def trying(tmp_path: Path) -> Machine:
    """Two mails wait that the draft in draft.toml would take, and one that it would not."""
    desk = DeskUnderTest(tmp_path)
    subjects = ("Invoice 1", "Invoice 2", "Hello")
    to = ("invoices@desk.example", "invoices@desk.example", "x@desk.example")
    ids = desk.receive(*(mail(to=each, subject=subject) for each, subject in zip(to, subjects, strict=True)))
    # Mail of the tests is of another year than the clock of the command line.
    desk.change("UPDATE message SET received_at = now()::TIMESTAMP - INTERVAL 1 HOUR")
    (tmp_path / "draft.toml").write_text(tomli_w.dumps({"route": DRAFT}))
    return Machine(tmp_path, dict(zip(subjects, ids, strict=True)))


def test_a_draft_is_tried_put_in_force_replayed_and_taken_back(trying: Machine) -> None:
    draft = str(trying.folder / "draft.toml")
    tested = trying.answer("backtest", "--routes", draft, "--days", "7")
    assert (tested["messages"], tested["changed"], tested["undecided"], tested["at_least"]) == (3, 2, 2, None)
    assert {each["kind"]: each["messages"] for each in tested["summary"]}["newly_caught"] == 2
    assert {each["id"] for each in tested["changes"]} == {trying.ids["Invoice 1"], trying.ids["Invoice 2"]}
    assert trying.answer("replay", "--dry-run") == []
    assert trying.run("routes", "import", draft).returncode == 0
    assert {each["id"] for each in trying.answer("replay", "--dry-run")} == {each["id"] for each in tested["changes"]}
    assert len(trying.answer("queue")) == 3
    done = trying.answer("replay", "--mailbox", "Accounts Payable", *ANA)
    assert (len(done["ids"]), done["looked_at"], done["references"]) == (2, 3, ["T-000001", "T-000002"])
    assert [each["subject"] for each in trying.answer("queue")] == ["Hello"]
    assert trying.answer("replay")["ids"] == []
    assert trying.run("undo", done["batch"]).returncode == 0
    assert len(trying.answer("queue")) == 3


def test_for_people_it_says_what_would_change(trying: Machine) -> None:
    draft = str(trying.folder / "draft.toml")
    said = trying.run("backtest", "--routes", draft, *IDA).stdout
    assert "2 newly caught; 1 unchanged, in 90 days." in said and "Invoices" in said
    trying.run("routes", "import", draft)
    assert (
        "2 messages would leave the queue, 0 would wait for another cause." in trying.run("replay", "--dry-run").stdout
    )
    done = trying.run("replay")
    assert "Decided again: 2 messages left the queue" in done.stdout and "Undo: python -m core undo" in done.stdout


@pytest.mark.parametrize(
    "line", ["backtest --routes missing.toml", "replay --as ida@desk.example", "replay --mailbox Nowhere"]
)
def test_what_does_not_work_is_a_sentence(trying: Machine, line: str) -> None:
    done = trying.run(*line.split())
    assert (done.returncode, done.stdout) == (1, "") and done.stderr


@pytest.mark.parametrize("line", ["backtest", "backtest --routes x.toml --days 0"])
def test_wrong_usage_ends_with_2(trying: Machine, line: str) -> None:
    assert trying.run(*line.split()).returncode == 2


def test_json_of_an_empty_queue_is_json(tmp_path: Path) -> None:
    DeskUnderTest(tmp_path)
    assert json.loads(Machine(tmp_path, {}).run("replay", "--json").stdout)["ids"] == []
