"""A desk of real mail with labels: three lists' worth of people, newsletters, and what everybody deletes.

The labels of the corpus stand for what people decide: spam is deleted, mail of a list goes to that list's service, and
newsletters and the rest to theirs. Each group is in the order of its dates, spread over twelve weeks; the delivery
address is the desk's for all, because in the corpus it tells where the mail was gathered.
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import groupby
from pathlib import Path
from random import Random

from core.parsing import Limits, parse
from tests.evaluation.living import DELETE, Lived, LivingDesk, live
from tests.real_mail import MAIL, rewritten

BEGIN = datetime(2025, 1, 6)  # a Monday
WEEKS = 12
AGENTS = ("ana", "bea", "carl")
LIST_FIELDS = re.compile(rb"(?im)^List-[A-Za-z]+:[^\n]*\n(?:[ \t]+[^\n]*\n)*")


def real_mail(folder: Path, *, with_list_id: bool = True, every: int = 1, spam_every: int = 1) -> LivingDesk:
    """The desk in `folder`; without List-Id all List-… fields are taken out, so that To, From and Subject must tell.

    `every`: only one mail of so many; `spam_every`: and of these, only one of so many that is spam.
    """
    mails = sorted(_mails(with_list_id, every, spam_every), key=lambda mail: mail.decided_at)
    return live(folder, {"desk": AGENTS}, mails, BEGIN + timedelta(weeks=WEEKS, days=3))


def _mails(with_list_id: bool, every: int, spam_every: int) -> Iterator[Lived]:
    rng = Random(1)
    with (MAIL / "spamassassin" / "labels.csv").open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)][::every]
    for group, paths in groupby(rows, lambda row: row["group"]):
        kept = [*paths][:: spam_every if group.startswith("spam") else 1]
        dated = sorted((_dated(MAIL / row["path"]) for row in kept), key=lambda mail: mail[0])
        for place, (_sent, raw, list_id) in enumerate(dated):
            at = BEGIN + timedelta(weeks=WEEKS) * ((place + rng.random()) / len(dated))
            target = _target(group, list_id)
            decided_at = at + timedelta(hours=rng.choice((1, 3, 8, 24)) * rng.uniform(0.5, 1.5))
            yield Lived(_redated(raw, at, with_list_id), "desk", rng.choice(AGENTS), decided_at, target, target)


def _dated(path: Path) -> tuple[datetime, bytes, str]:
    raw = path.read_bytes()
    parsed = parse(raw, Limits())
    return parsed.sent_at or parsed.received_at, raw, parsed.list_id


def _target(group: str, list_id: str) -> str:
    if group.startswith("spam"):
        return DELETE
    if group.startswith("hard-ham"):
        return "ticket · Desk · Reading · Newsletters"
    return f"ticket · Desk · Lists · {list_id.split('.')[0].title()}" if list_id else "case · Desk · Mail · People"


def _redated(raw: bytes, at: datetime, with_list_id: bool) -> bytes:
    raw = rewritten(raw, delivered_to="desk@desk.example")
    if not with_list_id:
        header, end, body = raw.partition(b"\n\n")
        raw = LIST_FIELDS.sub(b"", header + b"\n") + end[1:] + body
    received = f"Received: from mail.example by mx.desk.example; {format_datetime(at.replace(tzinfo=UTC))}\n"
    first, _end, rest = raw.partition(b"\n")
    # A line that begins with “From ” is no field, but it must stay the first.
    return first + b"\n" + received.encode() + rest if first.startswith(b"From ") else received.encode() + raw
