"""Mail read over IMAP, from a real Dovecot wherever one can be made to do it."""

import os
import re
import socket
import subprocess
import tracemalloc
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from core.configuration_file import CollectConfiguration, MailboxConfiguration
from core.errors import SourceProblem
from core.sources import Fetched, Listed, open_source
from core.sources.imap_answers import answers
from tests.imap_desk import scripted_mailbox
from tests.real_mail import real_messages
from tests.servers.dovecot import PASSWORD_ENV, Dovecot, dovecot, why_not
from tests.servers.scripted import scripted

MB = 2**20
LIMIT = 25 * MB
COLLECT = CollectConfiguration()
HERE = Path()
# For Straydesk this host is not the loopback, though the operating system takes it there: as good as another machine.
ELSEWHERE = "127.1"


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    if reason := why_not():
        pytest.skip(reason)
    with dovecot(names=("localhost", ELSEWHERE)) as running:
        yield running


def collected(mailbox: MailboxConfiguration, limit: int = LIMIT) -> list[Fetched]:
    with open_source(mailbox, COLLECT, HERE) as source:
        return [*source.fetch(source.list(), limit)]


def problem(mailbox: MailboxConfiguration, timeout: float = 5) -> str:
    with (
        pytest.raises(SourceProblem) as caught,
        open_source(mailbox, CollectConfiguration(timeout_seconds=timeout), HERE) as source,
    ):
        [*source.fetch(source.list(), LIMIT)]
    return str(caught.value)


def on_the_wire(raw: bytes) -> bytes:
    """What IMAP makes of stored bytes: every line ends with CRLF, and Dovecot sends 0x80 for a NUL."""
    return re.sub(rb"\r?\n", b"\r\n", raw).replace(b"\0", b"\x80")


def hashes(messages: list[bytes]) -> list[str]:
    return [sha256(raw).hexdigest() for raw in messages]


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_real_messages_arrive_byte_for_byte(server: Dovecot, scheme: str) -> None:
    stored = real_messages(1_500)
    user = f"real-{scheme}@desk.example"
    server.fill(user, stored)
    found = collected(server.mailbox(user, tls=scheme == "imaps", ca_file=server.authority))
    assert hashes([each.raw for each in found]) == hashes([on_the_wire(raw) for raw in stored])
    assert all(each.complete and each.received_at and each.listed.size == len(each.raw) for each in found)


def test_the_edge_cases_of_other_mail_programs_arrive_byte_for_byte(server: Dovecot) -> None:
    stored = real_messages(600, "rspamd", "cpython", "ruby-mail", "mox", "webklex-imap", "enmime")
    server.fill("edges", stored)
    assert hashes([each.raw for each in collected(server.mailbox("edges"))]) == hashes(
        [on_the_wire(raw) for raw in stored]
    )


def test_collecting_leaves_no_trace_on_the_server(server: Dovecot) -> None:
    server.fill("traceless", real_messages(20))
    collected(server.mailbox("traceless"))
    collected(server.mailbox("traceless"), limit=1000)
    with server.signed_in("traceless") as other:
        status = other.folder.status("INBOX")
        other.folder.set("INBOX", readonly=True)
        flags = {flag for message in other.fetch(mark_seen=False) for flag in message.flags}
    assert (status["MESSAGES"], status["UNSEEN"]) == (20, 20)
    assert flags <= {"\\Recent"}


def test_messages_are_listed_by_uid_with_the_uidvalidity_of_the_folder(server: Dovecot) -> None:
    server.fill("listed", real_messages(30))
    with server.signed_in("listed") as other:
        uid_validity = other.folder.status("INBOX", ["UIDVALIDITY"])["UIDVALIDITY"]
        other.folder.set("INBOX")
        other.delete("3,5")
    with open_source(server.mailbox("listed"), COLLECT, HERE) as source:
        listed = source.list()
    assert [each.uid for each in listed] == [str(uid) for uid in range(1, 31) if uid not in (3, 5)]
    assert {(each.folder, each.uid_validity) for each in listed} == {("INBOX", uid_validity)}


def test_the_received_time_is_the_servers_in_utc(server: Dovecot) -> None:
    [path] = server.fill("times", real_messages(1))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert collected(server.mailbox("times"))[0].received_at == datetime(2001, 9, 9, 1, 46, 40)


