"""The command line as people and scripts use it: real processes, a real store, real mail."""

import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from core.__main__ import app
from core.commands.printing import folded, harmless
from tests.desk import AP, PEOPLE, DeskUnderTest, mail, route
from tests.homes import copied, place_in, with_others
from tests.real_mail import real_messages, rewritten
from tests.shell import Done, run

ROOT = Path(__file__).parent.parent
MISSING = "0199c2f4-7d1e-7b3a-9c55-2f0a6d1e8b42"
ACME = ("--customer", "Acme", "--contract", "P2P", "--service", "Invoices")
ANA, HANA, IDA = ("--as", "ana@desk.example"), ("--as", "hana@desk.example"), ("--as", "ida@desk.example")
HOSTILE = "Pay =?utf-8?q?=1B]0;owned=07=E2=80=AE_gpj=2Eexe?= [red]now[/red]"
ROUTES = [
    route("Acme payments", "invoices@desk.example", sender=["*@bank.example"], subject_contains=["payment"]),
    route("Acme invoices", "invoices@desk.example", subject_contains=["factura"]),
]
FIELDS = ["id", "mailbox", "mailbox_address", "from_address", "from_name", "subject", "received_at", "cause", "status",
          "message_id", "attachments"]  # fmt: skip


_started: list["subprocess.Popen[str]"] = []


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """A test that fails leaves no collector behind that watches for ever."""
    yield
    while _started:
        _started.pop().kill()


@dataclass
class Machine:
    """A desk, and the command line on it; `ids` are messages by what they stand for."""

    folder: Path
    ids: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STRAYDESK_")}
        return kept | {"STRAYDESK_CONFIG": str(self.folder / "straydesk.toml"), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
                       **place_in(self.folder).environment, "COLUMNS": "100"}  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "core", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)  # fmt: skip
        _started.append(process)
        return process

    def run(self, *arguments: str) -> Done:
        return run(arguments, self.environment)

    def answer(self, *arguments: str) -> Any:
        """What a verb answers with --json, when it went well."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def bytes_of(self, *arguments: str) -> bytes:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout_bytes


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Twelve real mails wait in Accounts Payable, beside a few that tests look at; one waits in People."""
    desk = DeskUnderTest(tmp_path_factory.mktemp("desk"), ROUTES)
    real = [rewritten(raw, to="ap@desk.example", cc="") for raw in real_messages(12, "spamassassin/easy-ham-2")]
    missed = mail(to="invoices@desk.example", sender="sue@acme.example", subject="Invoice 7")
    hostile = mail(
        to="ap@desk.example", sender="eve@x.example", subject=HOSTILE, text="one\u202etwo [bold]three[/bold]\n"
    )
    attached = mail(to="ap@desk.example", subject="With a file", attached="../../etc/passwd")
    taken = mail(to="invoices@desk.example", subject="Factura 9")
    assert len(desk.receive(*real)) == 12
    ids = desk.receive(missed, hostile, attached, taken)
    foreign = desk.receive_one(mail(to="people@desk.example", subject="Sick note"), mailbox=PEOPLE)
    names = ("missed", "hostile", "attached", "taken")
    return Machine(desk.folder, dict(zip(names, ids, strict=True)) | {"foreign": foreign})


@pytest.fixture
def own(machine: Machine, tmp_path: Path) -> Machine:
    """The same desk in a folder of its own, to change."""
    return Machine(copied(machine.folder, tmp_path / "desk"), machine.ids)


# What every verb keeps to


def commands() -> Iterator[tuple[str, Any]]:
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        yield from ((f"{name} {each}", inner) for each, inner in below.items()) if below else [(name, command)]


@pytest.mark.parametrize(("name", "command"), [*commands()], ids=lambda each: each if isinstance(each, str) else "")
def test_the_help_of_every_verb_explains_it_with_an_example_that_fits_it(name: str, command: Any) -> None:
    shown = CliRunner().invoke(app, [*name.split(), "--help"]).output
    assert len(command.help) > 10
    example = re.search(r"Example:\n +python -m core (.+)", shown)
    assert example
    assert example[1].startswith(name)
    options = {word for word in shlex.split(example[1]) if word.startswith("--")}
    assert {option for option in options if not re.search(rf"^ +{option}\b", shown, re.MULTILINE)} == set()


