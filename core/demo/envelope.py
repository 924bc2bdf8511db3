"""The headers around a mail: the way it came, who, to whom, when, and what it answers."""

import re
from datetime import UTC, timedelta, timezone
from email.utils import format_datetime
from random import Random

from core.demo.drafts import Draft, token
from core.demo.mime import Headers, address, phrase

OURS = re.compile(r"[\w.+-]+@(?:\w+\.)?desk\.example")
PLACEHOLDER = "+T-000000@"  # replaced by the reference of the item when the mail is delivered
MAILERS = (
    "Microsoft Outlook 16.0",
    "Apple Mail (2.3774)",
    "Thunderbird 128.3.1",
    "Roundcube Webmail",
    "Evolution 3.52",
)
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")  # for documentation (RFC 5737)
ZONES = {"en": (0, 0, 0, -5), "es": (1, 1, 1, 2)}  # hours ahead of UTC


def headers(draft: Draft, rng: Random, mailbox: str) -> Headers:
    """All headers of the draft but those of its content; `mailbox` is the address it is delivered to."""
    return [*_trace(draft, rng, mailbox), *_origin(draft, rng), *_thread(draft), *_machine(draft, rng)]


def _trace(draft: Draft, rng: Random, mailbox: str) -> Headers:
    stream, domain = draft.stream, draft.sender.domain or "gateway.test"
    ours = OURS.findall(draft.to) or [mailbox]
    delivered = stream.delivered or (mailbox if mailbox in ours else ours[0])
    by = f"by mx1.desk.example (Postfix) with ESMTPS id {token(draft.key)[:10].upper()}"
    host = f"mail.{domain} (mail.{domain} [{rng.choice(NETWORKS)}.{rng.randrange(1, 255)}])"
    null = stream.form in ("answer", "bounce")
    trace = [("Return-Path", "<>" if null else f"<{draft.sender.address}>")]
    trace += [("Delivered-To", delivered if stream.also_same_bytes else mailbox)]
    trace += [("X-Original-To", delivered)] if delivered != mailbox else []
    trace += [("Received", f"from {host}\n\t{by}\n\tfor <{delivered}>; {_when(draft, 0)}")]
    trace += [("Received", f"from [10.1.{rng.randrange(9)}.7] by mail.{domain} with ESMTPSA;\n\t{_when(draft, 2)}")]
    return trace


def _when(draft: Draft, seconds: int) -> str:
    return format_datetime((draft.received_at - timedelta(seconds=seconds)).replace(tzinfo=UTC))


def _origin(draft: Draft, rng: Random) -> Headers:
    stream = draft.stream
    charset = "iso-8859-1" if rng.random() < 0.25 else "utf-8"
    zone = timezone(timedelta(hours=rng.choice(ZONES[draft.writing.language])))
    sent = (draft.received_at - timedelta(seconds=rng.randrange(2, 90))).replace(tzinfo=UTC)
    to = draft.to.replace("@", PLACEHOLDER, 1) if draft.plus else draft.to
    origin = [("Date", format_datetime(sent.astimezone(zone))), ("From", address(draft.sender, charset))]
    origin += [("To", to)] if to else []
    origin += [("Cc", draft.cc)] if draft.cc else []
    origin += [("Reply-To", stream.reply_to)] if stream.reply_to else []
    origin += [("Subject", _subject(draft.writing.subject, charset)), ("Message-ID", f"<{draft.message_id}>")]
    return origin


def _subject(text: str, charset: str) -> str:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    return phrase(text, charset)


def answer_id(draft: Draft) -> str:
    """The Message-ID of what the desk answered to this mail."""
    return f"{token(draft.key + ' answer')}@desk.example"


def _thread(draft: Draft) -> Headers:
    parent = draft.parent
    if not parent:
        unknown = f"<{token(draft.key + ' unknown')}@desk.example>"
        return [("In-Reply-To", unknown)] if draft.stream.form == "answer" else []
    if not draft.linked:
        return []
    line = [parent]
    while line[0].parent:
        line.insert(0, line[0].parent)
    names = [f"<{name}>" for mail in line for name in (mail.message_id, answer_id(mail))]
    return [("In-Reply-To", names[-1]), ("References", "\n\t".join(names))]


def _machine(draft: Draft, rng: Random) -> Headers:
    stream = draft.stream
    marks = [("Auto-Submitted", stream.automatic)] if stream.automatic else []
    if stream.form == "answer":
        marks += [("X-Auto-Response-Suppress", "All")]
    if stream.list_id:
        marks += [("List-Id", f"{phrase(draft.sender.name)} <{stream.list_id}>"), ("Precedence", "bulk")]
        marks += [("List-Unsubscribe", f"<https://click.{draft.sender.domain}/u/{token(draft.key)}>")]
    return marks or ([("X-Mailer", rng.choice(MAILERS))] if stream.voice == "person" else [])