def test_of_a_message_over_the_limit_only_the_header_is_read(server: Dovecot) -> None:
    header = b"From: ana@acme.example\r\nSubject: big\r\n\r\n"
    server.fill("large", [header + b"x" * 5000 + b"\r\n", header + b"small\r\n"])
    found = {each.complete: each for each in collected(server.mailbox("large"), limit=1000)}
    assert found[False].raw == header
    assert found[False].listed.size == len(header) + 5002
    assert found[True].raw == header + b"small\r\n"


def test_a_header_that_never_ends_is_cut_at_one_megabyte(server: Dovecot) -> None:
    server.fill("flood", [b"X-Flood: spam and eggs\r\n" * 200_000])
    [found] = collected(server.mailbox("flood"), limit=2 * MB)
    assert (len(found.raw), found.complete) == (MB, False)


def test_an_empty_folder_lists_nothing(server: Dovecot) -> None:
    server.maildir("empty")
    assert collected(server.mailbox("empty")) == []


def test_an_empty_message_is_a_message(server: Dovecot) -> None:
    server.fill("nothing", [b"", b"Subject: after it\n\n"])
    assert [each.raw for each in collected(server.mailbox("nothing"))] == [b"", b"Subject: after it\r\n\r\n"]


def test_five_thousand_messages_are_listed_and_read(server: Dovecot) -> None:
    server.fill("many", (b"Subject: number %d\n\nText.\n" % number for number in range(5_000)))
    found = collected(server.mailbox("many"))
    assert [each.raw for each in found] == [b"Subject: number %d\r\n\r\nText.\r\n" % number for number in range(5_000)]


def test_messages_that_vanish_after_listing_are_left_out(server: Dovecot) -> None:
    server.fill("vanishing", real_messages(200))
    with open_source(server.mailbox("vanishing"), COLLECT, HERE) as source:
        listed = source.list()
        with server.signed_in("vanishing") as other:
            other.folder.set("INBOX")
            other.delete("10:59")
        for path in sorted(server.maildir("vanishing").glob("cur/*"))[-5:]:
            path.unlink()
        found = [int(each.listed.uid) for each in source.fetch(listed, LIMIT)]
    assert found == [*range(1, 10), *range(60, 196)]


def test_messages_that_arrive_after_signing_in_are_listed_the_next_time(server: Dovecot) -> None:
    server.fill("arriving", real_messages(3))
    with open_source(server.mailbox("arriving"), COLLECT, HERE) as source:
        assert len(source.list()) == 3
        server.fill("arriving", real_messages(2))
        assert len([*source.fetch(source.list(), LIMIT)]) == 5


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_message_the_server_cannot_read_stops_no_other(server: Dovecot, tls: bool) -> None:
    # Dovecot ends the connection at such a message, whatever else was asked for.
    user = f"sick-{'tls' if tls else 'plain'}"
    paths = server.fill(user, real_messages(250))
    for spoilt in (0, 50, 51, 249):
        paths[spoilt].chmod(0)
    found = [int(each.listed.uid) for each in collected(server.mailbox(user, tls=tls, ca_file=server.authority))]
    assert found == [uid for uid in range(1, 251) if uid - 1 not in (0, 50, 51, 249)]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_connection_that_is_cut_is_taken_up_again(server: Dovecot, tls: bool) -> None:
    user = f"cut-{'tls' if tls else 'plain'}"
    server.fill(user, real_messages(400))
    with open_source(server.mailbox(user, tls=tls, ca_file=server.authority), COLLECT, HERE) as source:
        reading = source.fetch(source.list(), LIMIT)
        found = [next(reading).raw for _number in range(150)]
        subprocess.run(["doveadm", "-c", server.root / "dovecot.conf", "kick", user], check=True, capture_output=True)
        found += [each.raw for each in reading]
    assert hashes(found) == hashes([on_the_wire(raw) for raw in real_messages(400)])


@pytest.mark.parametrize("folder", ["Übung & Straße", "請求書", 'quoted "so"', "a.b c", "100%"])
def test_folder_names_may_hold_any_character(server: Dovecot, folder: str) -> None:
    user = f"folder-{sha256(folder.encode()).hexdigest()[:8]}"
    server.maildir(user)
    with server.signed_in(user) as other:
        other.folder.create(folder)
        other.append(b"Subject: hello\r\n\r\n", folder)
    assert [each.raw for each in collected(server.mailbox(user, folder))] == [b"Subject: hello\r\n\r\n"]