def test_every_verb_but_serve_answers_with_json_and_acts_as_whom_it_is_told() -> None:
    options = {name: {flag for each in command.params for flag in each.opts} for name, command in commands()}
    assert {name for name, flags in options.items() if "--json" not in flags} == {"serve"}
    # Where a backup is restored there need be no desk that could know a person.
    assert {name for name, flags in options.items() if "--as" not in flags} == {
        "serve",
        "demo",
        "restore-backup",
        "migrate-store",
        "dictionary",
    }


@pytest.mark.parametrize(
    "line", ["queue", "show {missed}", "show {missed} --headers", "why {missed}", "candidates {missed}", "status",
             "work-items", "item T-000001", "routes export", "routes check", "routes list"],
)  # fmt: skip
def test_with_json_there_is_nothing_else_on_standard_output(machine: Machine, line: str) -> None:
    done = machine.run(*line.format(**machine.ids).split(), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert isinstance(json.loads(done.stdout), dict | list)


@pytest.mark.parametrize(
    "line", ["", "nonsense", "queue --nonsense", "queue --cause nonsense", "queue --limit 0", "show", "create X",
             "show X --raw --headers", "create X --kind letter --customer A --contract B --service C"],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_leaves_standard_output_alone(machine: Machine, line: str) -> None:
    done = machine.run(*line.split())
    assert done.returncode == 2
    assert "Usage: python -m core" in done.stderr + done.stdout
    assert line == "" or done.stdout == ""


@pytest.mark.parametrize(
    "line", ["show nonsense", f"why {MISSING}", "queue --mailbox Nowhere", "queue --address x@y.example",
             "item T-999999", "undo nonsense", f"undo {MISSING}", "routes import nowhere.toml",
             f"delete {MISSING} --reason x", "queue --as nobody@desk.example"],
)  # fmt: skip
def test_a_problem_ends_with_1_and_a_sentence_on_standard_error(machine: Machine, line: str) -> None:
    done = machine.run(*line.split(), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"[A-Z\d“n].+\.\n", done.stderr)
    assert "Traceback" not in done.stderr


def test_without_a_configuration_it_says_how_to_get_one(machine: Machine, tmp_path: Path) -> None:
    environment = {name: value for name, value in machine.environment.items() if not name.startswith("STRAYDESK_")}
    done = subprocess.run([sys.executable, "-m", "core", "queue"], cwd=tmp_path, capture_output=True, text=True,
                          env=environment | {"PYTHONPATH": str(ROOT)}, check=False)  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "python -m core demo" in done.stderr


def test_a_reader_that_has_seen_enough_gets_no_error(machine: Machine) -> None:
    line = f"{shlex.quote(sys.executable)} -m core queue --json | head -c 10"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, env=machine.environment, capture_output=True, check=False)
    assert (len(done.stdout), done.stderr) == (10, b"")


# Reading


def test_the_queue_as_json_is_a_list_of_objects_with_the_fields_of_the_contract(machine: Machine) -> None:
    rows = machine.answer("queue")
    assert [list(row) for row in rows] == [FIELDS] * 16
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", row["received_at"]) for row in rows)
    assert [row["received_at"] for row in rows] == sorted((row["received_at"] for row in rows), reverse=True)
    (row,) = (row for row in rows if row["id"] == machine.ids["attached"])
    assert (row["mailbox"], row["mailbox_address"], row["status"], row["cause"], row["attachments"]) == (
        AP, "ap@desk.example", "unprocessed", "no_route", 1)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "count"),
    [(["--mailbox", PEOPLE], 1), (["--mailbox", PEOPLE, "--mailbox", AP], 16),
     (["--address", "people@desk.example"], 1), (["--cause", "conditions_not_met"], 1),
     (["--search", "sick note"], 1), (["--sender", "x.example"], 1),
     (["--limit", "3"], 3), ([], 16)],
)  # fmt: skip
def test_the_queue_is_filtered_by_what_the_options_say(machine: Machine, options: list[str], count: int) -> None:
    assert len(machine.answer("queue", *options)) == count


