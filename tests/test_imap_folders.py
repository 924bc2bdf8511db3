"""Folders of an IMAP mailbox: several of them, missing, renamed, numbered anew, and read on where they ended."""

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from core import log
from core.configuration_file import CollectConfiguration, MailboxConfiguration
from core.errors import SourceProblem
from core.sources import Fetched, LastingSource, Listed, Reader, open_source
from core.sources.imap_listing import Position
from core.sources.imap_session import Opened
from tests.desk import AP, DeskUnderTest, mail
from tests.imap_desk import folders, imap_desk, scripted_mailbox
from tests.servers.dovecot import Dovecot, dovecot, why_not
from tests.servers.scripted import scripted
from tests.test_collecting import assert_everything_is_there_once, counts

LIMIT = 2**20
COLLECT, HERE = CollectConfiguration(), Path()
SPECIAL = """
namespace inbox {
  inbox = yes
  separator = /
  mailbox Bin {
    special_use = \\Trash
    auto = create
  }
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    if reason := why_not():
        pytest.skip(reason)
    with dovecot() as running:
        yield running


def letter(subject: str) -> bytes:
    return b"From: ana@acme.example\r\nSubject: %s\r\n\r\nText.\r\n" % subject.encode()


def read(source: LastingSource, limit: int = LIMIT) -> list[str]:
    """What a run over the source brings, by folder and uid."""
    with source.opened() as opened:
        return [f"{each.listed.folder} {each.listed.uid}" for each in opened.fetch(opened.list(), limit)]


_lasting: list[LastingSource] = []


def lasting(mailbox: MailboxConfiguration) -> LastingSource:
    """A source that stays open until the test ends."""
    _lasting.append(LastingSource(mailbox, COLLECT, HERE, Reader(), keep=True))
    return _lasting[-1]


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while _lasting:
        _lasting.pop().close()


# Several folders


def test_several_folders_are_read_and_a_star_means_those_below(tmp_path: Path, server: Dovecot) -> None:
    for folder in ("INBOX", "Facturas", "Facturas.2026", "Facturas.2026.Ñandú", "Facturas-old", "Other"):
        server.fill("several", [letter(f"in {folder}")], folder)
    desk = imap_desk(tmp_path, server, "several", folders("INBOX", "Facturas/*", "Facturas/*"))
    run = desk.collect(AP)[AP]
    assert (counts(run), run.problem) == ((3, 3, 0, 0, 0), None)
    assert desk.rows("SELECT folder FROM delivery ORDER BY folder") == [
        ("Facturas.2026",), ("Facturas.2026.Ñandú",), ("INBOX",)
    ]  # fmt: skip
    assert counts(desk.collect(AP)[AP]) == (0, 0, 0, 0, 0)


def test_a_star_means_no_folder_that_the_server_marks_as_trash_unless_it_is_named() -> None:
    with dovecot(SPECIAL) as other:
        other.fill("special", [letter("inbox")])
        with other.signed_in("special") as program:
            program.append(letter("thrown away"), "Bin")
        for written, found in ((["*"], ["INBOX 1"]), (["*", "Bin"], ["INBOX 1", "Bin 1"])):
            with closing(lasting(other.mailbox("special", folders=written))) as source:
                assert read(source) == found


def test_a_missing_folder_is_a_problem_that_keeps_no_mail_of_the_others_away(tmp_path: Path, server: Dovecot) -> None:
    server.fill("missing", [mail(), mail()])
    desk = imap_desk(tmp_path, server, "missing", folders("Gone", "INBOX", "Lost"))
    run = desk.collect(AP)[AP]
    assert counts(run) == (2, 2, 0, 0, 0)
    assert run.problem
    assert "has no folder “Gone”" in run.problem and "has no folder “Lost”" in run.problem
    assert desk.rows("SELECT last_success_at, last_new_at IS NULL FROM mailbox_state") == [(None, False)]
    assert_everything_is_there_once(desk)


def test_where_no_folder_can_be_read_it_is_the_problem_of_the_run(server: Dovecot) -> None:
    server.maildir("nothing")
    with pytest.raises(SourceProblem, match="no folder “Gone”"):
        read(lasting(server.mailbox("nothing", folders=["Gone", "Lost"])))


def test_a_renamed_folder_is_named_and_its_mail_known_again(tmp_path: Path, server: Dovecot) -> None:
    server.fill("renamed", [mail()])
    server.fill("renamed", [mail(), mail()], "Invoices")
    desk = imap_desk(tmp_path, server, "renamed", folders("INBOX", "Invoices"))
    assert counts(desk.collect(AP)[AP]) == (3, 3, 0, 0, 0)
    with server.signed_in("renamed") as other:
        other.folder.create("Unrelated")
        other.folder.rename("Invoices", 'Rechnungen "neu"')
    problem = desk.collect(AP)[AP].problem
    assert problem
    assert 'probably renamed to “Rechnungen "neu"”: then write folders = ["Rechnungen \\"neu\\""]' in problem
    (tmp_path / "straydesk.toml").write_text(
        (tmp_path / "straydesk.toml").read_text().replace('"Invoices"', "'Rechnungen \"neu\"'")
    )
    desk.desk = desk.opened()
    run = desk.collect(AP)[AP]
    assert (counts(run), run.problem) == ((2, 0, 2, 0, 0), None)
    assert_everything_is_there_once(desk)


def test_of_a_missing_folder_that_was_never_read_nothing_is_guessed(tmp_path: Path, server: Dovecot) -> None:
    server.fill("unread", [mail()])
    server.maildir("unread", "Elsewhere")
    desk = imap_desk(tmp_path, server, "unread", folders("INBOX", "Gone"))
    assert "renamed" not in str(desk.collect(AP)[AP].problem)


def test_folders_are_for_servers_only() -> None:
    with pytest.raises(ValueError, match="for imaps:// and imap:// only"):
        MailboxConfiguration.model_validate(
            {"name": "A", "address": "a@b.example", "team": "T", "source": "eml:mail", "folders": ["INBOX"]}
        )


# UIDVALIDITY


def numbered_anew(server: Dovecot, user: str) -> None:
    """What an administrator does to a Maildir whose index is broken."""
    for path in server.maildir(user).glob("dovecot*"):
        if path.name.startswith(("dovecot-uidlist", "dovecot.index")):
            path.unlink()


def test_a_folder_numbered_anew_is_listed_again_told_and_nothing_is_doubled(
    tmp_path: Path, server: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=log.NAME)
    logging.getLogger(log.NAME).propagate = True
    mails = [mail(to="payments@desk.example") for _number in range(30)]
    server.fill("anew", mails)
    desk = imap_desk(tmp_path, server, "anew")
    assert counts(desk.collect(AP)[AP]) == (30, 30, 0, 0, 0)
    numbered_anew(server, "anew")
    server.fill("anew", [mail()])
    run = desk.collect(AP)[AP]
    assert (counts(run), run.problem) == ((31, 1, 30, 0, 0), None)
    [event] = [each for each in caplog.records if vars(each)["event"] == "folder_renumbered"]
    assert "numbered the folder “INBOX” anew; all of it is listed again" in event.getMessage()
    assert counts(desk.collect(AP)[AP]) == (0, 0, 0, 0, 0)
    assert desk.value("SELECT count(DISTINCT uid_validity) FROM delivery") == 2
    assert_everything_is_there_once(desk)


def test_a_watched_folder_numbered_anew_is_listed_again(server: Dovecot) -> None:
    server.fill("watched-anew", [letter("one"), letter("two")])
    source = lasting(server.mailbox("watched-anew"))
    assert len(read(source)) == 2
    assert read(source) == []
    numbered_anew(server, "watched-anew")
    source.close()
    assert len(read(source)) == 2


def test_a_folder_numbered_anew_during_the_run_keeps_no_other_from_being_read(server: Dovecot) -> None:
    server.fill("during", [letter("inbox")])
    server.fill("during", [letter("other")], "Other")
    with open_source(server.mailbox("during", folders=["INBOX", "Other"]), COLLECT, HERE) as source:
        listed = source.list()
        old = Listed("INBOX", listed[0].uid_validity - 1, listed[0].uid)
        found = [each.listed.folder for each in source.fetch([old, listed[1]], LIMIT)]
        problems = source.observed().problems
    assert found == ["Other"]
    assert len(problems) == 1 and "numbered the folder “INBOX” anew" in problems[0]


# Read on where it ended


def test_what_was_taken_in_is_not_listed_again_and_what_is_new_is(server: Dovecot) -> None:
    server.fill("onward", [letter(f"{number}") for number in range(5)])
    source = lasting(server.mailbox("onward"))
    assert read(source) == [f"INBOX {uid}" for uid in range(1, 6)]
    assert read(source) == []
    with server.signed_in("onward") as other:
        other.folder.set("INBOX")
        other.append(letter("gone at once"))
        other.append(letter("stays"))
        other.delete("2,5,6")
        other.flag("1", "\\Flagged", True)
    assert read(source) == ["INBOX 7"]
    assert read(source) == []


def test_what_was_listed_but_not_stored_is_listed_again(server: Dovecot) -> None:
    server.fill("again", [letter(f"{number}") for number in range(3)])
    source = lasting(server.mailbox("again"))
    with pytest.raises(ZeroDivisionError), source.opened() as opened:
        [*opened.fetch(opened.list(), LIMIT)]
        raise ZeroDivisionError  # as a full disk would
    assert len(read(source)) == 3


def test_a_message_that_could_not_be_read_is_tried_again_and_only_that_one(server: Dovecot) -> None:
    paths = server.fill("sick", [letter(f"{number}") for number in range(9)])
    paths[4].chmod(0)
    source = lasting(server.mailbox("sick"))
    assert len(read(source)) == 8
    assert read(source) == []
    next(server.maildir("sick").glob(f"*/{paths[4].name}*")).chmod(0o644)
    assert read(source) == ["INBOX 5"]
    assert read(source) == []


def test_a_message_that_was_left_and_is_gone_is_no_longer_listed(server: Dovecot) -> None:
    paths = server.fill("left", [letter(f"{number}") for number in range(3)])
    paths[0].chmod(0)
    source = lasting(server.mailbox("left"))
    read(source)
    with source.opened() as opened:
        assert [each.uid for each in opened.list()] == ["1"]
    with server.signed_in("left") as other:
        other.folder.set("INBOX")
        other.delete("1")
    with source.opened() as opened:
        assert opened.list() == []


def test_everything_is_listed_again_every_hour(server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    server.fill("hourly", [letter("one")])
    source = lasting(server.mailbox("hourly"))
    assert len(read(source)) == 1
    monkeypatch.setattr("core.sources.imap_listing.SWEEP_SECONDS", -1)
    assert len(read(source)) == 1


def test_a_server_that_does_not_say_what_comes_next_is_listed_each_time() -> None:
    with scripted({b"UID SEARCH": b"* SEARCH 1\r\n", b"UID FETCH": b'* 1 FETCH (UID 1 BODY[] "")\r\n'}) as port:
        source = lasting(scripted_mailbox(port))
        assert read(source) == ["INBOX 1"]
        assert read(source) == ["INBOX 1"]
        source.close()


def test_a_server_whose_next_uid_went_back_is_listed_from_the_beginning() -> None:
    """It must not (RFC 3501, 2.3.1.1), but a restored mailbox may."""
    position = Position(7, 100, frozenset(), monotonic())
    assert position.fits(Opened("INBOX", 7, 100)) and position.fits(Opened("INBOX", 7, 200))
    assert not position.fits(Opened("INBOX", 7, 99))
    assert not position.fits(Opened("INBOX", 8, 100))
    assert not position.fits(Opened("INBOX", 7, None))


# What a server says in between


BETWEEN = b"* 5 EXISTS\r\n* 1 EXPUNGE\r\n* 2 FETCH (FLAGS (\\Seen))\r\n* 1 RECENT\r\n* OK still here\r\n"


def test_news_between_the_answers_confuses_nothing() -> None:
    """The flags of the very message come once more, with its uid, as RFC 3501 6.4.8 wants it."""
    flipped = b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"
    body = b"* 1 FETCH (UID 1 BODY[] {14}\r\nSubject: a\r\n\r\n)\r\n"
    answers = {
        b"EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n" + BETWEEN,
        b"UID SEARCH": BETWEEN + b"* SEARCH 1\r\n" + BETWEEN,
        b"UID FETCH 1 (UID INTERNALDATE RFC822.SIZE": flipped + b"* 1 FETCH (UID 1 RFC822.SIZE 14)\r\n" + BETWEEN,
        b"UID FETCH": flipped + BETWEEN + body + BETWEEN + flipped,
    }
    with scripted(answers) as port, open_source(scripted_mailbox(port), COLLECT, HERE) as source:
        found: list[Fetched] = [*source.fetch(source.list(), LIMIT)]
    assert [(each.listed.uid, each.raw) for each in found] == [("1", b"Subject: a\r\n\r\n")]


def test_messages_that_come_go_and_are_flagged_during_a_run_are_stored_once(tmp_path: Path, server: Dovecot) -> None:
    server.fill("busy", [mail() for _number in range(120)])
    desk: DeskUnderTest = imap_desk(tmp_path, server, "busy")
    with server.signed_in("busy") as other, open_source(server.mailbox("busy"), COLLECT, HERE) as source:
        other.folder.set("INBOX")
        reading = source.fetch(source.list(), LIMIT)
        first = next(reading)
        other.flag("2:110", "\\Seen", True)
        other.delete("112:120")
        server.fill("busy", [mail()])
        found = [first, *reading]
    assert [int(each.listed.uid) for each in found] == [*range(1, 112)]
    assert counts(desk.collect(AP)[AP]) == (112, 112, 0, 0, 0)
    assert_everything_is_there_once(desk)
