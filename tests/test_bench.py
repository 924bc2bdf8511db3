"""The bench for broken mail: what is on it, what is said of it, and what reading again and repairing do."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from core import bench, fetching_whole
from core.acting import delete
from core.bench import BenchFilter, broken, older, raw_page, repair_of, shown, waits
from core.defect_words import explained, sentences
from core.errors import InvalidInput, NotAllowed, NotFound
from core.messages import message, raw
from core.parsing import PARSER_VERSION
from core.repairing import repair, take_back
from core.reparsing import reparse, reparse_in_portions
from core.undoing import undo
from tests.desk import AP, CONFIGURATION, PAYMENTS, PEOPLE, DeskUnderTest, mail, route
from tests.test_acting import assert_the_journal_tells_everything
from tests.test_commands import IDA, Machine
from tests.test_isolation import DEADLY, parsed_by

PARSING = Path(__file__).parent.parent / "core" / "parsing"
HEADLESS = b"this is no header\n\njust text\n"
RUSSIAN = "Счёт за март, пожалуйста оплатите"
WRONG_CHARSET = (b"From: a@b.example\nTo: payments@desk.example\nSubject: x\n"
                 b"Content-Type: text/plain; charset=x-none\n\n"
                 + RUSSIAN.encode("koi8-r"))  # fmt: skip
NO_SENDER = b"To: invoices@desk.example\nSubject: Who am I\n\nhello\n"
ROUTES = [
    route("Payments", "payments@desk.example", PAYMENTS),
    route("Acme", "invoices@desk.example", sender=["*@acme.example"]),
]


@pytest.fixture
def desk(tmp_path: Path) -> DeskUnderTest:
    return DeskUnderTest(tmp_path, ROUTES)


def unreadable(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch, raw: bytes = b"") -> str:
    """A mail that ended its parser when it came, and would not end the one of now."""
    with parsed_by(DEADLY, monkeypatch):
        return desk.receive_one(raw or mail(subject="ends", to="payments@desk.example"))


def test_every_code_of_the_parser_has_its_sentence() -> None:
    written = "".join(path.read_text() for path in PARSING.glob("*.py"))
    codes = set(re.findall(r'note\(\s*"([a-z0-9_]+)"', written)) | {"header_line_broken", "header_not_ended"}
    codes |= set(re.findall(r'"([a-z]+_cut)"', written)) | set(re.findall(r'Refused\("([a-z_]+)"', written))
    assert len(codes) > 25
    assert codes | {"undecidable"} == set(sentences())
    told = explained(["too_large: parts", "undecidable", "UnicodeEncodeError"])
    assert [(one.code, one.detail) for one in told] == [("too_large", "parts"), ("undecidable", "")]


def test_the_bench_shows_what_can_not_be_read_first_and_what_has_defects_when_asked(desk: DeskUnderTest) -> None:
    headless, large, wrong, _fine = desk.receive(HEADLESS, mail(text="x" * 30_000), WRONG_CHARSET, mail())
    ana = desk.acting("ana")
    found = broken(ana)
    assert set(found.rows["id"]) == {headless, large} and found.total == 2
    assert waits(ana) == 2
    everything = BenchFilter(bench.KINDS, (), False)
    assert dict(zip(*[broken(ana, everything).rows[name] for name in ("id", "kind")], strict=True)) == {
        headless: "unreadable", large: "too_large", wrong: "defects"}  # fmt: skip
    delete(ana, [headless], "spam")
    assert (list(broken(ana).rows["id"]), waits(ana)) == ([large], 1)
    assert broken(ana, everything).total == 3 and len(broken(ana, everything, limit=2, skip=2).rows) == 1
    assert broken(desk.acting("hana"), everything).total == 0
    assert broken(ana, BenchFilter(mailboxes=(PEOPLE,))).total == 0


def test_the_raw_view_is_bounded_and_hides_nothing(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    id = desk.receive_one(b"Subject: \x00\xff\xe2\x80\xae\x1b[31m\r\n\r\n<script>\n" + b"y" * 3000)
    monkeypatch.setattr(bench, "RAW_PAGE", 1024)
    pages = [raw_page(desk.acting("ana"), id, number) for number in range(3)]
    assert [page.begins for page in pages] == [0, 1024, 2048] and pages[0].ends == 1024 == len(pages[1].text)
    assert pages[0].text.startswith("Subject: \\x00\\xff\\u202e\\x1b[31m\n\n<script>\n")
    assert raw_page(desk.acting("ana"), id, 99).begins == 2048 and raw_page(desk.acting("ana"), id, -1).begins == 0
    assert shown("é\t✓".encode()) == "é\t✓"
    with pytest.raises(NotAllowed):
        raw_page(desk.acting("ida"), id)


def test_what_can_be_read_now_is_read_again_and_decided(desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    id, other = unreadable(desk, monkeypatch), desk.receive_one(HEADLESS)
    assert desk.says(id) == "unparsable"
    version = desk.value("SELECT version FROM message WHERE id = $id::UUID", id=id)
    done = reparse(desk.acting("ana"), {id: version})
    assert (done.ids, done.references, done.refused, len(desk.items(id))) == ([id], [], {}, 1)
    assert desk.says(id) == "route: Payments" and desk.says(other) == "unparsable"
    told = message(desk.acting("ana"), id)
    assert (told["subject"], told["verdict"], told["defects"], told["text"]) == ("ends", "parsed", [], "Good morning.")
    assert [(one["action"], one["actor"]) for one in told["history"]][1] == ("reparse", "ana@desk.example")
    assert_the_journal_tells_everything(desk)
    undo(desk.acting("ana"), done.batch)
    assert desk.says(id) == "unparsable" and desk.items(id) == []


def test_a_decided_message_is_read_again_but_stays_decided(desk: DeskUnderTest) -> None:
    ids = desk.receive(WRONG_CHARSET, mail(subject="waits"), mail(subject="deleted"))
    delete(desk.acting("ana"), [ids[2]], "spam")
    desk.change("UPDATE message SET subject = 'old', parser_version = 1, defects = ['from_missing']")
    before = desk.outcomes()
    assert set(older(desk.acting("ana"))) == set(ids) and older(desk.acting("hana")) == {}
    *_, done = reparse_in_portions(desk.acting("ana"), older(desk.acting("ana")))
    assert set(done.ids) == set(ids) and desk.outcomes() == before
    assert desk.rows("SELECT subject, parser_version FROM message ORDER BY id") == [
        ("x", PARSER_VERSION), ("waits", PARSER_VERSION), ("deleted", PARSER_VERSION)]  # fmt: skip
    assert older(desk.acting("ana")) == {}
    undo(desk.acting("ana"), done.batch)  # gives back what waited, and must not touch what did not
    assert desk.outcomes() == before
    assert_the_journal_tells_everything(desk)


def test_what_still_harms_the_parser_stays_as_it_is_and_is_named(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, fine = unreadable(desk, monkeypatch), desk.receive_one(WRONG_CHARSET)
    with parsed_by(DEADLY, monkeypatch):
        done = reparse(desk.acting("ana"), [id, fine])
    assert (done.ids, done.refused) == ([fine], {id: "parser_ended: exit 7"})
    assert desk.says(id) == "unparsable" and "parser_ended" in str(done)


def test_who_was_faster_is_named_and_their_change_stays(desk: DeskUnderTest) -> None:
    id = desk.receive_one(HEADLESS)
    delete(desk.acting("bea"), [id], "spam")
    done = reparse(desk.acting("ana"), {id: 1})
    assert done.ids == [] and done.overtaken[0].actor == "bea@desk.example"


def test_reading_again_stays_within_the_scope_and_analysts_do_not(desk: DeskUnderTest) -> None:
    id = desk.receive_one(HEADLESS)
    with pytest.raises(NotFound):
        reparse(desk.acting("hana"), [id])
    with pytest.raises(NotAllowed):
        reparse(desk.acting("ida"), [id])
    with pytest.raises(NotFound):
        repair(desk.acting("hana"), id, "x", charset="utf-8")


def test_a_larger_limit_reads_what_was_too_large_in_parts(desk: DeskUnderTest, tmp_path: Path) -> None:
    parts = (
        b"From: a@b.example\nTo: payments@desk.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\n\nx\n" * 9
    )
    (tmp_path / "small").mkdir()
    small = DeskUnderTest(tmp_path / "small", ROUTES, CONFIGURATION.replace("[limits]", "[limits]\nparts = 5"))
    id = small.receive_one(parts)
    assert small.says(id) == "too_large"
    (tmp_path / "small" / "straydesk.toml").write_text(CONFIGURATION)
    small.desk = small.opened()
    reparse(small.acting("ana"), [id])
    assert small.says(id) == "route: Payments"


def test_mail_over_the_size_limit_is_fetched_whole_once_the_limit_lets_it_in(tmp_path: Path) -> None:
    desk, whole = DeskUnderTest(tmp_path, ROUTES), mail(subject="Pay", to="payments@desk.example", text="x" * 30_000)
    id, gone = desk.receive(whole, mail(subject="Gone", to="payments@desk.example", text="y" * 40_000))
    assert desk.says(id) == desk.says(gone) == "too_large"
    (tmp_path / "mail" / "ap" / "000002.eml").unlink()
    for limit, says in (("25000", "too_large"), ("50000", "route: Payments"), ("50000", "route: Payments")):
        (tmp_path / "straydesk.toml").write_text(CONFIGURATION.replace("size = 20000", f"size = {limit}"))
        desk.desk = desk.opened()
        run = desk.collect(AP)[AP]
        assert (run.listed, run.problem, desk.says(id), desk.says(gone)) == (0, None, says, "too_large")
    assert raw(desk.acting("ana"), id) == whole and len(desk.items(id)) == 1
    assert desk.value("SELECT count(*) FROM message_raw WHERE sha256 = $sha", sha=sha256(whole).hexdigest()) == 1


def test_what_was_fetched_whole_before_a_crash_is_read_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = DeskUnderTest(tmp_path, ROUTES)
    id = desk.receive_one(mail(subject="Pay", to="payments@desk.example", text="x" * 30_000))
    (tmp_path / "straydesk.toml").write_text(CONFIGURATION.replace("size = 20000", "size = 50000"))
    desk.desk = desk.opened()
    with monkeypatch.context() as patched:
        patched.setattr(fetching_whole, "reparse", lambda *_, **__: 1 / 0)
        assert desk.collect(AP)[AP].problem
    assert desk.says(id) == "too_large"
    assert desk.collect(AP)[AP].problem is None and desk.says(id) == "route: Payments"


def test_a_charset_that_a_person_assumes_reads_the_text_and_is_taken_back_with_one_click(desk: DeskUnderTest) -> None:
    id, ana = desk.receive_one(WRONG_CHARSET), desk.acting("ana")
    before, original = message(ana, id), raw(ana, id)
    assert RUSSIAN not in before["text"]
    repair(ana, id, "The sender writes Russian", charset="KOI8-R")
    assert message(ana, id)["text"] == RUSSIAN and raw(ana, id) == original
    found = repair_of(ana, id)
    assert found and (found["charset"], found["repaired_by"], found["reason"]) == (
        "koi8-r", "ana@desk.example", "The sender writes Russian")  # fmt: skip
    reparse(ana, [id])  # reading again keeps what was assumed
    assert message(ana, id)["text"] == RUSSIAN
    assert bool(broken(ana, BenchFilter(bench.KINDS, (), False)).rows["repaired"].all())
    take_back(ana, id)
    assert (message(ana, id)["text"], repair_of(ana, id)) == (before["text"], None)
    assert [one["action"] for one in message(ana, id)["history"]][-3:] == ["repair", "reparse", "unrepair"]
    with pytest.raises(NotFound):
        take_back(ana, id)


def test_a_sender_that_a_person_supplies_is_routed_by_and_undone_with_what_came_of_it(desk: DeskUnderTest) -> None:
    id, ana = desk.receive_one(NO_SENDER), desk.acting("ana")
    assert desk.says(id) == "conditions_not_met"
    done = repair(ana, id, "Called them", sender="Sue@Acme.example")
    assert done.ids == [id] and desk.says(id) == "route: Acme" and len(desk.items(id)) == 1
    assert desk.rows("SELECT from_address, from_domain FROM message") == [("sue@acme.example", "acme.example")]
    take_back(ana, id)
    assert desk.says(id) == "conditions_not_met" and desk.items(id) == []
    assert desk.rows("SELECT from_address FROM message") == [("",)]
    assert_the_journal_tells_everything(desk)


def test_a_repair_that_says_nothing_or_nonsense_is_refused(desk: DeskUnderTest) -> None:
    id, ana = desk.receive_one(NO_SENDER), desk.acting("ana")
    for wrong in ({"sender": "nobody"}, {"charset": "klingon"}, {}):
        with pytest.raises(InvalidInput):
            repair(ana, id, "because", **wrong)
    with pytest.raises(InvalidInput):
        repair(ana, id, " ", charset="utf-8")
    assert desk.value("SELECT count(*) FROM repair") == 0


def test_the_command_line_lists_broken_mail_and_reads_it_again(desk: DeskUnderTest, tmp_path: Path) -> None:
    headless, wrong = desk.receive(HEADLESS, WRONG_CHARSET)
    desk.change("UPDATE message SET parser_version = 1")
    machine = Machine(tmp_path, {})
    assert [(row["id"], row["kind"]) for row in machine.answer("bench")] == [(headless, "unreadable")]
    assert {row["id"] for row in machine.answer("bench", "--defects", "--all")} == {headless, wrong}
    assert "There is no header field at all" in machine.run("bench").stdout
    assert set(machine.answer("reparse", "--older", "--dry-run")) == {headless, wrong}
    assert machine.answer("reparse", headless)["ids"] == [headless]
    assert machine.answer("reparse", "--older")["ids"] == [wrong]
    assert machine.run("reparse").returncode == 1 and machine.run("reparse", headless, *IDA).returncode == 1


def test_what_retention_removed_is_not_read_again(desk: DeskUnderTest) -> None:
    id = desk.receive_one(WRONG_CHARSET)
    desk.change("INSERT INTO removed VALUES ($id::UUID, 'body', $now, 'a rule', uuidv7())", id=id, now=desk.clock)
    desk.change("DELETE FROM message_body WHERE message_id = $id::UUID", id=id)
    done = reparse(desk.acting("ana"), [id])
    assert done.ids == [] and set(done.refused) == {id}
    assert not desk.value("SELECT count(*) FROM message_body WHERE message_id = $id::UUID", id=id)
    assert "retention removed it" in str(done)
