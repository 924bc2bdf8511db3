"""Mail read from files: Maildir, mbox and message files, with real mail in them."""

import mailbox as standard_library
import os
import random
import re
import tempfile
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from core.configuration_file import CollectConfiguration, MailboxConfiguration
from core.errors import SourceProblem
from core.sources import Fetched, Source, open_source
from tests.real_mail import real_messages, rewritten

MB = 2**20
LIMIT = 25 * MB
NOBODY = 65534
SEPARATOR = b"From ana@acme.example Mon Feb  2 10:00:00 2026\n"


def opened(source: str, base: Path) -> AbstractContextManager[Source]:
    mailbox = MailboxConfiguration(name="Payables", address="ap@desk.example", team="Desk", source=source)
    return open_source(mailbox, CollectConfiguration(), base)


def collected(source: str, base: Path, limit: int = LIMIT) -> list[Fetched]:
    with opened(source, base) as reading:
        return [*reading.fetch(reading.list(), limit)]


def uids(source: str, base: Path) -> list[str]:
    with opened(source, base) as reading:
        return [listed.uid for listed in reading.list()]


def problem(source: str, base: Path) -> str:
    with pytest.raises(SourceProblem) as caught:
        collected(source, base)
    return str(caught.value)


def maildir(path: Path, messages: list[bytes], folder: str = "new") -> list[Path]:
    for part in ("tmp", "new", "cur"):
        (path / part).mkdir(parents=True, exist_ok=True)
    files = [path / folder / f"17000{number:05d}.M1P2.desk" for number in range(len(messages))]
    for number, (file, raw) in enumerate(zip(files, messages, strict=True)):
        file.write_bytes(raw)
        os.utime(file, (1_700_000_000 + number, 1_700_000_000 + number))
    return files


def mbox(messages: list[bytes], separator: bytes = SEPARATOR) -> bytes:
    """An mbox as mboxrd has it: every line that begins with “From ”, quoted or not, is quoted once more."""
    return b"".join(separator + re.sub(rb"(?m)^(>*From )", rb">\1", with_line_end(raw)) + b"\n" for raw in messages)


def with_line_end(raw: bytes) -> bytes:
    return raw if raw.endswith(b"\n") else raw + b"\n"


