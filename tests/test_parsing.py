"""Parsing: messages with a twin of expected values, all real mail, other readers' opinions, and damaged mail."""

import csv
import hashlib
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imap_tools import MailMessage

from core.errors import NotFound
from core.parsing import (
    Limits,
    ParsedMessage,
    attachment_content,
    headers,
    nested_message,
    parse,
    quoted_history,
)
from core.parsing import message as message_module
from tests.real_mail import MAIL, real_paths

MESSAGES = Path(__file__).parent / "messages"
TWINS = sorted(MESSAGES.glob("*.json"))
LIMITS = Limits()
ATTACHED = ("part", "name", "content_type", "size", "inline", "is_message")
NAMED = ("kind", "address", "name", "valid")


@cache
def corpus() -> dict[str, bytes]:
    return {str(path.relative_to(MAIL)): path.read_bytes() for path in real_paths()}


@cache
def parsed_corpus() -> dict[str, ParsedMessage]:
    return {path: parse(raw, LIMITS) for path, raw in corpus().items()}


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from strings(one)


def assert_storable(message: ParsedMessage) -> None:
    for text in strings(astuple(message)):
        text.encode("utf-8")
        assert "\0" not in text
    assert message.received_at.tzinfo is None
    assert message.sent_at is None or message.sent_at.tzinfo is None
    for recipient in message.recipients:
        assert recipient.valid == bool(recipient.domain)
        assert not recipient.valid or recipient.address.endswith(f"@{recipient.domain}")
    assert not any(sign in attachment.name for attachment in message.attachments for sign in "/\\\n\r\u202e")
    assert len(message.preview) <= 200


def mail(*lines: str, body: str = "") -> bytes:
    return "\n".join(["From: a@x.example", "To: b@desk.example", *lines, "", body]).encode()


# --- messages with a twin -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("twin", TWINS, ids=[path.stem for path in TWINS])
def test_a_message_gives_the_values_of_its_twin(twin: Path) -> None:
    expected: dict[str, Any] = json.loads(twin.read_text(encoding="utf-8"))
    message = parse(twin.with_suffix(".eml").read_bytes(), LIMITS)
    assert_storable(message)
    found = {field: told(field, getattr(message, field)) for field in expected}
    expected["defects"].sort()
    assert found == expected


def told(field: str, value: Any) -> Any:
    """A field of a message in the words of a twin."""
    if field == "recipients":
        return [{name: getattr(one, name) for name in NAMED} for one in value]
    if field == "attachments":
        return [{name: getattr(one, name) for name in ATTACHED} for one in value]
    if field == "defects":
        return sorted({defect.partition(":")[0] for defect in value})
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def test_every_message_has_a_twin() -> None:
    assert len(TWINS) > 25
    assert {path.stem for path in TWINS} == {path.stem for path in MESSAGES.glob("*.eml")}


# --- all real mail --------------------------------------------------------------------------------------------------


def test_all_real_mail_is_read_and_can_be_stored() -> None:
    assert len(corpus()) > 3700
    for message in parsed_corpus().values():
        assert_storable(message)
    assert not [path for path, message in parsed_corpus().items() if "parser_failed" in " ".join(message.defects)]
    unparsable = [path for path, message in parsed_corpus().items() if message.verdict == "unparsable"]
    assert len(unparsable) <= 3, unparsable


def test_every_attachment_of_real_mail_is_cut_out_as_it_was_hashed() -> None:
    for path, message in parsed_corpus().items():
        for attachment in message.attachments:
            content = attachment_content(corpus()[path], attachment.part, LIMITS)
            assert len(content) == attachment.size
            assert hashlib.sha256(content).hexdigest() == attachment.sha256
            if attachment.is_message:
                assert_storable(parse(nested_message(corpus()[path], attachment.part, LIMITS), LIMITS))


