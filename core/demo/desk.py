"""The demo desk: its configuration, its routes and twelve weeks of mail, the same for the same seed and date."""

import csv
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from random import Random

from core.demo.calendar import PROFILES, Calendar
from core.demo.composing import compose
from core.demo.drafts import Draft, draft
from core.demo.envelope import PLACEHOLDER
from core.demo.mail import DemoMail, Truth
from core.demo.mailboxes import DESK, NEW_HOURS, mailboxes
from core.demo.streams import Stream, all_streams
from core.demo.threads import replies

EVENING = time(17)  # when a day ends for a demo that isn't told the hour
FORGOTTEN = timedelta(days=8)  # what is older than this has been decided
MARK = "demo.desk.example"  # ends the unique part of every file name, so that only our files are ever cleared


@dataclass(frozen=True)
class DemoDesk:
    """A generated desk. `weeks` holds the mail of each week in the order of arrival, the oldest week first."""

    folder: Path
    until: datetime
    weeks: tuple[tuple[DemoMail, ...], ...]

    @property
    def mail(self) -> Iterator[DemoMail]:
        """All mail in the order of arrival."""
        return (mail for week in self.weeks for mail in week)

    def end_of(self, week: int) -> datetime:
        """When a week ends (1 is the first): midnight, or `until` for the last."""
        tonight = datetime.combine(self.until.date(), time()) + timedelta(days=1)
        return min(self.until, tonight - timedelta(days=7 * (len(self.weeks) - week)))

    def deliver(self, mails: Iterable[DemoMail] | None = None, items: Mapping[str, str] | None = None) -> int:
        """Write mails (all, if none are given) into their Maildirs, dated as received; answers how many.

        `items` says which work item a mail belongs to by now (Message-ID → reference such as `T-000123`): replies to
        its plus address get that reference.
        """
        chosen = list(self.mail if mails is None else mails)
        for mail in chosen:
            self._write(mail, (items or {}).get(mail.plus, ""))
        return len(chosen)

    def path(self, mail: DemoMail) -> Path:
        """Where the mail lies once it is delivered."""
        fresh = self.until - mail.received_at < timedelta(hours=NEW_HOURS)
        place = Path("new") / mail.file_name if fresh else Path("cur") / f"{mail.file_name}:2,S"
        return self.folder / mailboxes()[mail.mailbox].folder / place

    def _write(self, mail: DemoMail, reference: str) -> None:
        raw = mail.raw.replace(PLACEHOLDER.encode(), f"+{reference}@".encode()) if reference else mail.raw
        path = self.path(mail)
        path.write_bytes(raw)
        stamp = mail.received_at.replace(tzinfo=UTC).timestamp()
        os.utime(path, (stamp, stamp))


def generate(folder: Path, today: date, seed: int = 7, weeks: int = 12, until: datetime | None = None) -> DemoDesk:
    """Write configuration, routes, empty Maildirs and truth.csv into the folder; answers the desk with its mail.

    The mail ends at `until` (naive UTC, on the day `today`; 17:00 if left out). An earlier demo in the folder is
    replaced, its mail cleared; nothing else in the folder is touched.
    """
    calendar = Calendar(until or datetime.combine(today, EVENING), weeks)
    drafts = [each for stream in all_streams() for each in _of_stream(stream, calendar, seed)]
    drafts += replies(drafts, calendar)
    drafts.sort(key=lambda each: (each.received_at, each.key))
    mails = [mail for number, each in enumerate(drafts) for mail in _mails(each, number)]
    weekly = {week: tuple(group) for week, group in groupby(mails, lambda mail: calendar.week_of(mail.received_at))}
    desk = DemoDesk(folder, calendar.until, tuple(weekly.get(week, ()) for week in range(1, weeks + 1)))
    _prepare(folder)
    _write_truth(desk)
    return desk


def _of_stream(stream: Stream, calendar: Calendar, seed: int) -> Iterator[Draft]:
    """The mails a stream sends week by week, and those of it that still wait."""
    name = f"{seed}/{calendar.until:%Y-%m-%d}/{stream.name}"
    for week in range(1, calendar.weeks + 1):
        rng = Random(f"{name}/{week}")
        expected = stream.expected(week, calendar.weeks)
        moments = calendar.moments(rng, week, expected, PROFILES[stream.profile]) if expected else []
        for number, moment in enumerate(moments):
            yield draft(f"{name}/{week}/{number}", stream, moment, stream.truth())
    for age in stream.ages:
        start = calendar.ago(Random(f"{name}/{age}"), age)
        for number in range(stream.burst):
            moment = start + timedelta(seconds=47 * number)
            yield draft(f"{name}/{age}/{number}", stream, moment, _of_age(stream, calendar.until - moment))


def _of_age(stream: Stream, age: timedelta) -> Truth:
    truth = stream.truth()
    return truth if age > FORGOTTEN else replace(truth, action="ignore-for-now")


def _mails(each: Draft, number: int) -> Iterator[DemoMail]:
    """The draft in every mailbox it is delivered to; people delete the second copy."""
    stream = each.stream
    for mailbox in filter(None, (stream.mailbox, stream.also)):
        raw = compose(each, mailboxes()[mailbox].address)
        second = mailbox == stream.also
        name = f"{int(each.received_at.replace(tzinfo=UTC).timestamp())}.{number:05}.{MARK}"
        truth = replace(each.truth, action="delete", reason="Duplicate") if second else each.truth
        plus = each.root.message_id if each.plus else ""
        yield DemoMail(mailbox, name, raw, each.received_at, each.message_id, stream.name, stream.cause, truth, plus)


def _prepare(folder: Path) -> None:
    """Configuration and routes in place, Maildirs there and without mail of an earlier demo."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("straydesk.toml", "routes.toml"):
        shutil.copyfile(DESK / name, folder / name)
    for mailbox in mailboxes().values():
        for part in ("cur", "new", "tmp"):
            place = folder / mailbox.folder / part
            place.mkdir(parents=True, exist_ok=True)
            for old in place.glob(f"*.{MARK}*"):
                old.unlink()


def _write_truth(desk: DemoDesk) -> None:
    """truth.csv: for every mail what a person would do with it, for measuring; the program never reads it."""
    names = [field.name for field in fields(Truth)]
    with (desk.folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["mailbox", "file_name", "message_id", "received_at", "stream", "cause", *names])
        for mail in desk.mail:
            known = (mail.mailbox, mail.file_name, mail.message_id, mail.received_at, mail.stream, mail.cause)
            writer.writerow([*known, *astuple(mail.truth)])