def test_the_queue_table_prints_whole_ids_causes_in_words_and_how_much_waits(machine: Machine) -> None:
    printed = machine.run("queue", "--limit", "4", "--oldest-first").stdout
    rows = machine.answer("queue", "--limit", "4", "--oldest-first")
    assert all(row["id"] in printed for row in rows)
    assert "No route" in printed
    assert "4 of 16 waiting" in printed
    assert max(map(len, printed.splitlines())) <= 100


def test_why_as_json_is_the_contract_with_the_nearest_miss_first(machine: Machine) -> None:
    found = machine.answer("why", machine.ids["missed"])
    tried = [{"route": "Acme invoices", "version": 1, "failed": ["subject_contains"]},
             {"route": "Acme payments", "version": 1, "failed": ["sender", "subject_contains"]}]  # fmt: skip
    assert found == {"cause": "conditions_not_met", "recipients": [
        {"address": "invoices@desk.example", "kind": "to", "route": None, "routes_tried": tried},
        {"address": "ap@desk.example", "kind": "delivered", "route": None, "routes_tried": []}]}  # fmt: skip


def test_why_names_the_route_that_took_a_message(machine: Machine) -> None:
    found = machine.answer("why", machine.ids["taken"])
    assert (found["cause"], found["recipients"][0]["route"]) == (None, "Acme invoices")
    assert "→ Acme invoices" in machine.run("why", machine.ids["taken"]).stdout


def test_show_prints_fields_recipients_with_their_routes_attachments_and_text(machine: Machine) -> None:
    printed = machine.run("show", machine.ids["taken"]).stdout
    assert "invoices@desk.example → Acme invoices" in printed
    assert "\n    Good morning.\n" in printed
    printed = machine.run("show", machine.ids["attached"]).stdout
    assert re.search(r"Part 2 .*application/pdf, 8 B", printed)


def test_raw_is_every_byte_as_it_was_received(machine: Machine) -> None:
    for row in machine.answer("queue", "--limit", "5", "--oldest-first"):
        stored = machine.bytes_of("show", row["id"], "--raw")
        assert stored in {path.read_bytes() for path in machine.folder.rglob("*.eml")}


def test_an_attachment_goes_only_where_the_person_says_and_over_nothing(machine: Machine, tmp_path: Path) -> None:
    there = tmp_path / "invoice.pdf"
    line = ("show", machine.ids["attached"], "--attachment", "2", "--output", str(there))
    assert machine.answer(*line) == {"path": str(there), "size": 8}
    assert there.read_bytes() == b"%PDF-1.4"
    there.write_bytes(b"mine")
    refused = machine.run(*line)
    assert (refused.returncode, there.read_bytes()) == (1, b"mine")
    assert "--force" in refused.stderr
    assert machine.run(*line, "--force").returncode == 0
    assert there.read_bytes() == b"%PDF-1.4"
    assert [each.name for each in tmp_path.iterdir()] == ["invoice.pdf"]


def test_a_part_that_is_no_attachment_is_a_problem(machine: Machine) -> None:
    for part in ("9", "../../etc/passwd", ""):
        done = machine.run("show", machine.ids["attached"], "--attachment", part)
        assert (done.returncode, done.stdout) == (1, "")


# Hostile text


@pytest.mark.parametrize(
    "character", [*map(chr, range(32)), *map(chr, range(127, 160)), *"\u202e\u2066\u200f\u2028\u200b"]
)
def test_nothing_that_drives_a_terminal_or_turns_its_text_is_printed(character: str) -> None:
    assert character not in folded(f"a{character}b") or character == " "
    assert character not in harmless(f"a{character}b") or character == "\n"


