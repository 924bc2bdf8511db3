"""`routes check` and `why` as they are run: what they print, and how they end."""

import json
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from typer.testing import CliRunner, Result

from core.__main__ import app
from core.conflicts import acknowledge, conflicts
from tests.desk import AP, PAYMENTS, DeskUnderTest, mail, route

ACME = route("Acme", "ap@desk.example", sender=["*@acme.example"])
CREDIT = route("Credit", "ap@desk.example", PAYMENTS, sender=["*@acme.example"], subject_contains=["credit"])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskUnderTest:
    """A desk whose routes are in a sound order."""
    monkeypatch.setenv("STRAYDESK_CONFIG", str(tmp_path / "straydesk.toml"))
    made = DeskUnderTest(tmp_path, [CREDIT, ACME])
    made.name_store(monkeypatch)
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def checked(*arguments: str) -> tuple[int, Any]:
    done = run("routes", "check", *arguments, "--json")
    return done.exit_code, json.loads(done.stdout)


def written(desk: DeskUnderTest, *routes: dict[str, Any]) -> str:
    (desk.folder / "asked.toml").write_text(tomli_w.dumps({"route": list(routes)}))
    return str(desk.folder / "asked.toml")


def test_a_shadowed_route_fails_the_check_and_says_what_to_do(desk: DeskUnderTest) -> None:
    done = run("routes", "check", written(desk, ACME, CREDIT))
    assert done.exit_code == 1
    assert done.stdout == (
        "Problems (1)\n  “Credit” never fires: “Acme” stands before it and takes all mail it could catch. "
        "Move “Credit” before “Acme”.\n"
    )
    code, answer = checked(written(desk, ACME, CREDIT))
    (finding,) = answer["findings"]
    assert (code, answer["problems"]) == (1, [])
    assert (finding["kind"], finding["route"], finding["others"]) == ("shadowed", "Credit", ["Acme"])
    assert finding["fix"] == {"action": "move", "route": "Credit", "before": "Acme"}


def test_warnings_fail_only_a_strict_check_and_not_once_they_are_acknowledged(desk: DeskUnderTest) -> None:
    assert run("routes", "check").exit_code == 0
    assert run("routes", "check", "--strict").exit_code == 1
    leo = desk.acting("leo")
    (finding,) = conflicts(leo)
    acknowledge(leo, finding)
    code, answer = checked("--strict")
    assert (code, answer["findings"][0]["acknowledged_by"]) == (0, "leo@desk.example")
    assert checked(written(desk, CREDIT, ACME), "--strict")[0] == 0  # the same routes, in a file


def test_a_file_that_can_not_work_is_not_searched_for_conflicts(desk: DeskUnderTest) -> None:
    code, answer = checked(written(desk, ACME, CREDIT | {"subject_regex": "("}))
    assert (code, len(answer["problems"]), answer["findings"]) == (1, 1, [])
    assert checked(str(desk.folder / "missing.toml"))[0] == 1


def test_what_is_wrong_with_a_route_alone_is_said_once(desk: DeskUnderTest) -> None:
    gone = route("Gone", "x@desk.example", PAYMENTS.model_copy(update={"customer": "Gone"}))
    _code, answer = checked(written(desk, gone))
    assert (len(answer["problems"]), answer["findings"]) == (1, [])


def test_a_mail_in_a_file_is_explained_with_what_would_catch_it(desk: DeskUnderTest) -> None:
    file = desk.folder / "asked.eml"
    file.write_bytes(mail(to="ap@desk.example", sender="a@eu.acme.example"))
    shown = run("why", "--eml", str(file), "--mailbox", AP, "--fixes").stdout
    assert "Acme (v1): failed: sender" in shown
    assert "ap@desk.example ← Acme: Add all senders at eu.acme.example. It would have caught no other mail" in shown
    answer = json.loads(run("why", "--eml", str(file), "--mailbox", AP, "--fixes", "--json").stdout)
    assert answer["cause"] == "conditions_not_met"
    assert answer["fixes"][0]["edit"]["sender"] == ["*@acme.example", "*@eu.acme.example"]
    assert desk.value("SELECT count(*) FROM message") == 0
    id = desk.receive_one(file.read_bytes())
    stored = json.loads(run("why", id, "--fixes", "--json").stdout)
    assert stored == answer
    assert "fixes" not in json.loads(run("why", id, "--json").stdout)


@pytest.mark.parametrize("line", ["why", "why --eml x.eml", "why X --mailbox AP", "why X --eml x.eml --mailbox AP"])
def test_why_wants_a_message_or_a_file_and_a_mailbox(desk: DeskUnderTest, line: str) -> None:
    assert run(*line.split()).exit_code == 2