def test_messages_delivered_to_a_folder_are_read_from_it_alone(server: Dovecot) -> None:
    server.fill("foldered", [b"Subject: outside\n\n"])
    server.fill("foldered", [b"Subject: inside\n\n"], "Facturación")
    assert [each.raw for each in collected(server.mailbox("foldered", "Facturación"))] == [b"Subject: inside\r\n\r\n"]


def test_a_missing_folder_is_told_with_the_folders_there_are(server: Dovecot) -> None:
    server.maildir("lost", "Año 2026")
    sentence = problem(server.mailbox("lost", "Invoices"))
    assert "lost has no folder “Invoices”." in sentence
    assert "“Año 2026”, “INBOX”" in sentence


def test_a_wrong_password_is_told(server: Dovecot) -> None:
    mailbox = server.mailbox("ap@desk.example")
    os.environ[PASSWORD_ENV] = "wrong"
    assert "did not accept the user ap@desk.example or the password" in problem(mailbox)


def test_a_password_may_hold_any_character(server: Dovecot) -> None:
    with dovecot(password='pä$"ß\\wört') as other:
        other.fill("ünal@desk.example", [b"Subject: hello\n\n"])
        mailbox = other.mailbox("ünal@desk.example", address="unal@desk.example")
        assert len(collected(mailbox)) == 1


def test_folders_renumbered_by_the_server_are_not_read_by_old_uids(server: Dovecot) -> None:
    server.fill("renumbered", real_messages(2))
    with open_source(server.mailbox("renumbered"), COLLECT, HERE) as source:
        [*_rest, listed] = source.list()
        old = Listed(listed.folder, listed.uid_validity - 1, listed.uid)
        assert [*source.fetch([old], LIMIT)] == []
        assert "numbered the folder “INBOX” anew" in source.observed().problems[0]


def test_a_certificate_nobody_vouches_for_is_refused(server: Dovecot) -> None:
    assert "certificate of 127.0.0.1 is not trusted" in problem(server.mailbox("ap", tls=True))
    assert "ca_file" in problem(server.mailbox("ap", tls=True))