def test_lists_ids_and_deliveries_agree_with_the_labels_of_the_corpus() -> None:
    with (MAIL / "spamassassin" / "labels.csv").open(encoding="utf-8") as file:
        labels = [row for row in csv.DictReader(file) if row["path"] in corpus()]
    wrong: Counter[str] = Counter()
    for row in labels:
        message = parsed_corpus()[row["path"]]
        listed = re.search("<([^<>]*)>", row["list_id"])
        delivered = [one.address for one in message.recipients if one.kind == "delivered"]
        wrong["list_id"] += message.list_id != (listed[1] if listed else row["list_id"]).lower()
        wrong["message_id"] += message.message_id != row["message_id"].strip().strip("<>")
        wrong["delivered_to"] += bool(row["delivered_to"]) and row["delivered_to"].lower() not in delivered
    assert len(labels) > 3000
    # The labels keep white space inside broken identifiers, and what servers wrote behind them.
    assert wrong["list_id"] == 0
    assert wrong["delivered_to"] <= 1
    assert wrong["message_id"] <= 25


# How often another reader may differ, of all real mail. It gives up on raw 8-bit headers, puts addresses together
# from words, opens attached messages, and keeps paths in file names.
OPINIONS: dict[str, tuple[Callable[[ParsedMessage], Any], Callable[[MailMessage], Any], float]] = {
    "from": (lambda ours: ours.from_address, lambda theirs: theirs.from_.lower(), 0.004),
    "name": (lambda ours: ours.from_name, lambda theirs: name_of(theirs), 0.006),
    "to": (lambda ours: addresses(ours, "to"), lambda theirs: lowered(theirs.to), 0.015),
    "cc": (lambda ours: addresses(ours, "cc"), lambda theirs: lowered(theirs.cc), 0.001),
    "subject": (lambda ours: ours.subject, lambda theirs: " ".join(theirs.subject.split()), 0.008),
    "attachments": (
        lambda ours: [one.name for one in ours.attachments if one.name],
        lambda theirs: [one.filename for one in theirs.attachments if one.filename],
        0.007,
    ),
}


def name_of(message: MailMessage) -> str:
    return " ".join(message.from_values.name.split()) if message.from_values else ""


def addresses(message: ParsedMessage, kind: str) -> list[str]:
    return [one.address for one in message.recipients if one.kind == kind and one.valid]


def lowered(found: tuple[str, ...]) -> list[str]:
    return [one.lower() for one in found if one]


@pytest.mark.parametrize("field", OPINIONS)
def test_another_reader_is_of_the_same_opinion_about(field: str) -> None:
    ours, theirs, tolerated = OPINIONS[field]
    differing = []
    for path, raw in corpus().items():
        try:
            other = theirs(MailMessage.from_bytes(raw))
        except Exception:  # it raises on some of this mail, which is why it has no vote there
            continue
        if ours(parsed_corpus()[path]) != other:
            differing.append(path)
    assert len(differing) / len(corpus()) <= tolerated, differing


# --- limits ---------------------------------------------------------------------------------------------------------


def test_a_message_over_the_size_limit_keeps_its_header() -> None:
    message = parse(mail("Subject: big", body="x" * 5000), Limits(size=4000))
    assert (message.verdict, message.subject, message.from_address) == ("too_large", "big", "a@x.example")
    assert (message.text, message.attachments) == ("", ())
    assert message.size > 5000


def test_a_message_of_which_only_the_header_was_fetched_is_too_large_and_keeps_its_real_size() -> None:
    message = parse(mail("Subject: big"), LIMITS, complete=False, size=60_000_000)
    assert (message.verdict, message.size, message.subject) == ("too_large", 60_000_000, "big")


@pytest.mark.parametrize("line", ["X-Long: " + "x" * 100, "X-Folded: x\n " + "y" * 60])
def test_a_header_over_the_limit_is_read_up_to_there(line: str) -> None:
    message = parse(mail("Subject: first", *[line] * 2000, "Cc: never@x.example"), Limits(header_bytes=10_000))
    assert (message.verdict, message.subject) == ("too_large", "first")
    assert "too_large: header_bytes" in message.defects
    assert addresses(message, "cc") == []


