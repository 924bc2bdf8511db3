"""`recommend` and its answers on the command line: real processes on a store where people decided by hand for weeks."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from core import clock
from tests.desk import AP, INVOICES
from tests.homes import copied
from tests.test_commands import ANA, IDA, Machine
from tests.test_page_recommendations import decided_desk

HANA, LEO, NEMO = (["--as", f"{name}@desk.example"] for name in ("hana", "leo", "nemo"))
FIELDS = {
    "key", "deed", "standing", "sentence", "conditions", "mailbox", "support", "agreeing", "against", "at_least",
    "weeks", "waiting", "minutes_per_week", "target", "route", "block", "refused",
}  # fmt: skip
FINANCE = {"acme.example", "shop.example", "coin.example"}
EVERYTHING = {*FINANCE, "roll.example"}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Eight weeks of invoices of Acme (two wait), a newsletter that is deleted, statements that one decision differs
    about, and payslips in the mailbox of Staff."""
    return Machine(decided_desk(tmp_path_factory.mktemp("decided"), clock.now()).folder, {})


@pytest.fixture
def own(machine: Machine, tmp_path: Path) -> Machine:
    """The same desk in a folder of its own, to change."""
    return Machine(copied(machine.folder, tmp_path / "desk"), {})


def recommended(machine: Machine, *options: str) -> dict[str, Any]:
    """What is recommended, by the domain that it is about."""
    rows = machine.answer("recommend", *options)
    return {domain: row for row in rows for domain in EVERYTHING if domain in row["conditions"]}


@pytest.fixture(scope="module")
def offered(machine: Machine) -> dict[str, Any]:
    """What is recommended to the operator; the keys are those of every copy of the desk."""
    return recommended(machine)


def routes(machine: Machine) -> list[tuple[str, bool, bool]]:
    return [(row["name"], row["active"], row["shadow"]) for row in machine.answer("routes", "list")]


def test_as_json_it_is_a_list_of_objects_with_the_fields_of_the_contract(machine: Machine) -> None:
    rows = machine.answer("recommend")
    assert [set(row) for row in rows] == [FIELDS] * 4
    saved = [row["minutes_per_week"] for row in rows]
    assert saved == sorted(saved, reverse=True) and min(saved) > 0
    acme = recommended(machine)["acme.example"]
    assert re.fullmatch(r"[0-9a-f]{12}", acme["key"])
    assert (acme["deed"], acme["standing"], acme["target"]) == ("route", "route", INVOICES.model_dump())
    assert [acme[name] for name in ("support", "agreeing", "against", "weeks", "waiting")] == [16, 16, 0, 8, 2]
    assert 0.8 < acme["at_least"] < 0.9
    assert acme["sentence"].endswith("16 of 16 by hand in 8 weeks, at least 83% sure")
    assert acme["route"]["sender"] == ["*@acme.example"] and "active" not in acme["route"]
    assert (acme["block"], acme["refused"]) == (None, None)


def test_a_block_has_whom_to_block_instead_of_a_route(machine: Machine, offered: dict[str, Any]) -> None:
    shop = offered["shop.example"]
    assert (shop["deed"], shop["route"], shop["target"]) == ("block", None, None)
    assert shop["block"] == {"kind": "address", "value": "news@shop.example", "mailbox": AP}


def test_what_is_not_sure_enough_is_offered_in_shadow_and_the_bound_can_be_chosen(
    machine: Machine, offered: dict[str, Any]
) -> None:
    standing = {domain: row["standing"] for domain, row in offered.items()}
    assert standing == dict.fromkeys(EVERYTHING, "route") | {"coin.example": "shadow"}
    assert offered["coin.example"]["route"]["shadow"] is True
    assert recommended(machine, "--bound", "0.9")["acme.example"]["standing"] == "shadow"
    assert recommended(machine, "--bound", "0.5")["coin.example"]["standing"] == "route"


def test_for_people_it_is_a_whole_line_each_and_what_they_come_to(machine: Machine, offered: dict[str, Any]) -> None:
    done = machine.run("recommend")
    title, *lines, finding = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert re.split(r"  +", title) == ["KEY", "Minutes a week", "Waiting", "Offered as", "Recommendation"]
    assert finding == "These 3 routes would have handled 79% of the unrouted mail of the last 90 days."
    expected = [
        [row["key"], f"{row['minutes_per_week']:.0f}", str(row["waiting"]),
         "block" if row["block"] else row["standing"], row["sentence"]] for row in offered.values()
    ]  # fmt: skip
    shown = [re.split(r"  +", line, maxsplit=4) for line in lines]
    assert sorted(shown) == sorted(expected)  # two save the same time


@pytest.mark.parametrize(
    ("options", "about"),
    [(ANA, FINANCE), (IDA, FINANCE), (HANA, {"roll.example"}), (NEMO, set()), (["--mailbox", AP], FINANCE),
     (["--days", "10"], set())],
    ids=["ana", "ida", "hana", "nemo", "mailbox", "days"],
)  # fmt: skip
def test_it_says_nothing_beyond_the_mailboxes_and_the_days(
    machine: Machine, options: list[str], about: set[str]
) -> None:
    assert set(recommended(machine, *options)) == about


def test_who_has_no_mailbox_is_told_that_nothing_waits(machine: Machine) -> None:
    assert machine.run("recommend", *NEMO).stdout == "No mail of the last 90 days waits for a route.\n"