@contextmanager
def as_nobody() -> Iterator[Path]:
    """A folder that everybody reaches, and rights that root does not have."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        root = os.geteuid() == 0
        if root:
            os.chown(name, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


def snapshot(path: Path) -> dict[str, tuple[bytes, int]]:
    return {
        file.relative_to(path).as_posix(): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in path.rglob("*")
        if file.is_file()
    }


# Maildir


def test_every_message_of_a_maildir_arrives_byte_for_byte_in_the_order_of_delivery(tmp_path: Path) -> None:
    stored = real_messages(1_000)
    maildir(tmp_path / "Maildir", stored)
    found = collected("maildir:Maildir", tmp_path)
    assert [each.raw for each in found] == stored
    assert found[61].received_at == datetime(2023, 11, 14, 22, 14, 21)
    assert all(each.complete and each.listed.size == len(each.raw) for each in found)


def test_a_maildir_is_left_as_it_was(tmp_path: Path) -> None:
    maildir(tmp_path, real_messages(20))
    before = snapshot(tmp_path)
    collected(f"maildir:{tmp_path}", Path("/nowhere"))
    assert snapshot(tmp_path) == before


def test_a_message_keeps_its_uid_when_a_mail_program_reads_it(tmp_path: Path) -> None:
    [file] = maildir(tmp_path, [b"Subject: a\n\n"])
    before = uids("maildir:.", tmp_path)
    file.rename(tmp_path / "cur" / f"{file.name}:2,RS")
    assert uids("maildir:.", tmp_path) == before == [file.name]


def test_a_message_that_is_renamed_after_listing_is_still_read(tmp_path: Path) -> None:
    files = maildir(tmp_path, real_messages(30))
    with opened("maildir:.", tmp_path) as reading:
        listed = reading.list()
        for file in files[::2]:
            file.rename(tmp_path / "cur" / f"{file.name}:2,S")
        assert [each.raw for each in reading.fetch(listed, LIMIT)] == real_messages(30)


def test_a_message_that_vanishes_after_listing_is_left_out(tmp_path: Path) -> None:
    files = maildir(tmp_path, real_messages(30))
    with opened("maildir:.", tmp_path) as reading:
        listed = reading.list()
        for file in files[::2]:
            file.unlink()
        assert [each.raw for each in reading.fetch(listed, LIMIT)] == real_messages(30)[1::2]


def test_what_is_still_being_delivered_is_not_mail_yet(tmp_path: Path) -> None:
    maildir(tmp_path, [b"Subject: half"], folder="tmp")
    (tmp_path / "new" / ".nfs0001").write_bytes(b"gone")
    (tmp_path / "cur" / "folder").mkdir()
    assert uids("maildir:.", tmp_path) == []


def test_a_message_that_lies_in_new_and_cur_is_one_message(tmp_path: Path) -> None:
    [file] = maildir(tmp_path, [b"Subject: a\n\n"])
    os.link(file, tmp_path / "cur" / f"{file.name}:2,S")
    assert uids("maildir:.", tmp_path) == [file.name]


def test_a_file_name_that_is_not_text_is_still_mail(tmp_path: Path) -> None:
    maildir(tmp_path, [])
    Path(os.fsdecode(bytes(tmp_path) + b"/new/1.\xff.desk")).write_bytes(b"Subject: a\n\n")
    [found] = collected("maildir:.", tmp_path)
    assert found.raw == b"Subject: a\n\n"
    assert found.listed.uid.encode() == rb"1.\xff.desk"


def test_a_folder_that_is_no_maildir_is_told(tmp_path: Path) -> None:
    assert "is not a Maildir" in problem("maildir:.", tmp_path)


def test_one_unreadable_message_stops_no_other() -> None:
    with as_nobody() as base:
        files = maildir(base, real_messages(3))
        files[1].chmod(0)
        assert [each.raw for each in collected("maildir:.", base)] == real_messages(3)[::2]


# mbox


def test_every_message_of_an_mbox_arrives_byte_for_byte(tmp_path: Path) -> None:
    stored = real_messages(3_000)
    (tmp_path / "archive.mbox").write_bytes(mbox(stored))
    assert [each.raw for each in collected("mbox:archive.mbox", tmp_path)] == [with_line_end(raw) for raw in stored]


def test_an_mbox_written_by_the_standard_library_is_read(tmp_path: Path) -> None:
    # It does not quote what begins with “>From ”, so that nobody can tell it from a quoted “From ” afterwards.
    stored = [re.sub(rb"\AFrom [^\n]*\n", b"", raw) for raw in real_messages(500, "spamassassin")]
    archive = standard_library.mbox(tmp_path / "archive")
    for raw in stored:
        archive.add(raw)
    archive.close()
    assert [each.raw for each in collected("mbox:archive", tmp_path)] == [
        re.sub(rb"(?m)^>(>*From )", rb"\1", with_line_end(raw)) for raw in stored
    ]


def test_quoting_is_undone_by_one_step(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(SEPARATOR + b"Subject: a\n\n>From here\n>>From there\n> From quoted\nx >From\n")
    [found] = collected("mbox:a", tmp_path)
    assert found.raw == b"Subject: a\n\nFrom here\n>From there\n> From quoted\nx >From\n"


def test_a_sentence_that_begins_with_from_begins_no_message(tmp_path: Path) -> None:
    text = b"Subject: a\n\nFrom 10:30 on we are there.\n\nFrom March 2026 until May 2026 as well.\n"
    (tmp_path / "a").write_bytes((SEPARATOR + text + b"\n") * 2)
    assert [each.raw for each in collected("mbox:a", tmp_path)] == [text, text]


@pytest.mark.parametrize(
    "separator",
    [
        b"From - Mon Feb 02 10:00:00 2026\n",
        b"From 1234567@xxx Mon Feb 02 10:00:00 +0000 2026\r\n",
        b"From nobody\n",
        b"From \n",
        b'From "A B"@acme.example Mon, 2 Feb 2026 10:00:00 +0100\n',
    ],
)
def test_separating_lines_of_many_programs_are_known(tmp_path: Path, separator: bytes) -> None:
    (tmp_path / "a").write_bytes(mbox([b"Subject: a\n\nA\n", b"Subject: b\n\nB\n"], separator))
    assert [each.raw for each in collected("mbox:a", tmp_path)] == [b"Subject: a\n\nA\n", b"Subject: b\n\nB\n"]


def test_uids_stay_when_mail_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(mbox(real_messages(50)))
    before = uids("mbox:a", tmp_path)
    with path.open("ab") as file:
        file.write(mbox(real_messages(60)[50:]))
    assert uids("mbox:a", tmp_path)[:50] == before
    assert len(set(uids("mbox:a", tmp_path))) == 60


def test_the_last_message_keeps_its_uid_when_the_empty_line_behind_it_comes_later(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(SEPARATOR + b"Subject: a\n\nA\n")
    before = uids("mbox:a", tmp_path)
    path.write_bytes(SEPARATOR + b"Subject: a\n\nA\n" + b"\n" + SEPARATOR + b"Subject: b\n\n")
    assert uids("mbox:a", tmp_path)[0] == before[0]


def test_uids_stay_when_messages_before_are_taken_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(mbox(real_messages(50)))
    before = uids("mbox:a", tmp_path)
    (tmp_path / "a").write_bytes(mbox(real_messages(50)[20:]))
    assert uids("mbox:a", tmp_path) == before[20:]


def test_equal_messages_are_each_listed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(mbox([b"Subject: a\n\n"] * 3))
    assert len(set(uids("mbox:a", tmp_path))) == len(collected("mbox:a", tmp_path)) == 3


def test_a_message_is_left_out_when_the_file_was_written_anew_after_listing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(mbox(real_messages(5)))
    with opened("mbox:a", tmp_path) as reading:
        listed = reading.list()
        path.write_bytes(mbox([real_messages(1)[0], *real_messages(5)[2:]]))
        assert [each.raw for each in reading.fetch(listed, LIMIT)] == real_messages(1)


def test_separating_lines_are_found_wherever_blocks_of_the_file_end(tmp_path: Path) -> None:
    chance = random.Random(5)
    stored = [b"Subject: %d\n\n" % number + b"x" * chance.randrange(700_000) + b"\n" for number in range(40)]
    # And one that ends exactly with the first block.
    start = len(SEPARATOR)
    stored.insert(0, b"Subject: edge\n\n" + b"y" * (MB - start - len(b"Subject: edge\n\n") - 12) + b"\n")
    (tmp_path / "a").write_bytes(mbox(stored))
    assert [each.raw for each in collected("mbox:a", tmp_path)] == stored


def test_a_large_mbox_is_not_held_in_memory(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        for _number in range(100):
            file.write(SEPARATOR + b"Subject: a\n\n" + b"x" * MB + b"\n\n")
    tracemalloc.start()
    with opened("mbox:a", tmp_path) as reading:
        assert sum(1 for _each in reading.fetch(reading.list(), LIMIT)) == 100
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * MB


def test_an_empty_mbox_lists_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    assert uids("mbox:a", tmp_path) == []


def test_a_file_that_is_no_mbox_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"Subject: a\n\n")
    assert "is not an mbox" in problem("mbox:a", tmp_path)


# Message files


def test_every_message_file_of_a_folder_and_its_folders_arrives_byte_for_byte(tmp_path: Path) -> None:
    stored = {f"{number % 7}/{number:04d}.eml": raw for number, raw in enumerate(real_messages(1_000))}
    for name, raw in stored.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(raw)
    assert {each.listed.uid: each.raw for each in collected("eml:.", tmp_path)} == stored


def test_other_files_beside_messages_are_not_mail(tmp_path: Path) -> None:
    for name in ("a.eml", "B.EML", "notes.txt", "SOURCE", "._a.eml", "labels.csv"):
        (tmp_path / name).write_bytes(b"Subject: a\n\n")
    (tmp_path / "folder.eml").mkdir()
    assert uids("eml:.", tmp_path) == ["B.EML", "a.eml"]


def test_a_single_message_file_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(b"Subject: a\n\n")
    [found] = collected("eml:message", tmp_path)
    assert (found.listed.uid, found.raw) == ("message", b"Subject: a\n\n")


def test_an_empty_file_is_a_message_without_anything(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"")
    assert [(each.raw, each.complete) for each in collected("eml:.", tmp_path)] == [(b"", True)]


def test_a_subfolder_that_must_not_be_read_is_told() -> None:
    with as_nobody() as base:
        (base / "closed").mkdir()
        (base / "closed").chmod(0)
        assert f"{base / 'closed'} must not be read" in problem("eml:.", base)


# All of them


@pytest.mark.parametrize("scheme", ["maildir", "mbox", "eml"])
def test_of_a_message_over_the_limit_only_the_header_is_read(tmp_path: Path, scheme: str) -> None:
    header = b"From: ana@acme.example\nSubject: big\n\n"
    stored = [header + b"x" * 5_000 + b"\n", header + b"small\n"]
    maildir(tmp_path / "maildir", stored)
    (tmp_path / "mbox").write_bytes(mbox(stored))
    (tmp_path / "eml").mkdir()
    for number, raw in enumerate(stored):
        (tmp_path / "eml" / f"{number}.eml").write_bytes(raw)
    found = collected(f"{scheme}:{scheme}", tmp_path, limit=1_000)
    assert [(each.raw, each.complete, each.listed.size) for each in found] == [
        (header, False, len(stored[0])),
        (stored[1], True, len(stored[1])),
    ]


@pytest.mark.parametrize("scheme", ["maildir", "mbox", "eml"])
def test_a_missing_path_is_told(tmp_path: Path, scheme: str) -> None:
    assert f"There is nothing at {tmp_path / 'gone'}." in problem(f"{scheme}:gone", tmp_path)


@pytest.mark.parametrize("scheme", ["maildir", "mbox", "eml"])
def test_a_path_that_must_not_be_read_is_told(scheme: str) -> None:
    with as_nobody() as base:
        maildir(base / "closed", [])
        (base / "closed" / "a").write_bytes(SEPARATOR)
        (base / "closed").chmod(0)
        name = "closed/a" if scheme == "mbox" else "closed"
        sentence = problem(f"{scheme}:{name}", base)
        (base / "closed").chmod(0o700)
    assert f"{base / name} must not be read" in sentence


def test_a_folder_given_as_an_mbox_is_told(tmp_path: Path) -> None:
    assert f"{tmp_path} can't be read" in problem(f"mbox:{tmp_path}", tmp_path)


# Real mail as mail of a desk


def test_real_mail_gets_recipients_of_the_desk_and_stays_as_it_is_otherwise() -> None:
    names = {"to": "ap@desk.example", "cc": "", "delivered-to": "desk@desk.example"}
    for raw in real_messages(1_000, "spamassassin"):
        changed = rewritten(raw, to=names["to"], cc=names["cc"], delivered_to=names["delivered-to"])
        before, after = message_from_bytes(raw), message_from_bytes(changed)
        assert [*others(after, names)] == [*others(before, names)]
        assert {name: after.get_all(name, [""]) for name in names} == {name: [value] for name, value in names.items()}
        assert re.split(rb"\r?\n\r?\n", changed, maxsplit=1)[1:] == re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[1:]


def others(message: Message, names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in message.items() if name.lower() not in names]


def test_rewriting_takes_the_place_of_the_old_recipients() -> None:
    raw = b"From: a\r\nto: b,\r\n c\r\nTo: d\r\nSubject: To: z\r\n\r\nTo: body\r\n"
    assert rewritten(raw, to="e") == b"From: a\r\nTo: e\r\nSubject: To: z\r\n\r\nTo: body\r\n"
    assert rewritten(raw, cc="f") == b"Cc: f\r\n" + raw
    assert rewritten(raw, to="") == b"From: a\r\nSubject: To: z\r\n\r\nTo: body\r\n"
    assert rewritten(raw) == raw