def test_one_endless_header_line_is_read_without_it() -> None:
    message = parse(mail("Subject: first", "X-Endless: " + "x" * 500_000), LIMITS)
    assert (message.verdict, message.subject) == ("too_large", "first")


def test_twenty_thousand_fields_are_too_many() -> None:
    message = parse(mail("Subject: first", *[f"X-{index}: a longer value" for index in range(20_000)]), LIMITS)
    assert (message.verdict, message.subject) == ("too_large", "first")


def test_multiparts_two_thousand_deep_are_too_deep() -> None:
    levels = [f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}" for level in range(2000)]
    message = parse(mail("Subject: deep", *levels), LIMITS)
    assert (message.verdict, message.subject) == ("too_large", "deep")
    assert "too_large: depth" in message.defects


def test_a_message_with_too_many_parts_keeps_the_first() -> None:
    body = "".join(f"--B\nContent-Type: image/png; name={index}.png\n\nx\n" for index in range(3000))
    message = parse(mail("Content-Type: multipart/mixed; boundary=B", body=body), Limits(parts=50))
    assert message.verdict == "too_large"
    assert [one.name for one in message.attachments] == [f"{index}.png" for index in range(49)]


def test_within_the_limits_nothing_is_too_large() -> None:
    body = "".join(f"--B\nContent-Type: image/png; name={index}.png\n\nx\n" for index in range(40)) + "--B--"
    raw = mail("Content-Type: multipart/mixed; boundary=B", body=body)
    message = parse(raw, Limits(parts=41, depth=1, size=len(raw)))
    assert (message.verdict, len(message.attachments), message.defects) == ("parsed", 40, ())


# --- single rules ---------------------------------------------------------------------------------------------------


def test_the_time_given_by_the_mailbox_comes_first_and_is_told_in_utc() -> None:
    given_at = datetime(2025, 3, 4, 12, tzinfo=timezone(timedelta(hours=2)))
    raw = mail("Received: by x; Mon, 3 Mar 2025 10:00:00 +0000", "Date: Sun, 2 Mar 2025 10:00:00 +0000")
    assert parse(raw, LIMITS, received_at=given_at).received_at == datetime(2025, 3, 4, 10)
    assert parse(raw, LIMITS).received_at == datetime(2025, 3, 3, 10)
    assert parse(raw.replace(b"Received", b"X-No"), LIMITS).received_at == datetime(2025, 3, 2, 10)


def test_a_message_without_any_time_was_received_now() -> None:
    now = datetime.fromtimestamp(time.time(), tz=UTC).replace(tzinfo=None)
    assert abs(parse(mail(), LIMITS).received_at - now) < timedelta(seconds=20)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("Auto-Submitted: auto-generated", "Auto-Submitted: auto-generated"),
        ("Auto-Submitted: No (by hand)", ""),
        ("Return-Path: <>", "Return-Path: <>"),
        ("Return-Path: <a@x.example>", ""),
        ("Content-Type: multipart/report; boundary=B", "Content-Type: multipart/report"),
        ("Precedence: junk", "Precedence: junk"),
        ("Precedence: first-class", ""),
        ("List-Unsubscribe: <https://x.example>", ""),
    ],
)
def test_automatic_mail_is_marked_with_the_header_that_says_so(field: str, said: str) -> None:
    assert parse(mail(field, body="--B\n\nx\n--B--\n"), LIMITS).automatic == said


@pytest.mark.parametrize(
    "written",
    [
        "Wed, 99 Foo 9999 99:99:99 +9999",
        "x" * 5000,
        "9" * 5000,
        "Fri, 31 Dec 9999 23:00:00 -2359",
        "\u0663 Jan 2020",
        ";;",
    ],
)
def test_a_bad_date_is_a_defect_and_no_time(written: str) -> None:
    message = parse(mail(f"Date: {written}"), LIMITS)
    assert message.sent_at is None
    assert any(defect.startswith("date_unreadable") for defect in message.defects)