def test_as_a_file_they_stand_behind_the_routes_of_today(own: Machine, offered: dict[str, Any]) -> None:
    key = offered["roll.example"]["key"]
    own.answer("recommend", "accept", key, "--live", "--name", "Payslips")
    done = own.run("recommend", "--toml")
    written = tomllib.loads(done.stdout)["route"]
    assert [(each["name"], each.get("shadow", False)) for each in written][::2] == [
        ("Payslips", False), (offered["coin.example"]["route"]["name"], True)]  # fmt: skip
    assert "shadow" not in written[1]
    assert re.search(r"^# Mail from \*@acme\.example.* at least 83% sure$", done.stdout, re.MULTILINE)
    assert "1 block is recommended, too; it is no route" in done.stderr
    draft = own.folder / "draft.toml"
    draft.write_text(done.stdout)
    tested = own.answer("backtest", "--routes", str(draft))
    assert [(row["route"], row["agree"], row["disagree"], row["undecided"]) for row in tested["by_route"]] == [
        (written[1]["name"], 16, 0, 2)]  # fmt: skip
    assert own.answer("routes", "import", str(draft)) == {"changed": 2, "removed": 0, "unchanged": 1}


@pytest.mark.parametrize(
    ("how", "active", "shadow"),
    [([], False, False), (["--as-draft"], False, False), (["--shadow"], True, True), (["--live"], True, False)],
)
def test_an_accepted_route_stands_as_it_was_asked_for(
    own: Machine, offered: dict[str, Any], how: list[str], active: bool, shadow: bool
) -> None:
    acme = offered["acme.example"]
    done = own.run("recommend", "accept", acme["key"], *how)
    name = acme["route"]["name"]
    assert done.stdout.startswith(f"“{name}” is saved as version 1.\n")
    assert ("python -m core replay" in done.stdout) == (how == ["--live"])
    assert routes(own) == [(name, active, shadow)]
    assert ("acme.example" in recommended(own)) is False


def test_what_waits_leaves_the_queue_once_a_route_is_live_and_the_queue_decided_again(
    own: Machine, offered: dict[str, Any]
) -> None:
    own.answer("recommend", "accept", offered["acme.example"]["key"], "--live")
    assert len(own.answer("queue")) == 3
    assert len(own.answer("replay")["ids"]) == 2


def test_a_route_in_force_is_for_leads_only(own: Machine) -> None:
    key = recommended(own, *ANA)["acme.example"]["key"]
    done = own.run("recommend", "accept", key, "--live", *ANA)
    assert (done.returncode, done.stdout, routes(own)) == (1, "", [])
    assert re.match(r"[A-Z].+\.\n", done.stderr)
    assert own.answer("recommend", "accept", key, "--shadow", *ANA)["route"]["version"] == 1


def test_a_block_is_made_and_undone(own: Machine, offered: dict[str, Any]) -> None:
    key = offered["shop.example"]["key"]
    done = own.answer("recommend", "accept", key)
    assert (done["deed"], done["route"], done["outcome"]["blocked"]) == ("block", None, "news@shop.example")
    assert "shop.example" not in recommended(own)
    assert own.run("undo", done["outcome"]["batch"]).returncode == 0


def test_what_was_refused_says_nothing_until_the_answer_is_withdrawn(own: Machine) -> None:
    acme = recommended(own, *ANA)["acme.example"]
    said = own.run("recommend", "refuse", acme["key"], "--reason", " Only  until May ", *ANA)
    assert said.stdout == f"Refused: {acme['sentence']}\n"
    assert "acme.example" not in recommended(own, *LEO)
    assert own.answer("recommend", "answers", *HANA) == []
    (row,) = own.answer("recommend", "answers", *LEO)
    assert (row["answer"], row["what"], row["by"], row["until"]) == (
        "refused", acme["sentence"], "ana@desk.example", None)  # fmt: skip
    listed = own.run("recommend", "answers", *LEO).stdout
    assert listed.startswith(row["id"]) and "refused by" in listed and "Only until May" in listed
    assert own.run("recommend", "withdraw", row["id"], *LEO).stdout == "Taken back: it may be recommended again.\n"
    assert "acme.example" in recommended(own, *LEO)
    assert own.run("recommend", "answers").stdout == "Nothing was refused or put aside.\n"


@pytest.mark.parametrize(
    "line",
    ["accept 000000000000 --live", "accept nonsense", "refuse 000000000000 --reason x", "withdraw nonsense",
     "accept {key} --as hana@desk.example", "accept {key} --as ida@desk.example", "refuse {key} --reason=",
     "accept {key} --mailbox Nowhere", "accept {key} --days 1"],
)  # fmt: skip
def test_a_problem_is_a_sentence_and_changes_nothing(machine: Machine, offered: dict[str, Any], line: str) -> None:
    key = offered["acme.example"]["key"]
    done = machine.run("recommend", *line.format(key=key).split(" "), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"[A-Z“].+\.\n", done.stderr) and "Traceback" not in done.stderr
    assert routes(machine) == []


def test_a_wrong_key_is_told_with_what_lists_them(machine: Machine) -> None:
    assert machine.run("recommend", "accept", "000000000000").stderr == (
        "There is no recommendation “000000000000”.\n"
        "`recommend` lists them; give it and this verb the same --bound, --days and --mailbox.\n"
    )


@pytest.mark.parametrize(
    "line", ["--bound 2", "--days 0", "--toml --json", "accept", "refuse X", "accept X --shadow --live",
             "--days 30 accept X", "--as leo@desk.example answers"],
)  # fmt: skip
def test_wrong_usage_ends_with_2(machine: Machine, line: str) -> None:
    done = machine.run("recommend", *line.split())
    assert (done.returncode, done.stdout) == (2, "")
