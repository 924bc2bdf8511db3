"""`blocks`, `block`, `allow` and `lift` as people and scripts use them."""

from pathlib import Path

from tests.desk import AP, DeskUnderTest, mail
from tests.test_commands import ANA, Machine


def test_a_sender_is_blocked_let_through_and_lifted_from_the_command_line(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    desk.receive(mail(sender="a@spam.example", to="x@y.example"))
    machine = Machine(tmp_path, {})
    here = ("--reason", "Spam", "--mailbox", AP, *ANA)
    would = machine.answer("block", "spam.example", *here, "--dry-run")
    assert (would["messages"], would["waiting"], would["became_work"]) == (1, 1, 0)
    assert machine.answer("blocks") == []
    made = machine.answer("block", "*@spam.example", *here, "--days", "30", "--owner", "bea@desk.example")
    assert (made["action"], made["blocked"], len(made["ids"])) == ("block", "spam.example", 1)
    allowed = machine.answer("allow", "boss@spam.example", *here)
    listed = machine.answer("blocks", *ANA)
    assert [(row["effect"], row["kind"], row["value"], row["hits"]) for row in listed] == [
        ("allow", "address", "boss@spam.example", 0), ("block", "domain", "spam.example", 1)
    ]  # fmt: skip
    assert listed[1]["owner"] == "bea@desk.example" and listed[1]["expires_at"].endswith("Z")
    assert machine.answer("lift", allowed["batch"], *ANA)["state"] == "lifted"
    assert [row["value"] for row in machine.answer("blocks")] == ["spam.example"]
    told = machine.run("block", "gmail.com", *here)
    assert told.returncode == 1 and "Anybody can have an address at gmail.com" in told.stderr