def test_headers_are_shown_in_order_and_decoded() -> None:
    raw = mail("Subject: =?utf-8?q?A=C3=B1o?=", "X-Two:\n\tfolded\n\tline", "received: x")
    assert headers(raw)[2:] == [("Subject", "Año"), ("X-Two", "folded line"), ("received", "x")]


def test_what_is_not_attached_is_not_found() -> None:
    raw = (MESSAGES / "nested_message.eml").read_bytes()
    for part in ("1.1", "9", "", "2.1", "../1"):
        with pytest.raises(NotFound):
            attachment_content(raw, part, LIMITS)
    with pytest.raises(NotFound):
        nested_message(raw, "1", LIMITS)


def test_nested_messages_open_one_inside_the_other() -> None:
    outer = (MESSAGES / "nested_message.eml").read_bytes()
    inner = nested_message(outer, "2", LIMITS)
    assert parse(inner, LIMITS).subject == "inner"
    innermost = parse(nested_message(inner, "1", LIMITS), LIMITS)
    assert (innermost.from_address, innermost.text) == ("innermost@x.example", "innermost text")


def test_an_attachment_of_ten_megabytes_is_read_quickly() -> None:
    lines = "\n".join(["QUJD" * 19] * 140_000)
    raw = mail("Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", body=lines)
    begun = time.process_time()
    message = parse(raw, LIMITS)
    assert message.attachments[0].size == 3 * 19 * 140_000
    assert time.process_time() - begun < 2


def test_a_mistake_of_the_parser_costs_one_message_as_few_fields_as_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(message_module, "describe", broken)
    message = parse(mail("Subject: x", body="text"), LIMITS)
    assert (message.verdict, message.subject, message.text) == ("unparsable", "x", "")
    assert message.defects[0].startswith("parser_failed: ZeroDivisionError")
    monkeypatch.setattr(message_module, "read_addresses", broken)
    message = parse(mail("Subject: x"), LIMITS)
    assert (message.verdict, message.subject, message.recipients) == ("unparsable", "", ())


HOSTILE = {
    "encoded words never closed": mail("Subject: " + "=?a?q?" * 40_000),
    "encoded words with question marks": mail("Subject: =?a?q?" + "?=20" * 60_000),
    "opening brackets": mail("To: " + "<" * 200_000),
    "opening comments": mail("To: " + "(" * 200_000),
    "escaped quotes": mail('To: "' + '\\"' * 100_000),
    "white space in an address": mail("To: a" + " " * 200_000 + "@x"),
    "empty parameters": mail("Content-Type: text/plain" + " ;" * 100_000),
    "comments never closed": mail("Content-Type: text/html", body="<!--" * 500_000),
    "tags never closed": mail("Content-Type: text/html", body="<a '" * 500_000),
    "character numbers": mail("Content-Type: text/html", body="&#" + "9" * 100_000 + ";"),
    "delimiters": mail("Content-Type: multipart/mixed; boundary=x", body="--x\n" * 500_000),
    "introductions": mail(body="On 1 Jan a@b wrote:\n" * 50_000),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_mail_made_to_be_slow_is_not(hostile: str) -> None:
    begun = time.process_time()
    message = parse(HOSTILE[hostile], LIMITS)
    quoted_history(message.text)
    assert time.process_time() - begun < 5
    assert_storable(message)
    assert message.verdict != "unparsable"


# --- damaged mail ---------------------------------------------------------------------------------------------------


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """The message cut, with bytes overwritten, lines swapped, or pieces of it repeated."""
    mail = bytearray(raw[:60_000])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(mail) + 1)
        match chance.randrange(6):
            case 0:
                del mail[at:]
            case 1:
                mail[at : at + chance.randint(1, 8)] = chance.randbytes(chance.randint(0, 8))
            case 2:
                mail[at:at] = chance.choice(SALT)
            case 3:
                lines = bytes(mail).split(b"\n")
                chance.shuffle(lines)
                mail = bytearray(b"\n".join(lines))
            case 4:
                mail[at:at] = mail[at : at + chance.randint(1, 2000)]
            case _:
                del mail[at : at + chance.randint(1, 200)]
    return bytes(mail)