def test_words_of_every_script_and_emoji_are_printed_as_they_are() -> None:
    text = "Ñandú 請求書 می‌خواهم 👩‍💻 café"
    assert harmless(text) == text


def on_a_terminal(machine: Machine, *arguments: str) -> tuple[int, str]:
    """Exit code and what a person's terminal receives, with standard output and error being one."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "core", *arguments], cwd=ROOT, env=machine.environment,
                               stdin=theirs, stdout=theirs, stderr=theirs)  # fmt: skip
    os.close(theirs)
    received = b""
    while True:
        try:
            portion = os.read(ours, 4096)
        except OSError:  # how a terminal ends on Linux
            break
        if not portion:
            break
        received += portion
    os.close(ours)
    return process.wait(60), received.decode()


@pytest.mark.parametrize(
    "line", ["queue --sender x.example", "show {hostile}", "show {hostile} --headers", "why {hostile}"]
)
def test_a_hostile_mail_does_nothing_to_a_terminal(machine: Machine, line: str) -> None:
    code, received = on_a_terminal(machine, *line.format(**machine.ids).split())
    assert code == 0
    assert "\x1b]" not in received
    assert not {"\u202e", "\x07"} & set(received)
    left = re.sub(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[2K", "", received)  # what rich itself sends
    assert "\x1b" not in left
    assert "[red]now[/red]" in left or "[bold]three[/bold]" in left or line.startswith("why")


def test_the_bytes_of_a_mail_are_refused_to_a_terminal(machine: Machine) -> None:
    code, received = on_a_terminal(machine, "show", machine.ids["hostile"], "--raw")
    assert code == 1
    assert "--output" in received
    assert "eve@x.example" not in received


# Who acts


@pytest.mark.parametrize(
    "line", ["show {id}", "show {id} --raw", "show {id} --headers", "show {id} --attachment 2", "why {id}",
             "create {id} --customer Acme --contract P2P --service Invoices", "delete {id} --reason Spam",
             "restore {id}", "attach {id} --to T-000001", "candidates {id}"],
)  # fmt: skip
def test_what_lies_in_another_team_answers_exactly_as_what_does_not_exist(machine: Machine, line: str) -> None:
    answers = []
    for id in (machine.ids["foreign"], MISSING):
        done = machine.run(*line.format(id=id).split(), *ANA)
        answers.append((done.returncode, done.stdout, done.stderr.replace(id, "ID")))
    assert answers[0] == answers[1]
    assert answers[0][:2] == (1, "")


def test_a_work_item_of_another_team_answers_as_one_that_does_not_exist(machine: Machine) -> None:
    assert machine.run("item", "T-000001", *ANA).returncode == 0
    for line in (["item", "{}"], ["close", "{}"], ["merge", "{}", "--into", "{}"]):
        told = [machine.run(*(word.format(reference) for word in line), *HANA).stderr.replace(reference, "T")
                for reference in ("T-000001", "T-999999")]  # fmt: skip
        assert told[0] == told[1] != ""
    assert machine.answer("work-items", *HANA) == []


def test_a_person_sees_the_mailboxes_of_their_team_only(machine: Machine) -> None:
    assert {row["mailbox"] for row in machine.answer("queue", *HANA)} == {PEOPLE}
    assert {row["mailbox"] for row in machine.answer("queue", *ANA)} == {AP}
    assert [row["mailbox"] for row in machine.answer("status", *HANA)] == [PEOPLE]
    told = {machine.run(verb, "--mailbox", name, *HANA).stderr.replace(name, "M")
            for name in (AP, "Nowhere") for verb in ("queue", "collect")}  # fmt: skip
    assert len(told) == 1
    assert "ap@desk.example" not in told.pop()


@pytest.mark.parametrize("who", ["", " ", "operator", "nobody@desk.example"])
def test_nobody_becomes_the_operator_by_a_name_that_is_not_listed(machine: Machine, who: str) -> None:
    done = machine.run("queue", "--as", who)
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not work at this desk" in done.stderr


def test_an_analyst_sees_fields_but_no_text_and_does_not_act(machine: Machine) -> None:
    found = machine.answer("show", machine.ids["taken"], *IDA)
    assert (found["subject"], found["text"], found["preview"]) == ("Factura 9", None, None)
    assert "Good morning" not in machine.run("show", machine.ids["taken"], *IDA).stdout
    for line in (["--raw"], ["--headers"], ["--attachment", "2"]):
        assert machine.run("show", machine.ids["attached"], *line, *IDA).returncode == 1
    assert machine.run("delete", machine.ids["attached"], "--reason", "x", *IDA).returncode == 1
    assert machine.run("collect", *IDA).returncode == 1


# Acting


def test_a_message_is_created_undone_deleted_and_restored(own: Machine) -> None:
    id = own.ids["missed"]
    created = own.answer("create", id, *ACME, "--kind", "case", *ANA)
    assert (created["action"], created["ids"], created["overtaken"]) == ("create", [id], [])
    (reference,) = created["references"]
    assert own.answer("item", reference)["messages"][0]["id"] == id
    assert own.answer("show", id)["history"][-1]["actor"] == "ana@desk.example"
    assert own.answer("undo", created["batch"], *ANA)["ids"] == [id]
    assert own.answer("delete", id, "--reason", "Spam")["ids"] == [id]
    assert own.answer("show", id)["history"][-1]["actor"] == "operator"
    assert id not in {row["id"] for row in own.answer("queue")}
    assert own.answer("restore", id)["ids"] == [id]
    assert id in {row["id"] for row in own.answer("queue")}


def test_several_messages_together_become_one_item_that_others_are_attached_to(own: Machine) -> None:
    first, second, third, *_rest = (row["id"] for row in own.answer("queue", "--mailbox", AP, "--oldest-first"))
    (reference,) = own.answer("create", first, second, *ACME, "--together")["references"]
    printed = own.run("attach", third, "--to", reference.lower()).stdout
    assert f"Attached 1 message to {reference}." in printed
    assert {each["id"] for each in own.answer("item", reference)["messages"]} == {first, second, third}
    (batch,) = re.findall(r"python -m core undo (\S+)", printed)
    assert own.answer("undo", batch)["ids"] == [third]


def test_the_later_one_is_told_who_was_faster_and_the_exit_code_says_so(own: Machine) -> None:
    id = own.ids["missed"]
    own.answer("delete", id, "--reason", "Spam", *ANA)
    late = own.run("create", id, *ACME, "--json")
    assert late.returncode == 1
    (overtaken,) = json.loads(late.stdout)["overtaken"]
    assert (overtaken["actor"], overtaken["action"]) == ("ana@desk.example", "delete")
    assert re.search(r"ana@desk\.example deleted it at 20\d\d-", late.stderr)


def test_work_items_are_merged_closed_and_opened_again(own: Machine) -> None:
    ids = [row["id"] for row in own.answer("queue", "--mailbox", AP, "--limit", "2")]
    one, two = own.answer("create", *ids, *ACME)["references"]
    merged = own.answer("merge", two, "--into", one)
    assert list(merged) == ["action", "batch", "references", "into"]
    assert own.answer("item", two)["merged_into"] == one
    own.answer("undo", merged["batch"])
    assert own.answer("item", two)["status"] == "open"
    assert f"Closed {one}." in own.run("close", one, "--reason", "Paid").stdout
    assert [each["reference"] for each in own.answer("work-items", "--status", "closed")] == [one]
    own.answer("reopen", one)
    assert own.answer("work-items", "--status", "closed") == []


# Routes


def test_exported_routes_are_imported_without_a_change(own: Machine) -> None:
    file = own.folder / "exported.toml"
    file.write_text(own.run("routes", "export").stdout)
    assert own.answer("routes", "import", str(file)) == {"changed": 0, "removed": 0, "unchanged": 2}
    file.write_text(file.read_text().replace("factura", "Rechnung"))
    assert own.run("routes", "import", str(file), *ANA).returncode == 1
    assert own.answer("routes", "import", str(file))["changed"] == 1
    assert own.answer("routes", "export")[1]["subject_contains"] == ["rechnung"]


def test_routes_that_can_not_work_are_named_and_not_imported(own: Machine) -> None:
    file = own.folder / "bad.toml"
    file.write_text(own.run("routes", "export").stdout.replace("Acme payments", "Acme invoices"))
    checked = own.run("routes", "check", str(file), "--json")
    assert (checked.returncode, len(json.loads(checked.stdout)["problems"])) == (1, 1)
    refused = own.run("routes", "import", str(file))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Acme invoices" in refused.stderr
    assert own.run("routes", "check").returncode == 0


def test_routes_are_listed_with_what_they_did_and_shown_as_text(own: Machine) -> None:
    listed = own.answer("routes", "list")
    assert [each["place"] for each in listed] == [1, 2]
    (acme,) = own.answer("routes", "list", "--search", "FACTURA")
    assert (acme["name"], acme["hits_90"], acme["marginal_90"], acme["active"]) == ("Acme invoices", 0, 0, True)
    assert "Acme invoices" in own.run("routes", "list").stdout
    shown = own.run("routes", "show", "Acme invoices").stdout
    assert "version 1" in shown and "Mail to invoices@desk.example whose subject has “factura”" in shown
    assert tomllib.loads(shown[shown.index("[[route]]") :])["route"][0]["name"] == "Acme invoices"
    missing = own.run("routes", "show", "Nothing")
    assert (missing.returncode, missing.stdout) == (1, "") and "There is no route “Nothing”" in missing.stderr


def test_a_route_is_switched_off_and_rolled_back(own: Machine) -> None:
    assert own.answer("routes", "switch", "Acme invoices", "--off")["version"] == 2
    assert "off" in own.run("routes", "show", "Acme invoices").stdout
    assert own.run("routes", "switch", "Acme invoices").returncode == 2
    rolled_back = own.run("routes", "rollback", "Acme invoices", "--to", "1").stdout
    assert "“Acme invoices” is saved as version 3." in rolled_back
    assert [each["changes"] for each in own.answer("routes", "history", "Acme invoices")] == [
        ["Switched on.", "As it was in version 1."], ["Switched off."], ["Created."]]  # fmt: skip
    told = own.run("routes", "history", "Acme invoices").stdout
    assert "operator" in told and "Switched off." in told
    assert own.run("routes", "rollback", "Acme invoices", "--to", "9").returncode == 1


# Collecting


def test_collecting_twice_changes_nothing(own: Machine) -> None:
    write(own, mail(to="ap@desk.example", subject="Fresh"))
    before = own.answer("queue")
    first = {run["mailbox"]: run for run in own.answer("collect")}
    assert (first[AP]["listed"], first[AP]["stored"], first[AP]["problem"]) == (1, 1, None)
    after = own.answer("queue")
    assert len(after) == len(before) + 1
    assert {run["listed"] for run in own.answer("collect")} == {0}
    assert own.answer("queue") == after
    assert "Accounts Payable: nothing new\n" in own.run("collect", "--mailbox", AP).stdout


def test_a_sick_mailbox_is_told_and_the_others_are_collected(own: Machine) -> None:
    shutil.rmtree(own.folder / "mail" / "people")
    write(own, mail(to="ap@desk.example", subject="Fresh"))
    done = own.run("collect")
    assert done.returncode == 1
    assert "Accounts Payable: 1 new\n" in done.stdout
    assert done.stderr.startswith("People: ")
    assert own.run("status").returncode == 0
    states = {row["mailbox"]: row for row in own.answer("status")}
    assert own.run("status", "--check").returncode == 1
    assert states[PEOPLE]["problem"]
    assert states[PEOPLE]["problem_since"].endswith("Z")
    assert states[AP]["problem"] is None
    assert own.run("status", "--check", *ANA).returncode == 0


def test_the_ledger_of_the_day_balances_with_large_double_and_unreadable_mail(own: Machine) -> None:
    twice = mail(to="ap@desk.example", subject="Twice")
    write(
        own,
        twice,
        twice,
        mail(to="ap@desk.example", text="x" * 30_000),
        mail(to="invoices@desk.example", subject="factura"),
    )
    unreadable = own.folder / "mail" / "ap" / "unreadable.eml"
    unreadable.symlink_to(own.folder / "nowhere")
    own.run("collect", "--mailbox", AP)
    own.run("collect", "--mailbox", AP)
    today = next(row["today"] for row in own.answer("status") if row["mailbox"] == AP)
    parts = ("stored", "duplicate", "too_large", "failed", "left_over", "unaccounted")
    assert today["listed"] == sum(today[part] for part in parts)
    assert today["stored"] == sum(
        today[part] for part in ("processed", "unprocessed", "deleted", "removed", "undecided")
    )
    assert [today[part] for part in parts[1:3]] == [1, 1]
    assert today["failed"] <= 1, "a mail that two runs could not read counts once"
    assert (today["left_over"], today["undecided"]) == (0, 0)


def write(machine: Machine, *mails: bytes) -> None:
    for number, raw in enumerate(mails):
        (machine.folder / "mail" / "ap" / f"later-{time.monotonic_ns()}-{number}.eml").write_bytes(raw)


def watch(machine: Machine) -> subprocess.Popen[str]:
    """The collector watching, every half second; it has begun."""
    with (machine.folder / "straydesk.toml").open("a") as configuration:
        configuration.write("[collect]\nevery_seconds = 0.5\n")
    watching = machine.start("collect", "--watch")
    assert watching.stderr
    assert "Ctrl-C" in watching.stderr.readline()
    return watching


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_watching_collects_what_comes_tells_it_in_a_line_and_ends_by_a_signal(
    own: Machine, number: signal.Signals
) -> None:
    shutil.rmtree(own.folder / "mail" / "people")
    watching = watch(own)
    assert watching.stderr
    assert "People: " in watching.stderr.readline()  # a sick mailbox from the beginning, and all the time
    write(own, mail(to="ap@desk.example", subject="Fresh"))
    line = ""
    while "1 new" not in line:
        line = watching.stderr.readline()
        assert line, "it ended"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ Accounts Payable: 1 new\n", line)
    watching.send_signal(number)
    printed, told = watching.communicate(timeout=20)
    assert (watching.returncode, printed) == (0, "")
    assert "Traceback" not in told
    assert len(own.answer("queue", "--search", "fresh")) == 1


@with_others
def test_ended_in_the_middle_of_a_backlog_it_goes_on_from_there(own: Machine) -> None:
    write(own, *(mail(to="ap@desk.example", subject=f"Backlog {number}") for number in range(1500)))
    watching = watch(own)
    while not own.answer("status", "--as", "ada@desk.example")[0]["today"]["stored"] > 16:
        assert watching.poll() is None
    watching.terminate()
    _printed, told = watching.communicate(timeout=20)
    assert watching.returncode == 0, told
    own.answer("collect")
    assert len(own.answer("queue", "--search", "backlog")) == 1500
    today = own.answer("status")[0]["today"]
    assert (today["listed"], today["left_over"], today["undecided"]) == (today["stored"], 0, 0)


def test_a_demo_that_is_ended_halfway_leaves_no_store_that_passes_for_one(tmp_path: Path, machine: Machine) -> None:
    environment = machine.environment | {"PYTHONPATH": str(ROOT), "STRAYDESK_STORE": str(tmp_path / "demo.duckdb")}
    making = subprocess.Popen([sys.executable, "-m", "core", "demo"], cwd=tmp_path, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    while not (tmp_path / "demo.duckdb.making").exists():
        assert making.poll() is None
        time.sleep(0.1)
    making.terminate()
    printed, told = making.communicate(timeout=60)
    assert (making.returncode, printed) == (1, ""), told
    assert not list(tmp_path.glob("demo.duckdb*"))