def test_an_own_authority_is_trusted_by_ssl_cert_file(server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    server.fill("environment", real_messages(1))
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    assert len(collected(server.mailbox("environment", tls=True, host="localhost"))) == 1


def test_a_certificate_for_another_name_is_refused(server: Dovecot) -> None:
    with dovecot(names=("mail.example",)) as other:
        sentence = problem(other.mailbox("ap", tls=True, host="localhost", ca_file=other.authority))
    assert "certificate of localhost is made out to another name" in sentence


def test_an_expired_certificate_is_refused(server: Dovecot) -> None:
    with dovecot(days=-1) as other:
        sentence = problem(other.mailbox("ap", tls=True, ca_file=other.authority))
    assert "certificate of 127.0.0.1 has expired" in sentence


def test_a_certificate_is_not_looked_at_only_where_the_configuration_says_so(server: Dovecot) -> None:
    server.fill("trusting", real_messages(1))
    assert len(collected(server.mailbox("trusting", tls=True, verify_tls=False))) == 1


def test_a_file_without_certificates_is_told(server: Dovecot, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    assert "ca.pem can't be used" in problem(server.mailbox("ap", tls=True, ca_file=tmp_path / "ca.pem"))


def test_imap_to_another_machine_turns_to_tls_before_the_password(server: Dovecot) -> None:
    server.fill("starttls", real_messages(1))
    assert len(collected(server.mailbox("starttls", host=ELSEWHERE, ca_file=server.authority))) == 1
    [login] = [line for line in server.log().splitlines() if "Login: user=<starttls>" in line]
    assert ", TLS," in login


def test_starttls_with_a_certificate_nobody_vouches_for_is_refused(server: Dovecot) -> None:
    assert "is not trusted" in problem(server.mailbox("stranger", host=ELSEWHERE))
    assert "user=<stranger>" not in server.log()


def test_without_tls_the_password_is_not_sent_to_another_machine(server: Dovecot) -> None:
    with dovecot(ssl="no") as other:
        assert "does not offer encryption" in problem(other.mailbox("careful", host=ELSEWHERE))
        assert "user=<careful>" not in other.log()


def test_without_tls_the_configuration_can_allow_to_send_the_password(server: Dovecot) -> None:
    with dovecot(ssl="no") as other:
        other.fill("careless", real_messages(1))
        assert len(collected(other.mailbox("careless", host=ELSEWHERE, verify_tls=False))) == 1


def test_a_server_that_does_not_exist_is_told() -> None:
    assert "The server mail.invalid can't be found." in problem(scripted_mailbox(993, "imaps", "mail.invalid"))


def test_a_port_where_nothing_answers_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert f"Nothing answers at 127.0.0.1:{port}." in problem(scripted_mailbox(port))


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_a_silent_server_is_given_up(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sentence = problem(scripted_mailbox(listener.getsockname()[1], scheme), timeout=0.3)
    assert "did not answer for 0.3 seconds" in sentence


def test_tls_at_a_plain_port_is_told(server: Dovecot) -> None:
    assert "does not speak TLS from the start" in problem(scripted_mailbox(server.plain_port, "imaps"))


def test_a_server_of_another_kind_is_told() -> None:
    with scripted({}, greeting=b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        assert "broke off" in problem(scripted_mailbox(port))


@pytest.mark.parametrize("command", [b"LOGIN", b"EXAMINE", b"UID SEARCH", b"UID FETCH"])
def test_silence_at_any_command_is_given_up(command: bytes) -> None:
    with scripted({b"UID SEARCH": b"* SEARCH 1\r\n", command: None}) as port:
        assert "did not answer for 0.3 seconds" in problem(scripted_mailbox(port), timeout=0.3)


def test_a_literal_larger_than_any_message_may_be_is_not_waited_for() -> None:
    lies = {
        b"UID SEARCH": b"* SEARCH 1\r\n",
        b"UID FETCH 1 (UID INTERNALDATE RFC822.SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n",
        b"UID FETCH": b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",
    }
    with scripted(lies) as port:
        assert collected(scripted_mailbox(port)) == []


def test_a_message_larger_than_its_announced_size_is_cut_to_its_header() -> None:
    lies = {
        b"UID SEARCH": b"* SEARCH 1\r\n",
        b"UID FETCH 1 (UID INTERNALDATE RFC822.SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n",
        b"UID FETCH": b"* 1 FETCH (UID 1 BODY[] {19}\r\nSubject: a\r\n\r\nlarge)\r\n",
    }
    with scripted(lies) as port:
        [found] = collected(scripted_mailbox(port), limit=15)
    assert (found.raw, found.complete, found.listed.size) == (b"Subject: a\r\n\r\n", False, 19)


def test_a_folder_without_uidvalidity_is_refused() -> None:
    with scripted({b"EXAMINE": b"* 1 EXISTS\r\n"}) as port:
        assert "gives messages no lasting numbers" in problem(scripted_mailbox(port))


def test_answers_are_understood_in_any_order() -> None:
    pieces: list[bytes | tuple[bytes, bytes] | None] = [
        (b'1 (UID 5 INTERNALDATE " 3-Feb-2026 10:00:00 +0200" BODY[] {3}', b"one"),
        b")",
        (b"2 (BODY[] {3}", b"two"),
        b' FLAGS (\\Seen) UID 6 INTERNALDATE "17-Jul-1996 02:44:25 -0700")',
        b"3 (FLAGS (\\Seen))",
        b'4 (UID 7 BODY[] "" RFC822.SIZE 0)',
        b"5 (UID 8 BODY[] NIL)",
        (b"6 (UID 9 BODY[HEADER]<0> {6}", b"header"),
        b' INTERNALDATE "99-Foo-0000 00:00:00 +0000")',
        None,
    ]
    assert [*answers(pieces)] == [
        ("5", None, b"one", datetime(2026, 2, 3, 8, 0)),
        ("6", None, b"two", datetime(1996, 7, 17, 9, 44, 25)),
        ("7", 0, b"", None),
        ("8", None, None, None),
        ("9", None, b"header", None),
    ]


def test_memory_stays_bounded_with_many_large_messages(server: Dovecot) -> None:
    server.fill("heavy", [b"Subject: heavy\r\n\r\n" + (b"x" * 76 + b"\r\n") * 250_000] * 8)
    with open_source(server.mailbox("heavy"), COLLECT, HERE) as source:
        listed = source.list()
        tracemalloc.start()
        sizes = [len(found.raw) for found in source.fetch(listed, LIMIT)]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert sum(sizes) > 140 * MB
    assert peak < 64 * MB