SALT = [
    b"\0",
    b"\r",
    b"\n\n",
    b"=?utf-8?b?",
    b"?=",
    b'"',
    b"<",
    b"\xff\xfe",
    b"(",
    b"\nContent-Type: multipart/mixed\n",
]
SALT += [
    b"\nContent-Transfer-Encoding: base64\n",
    b"charset=utf-16",
    b"\n--",
    b"=\n",
    b"\xed\xa0\x80",
    b"&#xD800;",
    b"<!--",
]


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_damaged_real_mail_is_read_and_can_be_stored(chance: random.Random) -> None:
    raw = damaged(corpus()[chance.choice(list(corpus()))], chance)
    message = parse(raw, LIMITS)
    assert_storable(message)
    assert "parser_failed" not in " ".join(message.defects)
    assert 0 <= quoted_history(message.text) <= len(message.text)
    for attachment in message.attachments:
        assert len(attachment_content(raw, attachment.part, LIMITS)) == attachment.size
    for text in strings(tuple(headers(raw))):
        text.encode("utf-8")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_give_a_message(raw: bytes) -> None:
    assert_storable(parse(raw, LIMITS))
    assert_storable(parse(b"From: a@x.example\nTo: " + raw, LIMITS))
    assert_storable(parse(b"From: a@x.example\nContent-Type: text/html\n\n<" + raw, LIMITS))


# --- quoted history -------------------------------------------------------------------------------------------------


def bare(text: str) -> str:
    return "".join(text.split())


def test_quoted_history_is_found_in_the_replies_of_the_trimmer_corpus() -> None:
    folder = MAIL / "email_reply_trimmer"
    whole = exact = count = 0
    for path in sorted((folder / "emails").glob("*.txt")):
        text, reply = path.read_text("utf-8"), (folder / "trimmed" / path.name).read_text("utf-8")
        kept = text[: quoted_history(text)]
        count += 1
        exact += bare(kept) == bare(reply)
        # Signatures are not history; they may be kept.
        whole += bare(kept) == bare(reply) or (len(kept) < len(text) and bare(kept).startswith(bare(reply)))
    assert count == 64
    assert exact >= 33
    assert whole >= 47


def test_quoted_history_is_found_in_replies_of_many_mail_programs() -> None:
    replies = {path: message for path, message in parsed_corpus().items() if path.startswith("talon")}
    folded = [path for path, message in replies.items() if quoted_history(message.text) < len(message.text)]
    assert len(replies) == 12
    assert len(folded) >= 11  # one answers below the quote, so there is nothing to fold
    assert all("Hello" in message.preview or "Allo" in message.preview for message in replies.values())


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Gracias.\n\nEl lun, 3 mar 2025 a las 9:00, Ana (<ana@x.example>)\nescribió:\n\n> hola\n", "Gracias.\n\n"),
        ("Thanks.\n\n-----Original Message-----\nFrom: x\n", "Thanks.\n\n"),
        ("Gracias.\n\n-----Mensaje original-----\nDe: x\n", "Gracias.\n\n"),
        ("Gracias.\n\nDe: Ana <a@x.example>\nEnviado el: lunes\nPara: b\nAsunto: c\n\nhola", "Gracias.\n\n"),
        ("Yes.\n> Is it?\n> Really?\n", "Yes.\n"),
        ("> Is it?\nYes.\n", "> Is it?\nYes.\n"),
        ("Nothing quoted, on Monday she wrote: yes.\n", "Nothing quoted, on Monday she wrote: yes.\n"),
        ("Yes.\n> Is it?\n_______________________\nlist footer\n", "Yes.\n"),
        ("> only a quote\n", "> only a quote\n"),
        ("", ""),
    ],
)
def test_quoted_history_starts_where_nothing_new_follows(text: str, new: str) -> None:
    assert text[: quoted_history(text)] == new
