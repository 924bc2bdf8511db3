"""Telling somebody of a mailbox that is not well: once an episode, and once that it is well again; through the outbox.

A collector that is not running tells nobody: `status --check`, asked from outside, is for that.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from core.configuration_file import NotifyConfiguration
from core.health import Bounds, Trouble, troubles, utc
from core.language import _, speak, spoken
from core.outbox import put
from core.scope import Desk
from core.store import Connection

EPISODE = "red"  # this one has a beginning and an end; all others are told once a day
DAILY = ("residue", "missing", "ledger", "certificate", "token", "effects", "unusual")
TEAMS = "SELECT name, team FROM mailbox ORDER BY name"
STATES = "SELECT mailbox, problem_since FROM mailbox_state"
TOLD = """
SELECT mailbox, code, recipient, began_at FROM told_trouble
WHERE told_at > $since OR (code = $code AND ended_at IS NULL)
"""
TELL = "INSERT INTO told_trouble VALUES ($mailbox, $code, $recipient, $began_at, $now, NULL)"
OPEN = "SELECT mailbox, recipient, began_at FROM told_trouble WHERE code = $code AND ended_at IS NULL"
END = """
UPDATE told_trouble SET ended_at = $now
WHERE mailbox = $mailbox AND code = $code AND recipient = $recipient AND began_at = $began_at
"""


@dataclass(frozen=True)
class Notice:
    """What somebody is told about a mailbox; `event` is trouble or well_again."""

    event: str
    mailbox: str
    code: str
    recipient: str
    began_at: datetime
    subject: str
    sentence: str

    @property
    def id(self) -> str:
        """The same for the same news to the same recipient, however often it is found."""
        parts = (self.mailbox, self.code, self.began_at.isoformat(), self.recipient, self.event)
        return str(uuid5(NAMESPACE_URL, "straydesk:notice:" + "\0".join(parts)))


def put_notices(desk: Desk) -> int:
    """Put what has not been told yet into the outbox; answers how many. A second call adds none."""
    wanted = desk.configuration.notify
    if not wanted:
        return 0
    with desk.store.reading(background=True) as db:
        teams = dict(db.rows(TEAMS))
        red_since = {mailbox: since for mailbox, since in db.rows(STATES) if since is not None}
        told = set(db.rows(TOLD, since=desk.now() - timedelta(days=3), code=EPISODE))
        still_open = db.rows(OPEN, code=EPISODE)
    ended = [one for one in still_open if one[0] in teams and red_since.get(one[0]) != one[2]]
    again = [row for row in ended if row[0] not in red_since]
    fresh = [(each, notice) for each in wanted for notice in _notices(desk, each, teams, again)
             if notice.event != "trouble" or _key(notice) not in told]  # fmt: skip
    if not fresh and not ended:
        return 0
    return desk.store.change(lambda db: _written(db, desk, fresh, ended), background=True)


def _written(db: Connection, desk: Desk, fresh: Sequence[tuple[NotifyConfiguration, Notice]],
             ended: Sequence[tuple[str, str, datetime]]) -> int:  # fmt: skip
    added = 0
    for wanted, notice in fresh:
        if not put(db, id=notice.id, kind="webhook" if wanted.url else "email", recipient=notice.recipient,
                   subject=notice.subject, content=_content(desk, wanted, notice), by="notify",
                   now=desk.now()):  # fmt: skip
            continue
        added += 1
        if notice.event == "trouble":
            db.run(TELL, mailbox=notice.mailbox, code=notice.code, recipient=notice.recipient,
                   began_at=notice.began_at, now=desk.now())  # fmt: skip
    for mailbox, recipient, began_at in ended:
        db.run(END, mailbox=mailbox, code=EPISODE, recipient=recipient, began_at=began_at, now=desk.now())
    return added


def _notices(desk: Desk, wanted: NotifyConfiguration, teams: dict[str, str], ended: Sequence[tuple[str, str, datetime]]
             ) -> Iterator[Notice]:  # fmt: skip
    """What this recipient is to know now, told or not, in their language."""
    before, recipient = spoken(), str(wanted.url or wanted.email)
    mailboxes = {name for name, team in teams.items()
                 if wanted.mailbox in (None, name) and wanted.team in (None, team)}  # fmt: skip
    speak(wanted.language)
    try:
        for each in troubles(desk.operator(), Bounds(), lambda moment: _local(desk, moment)):
            if each.mailbox in mailboxes and (began_at := _since(desk, wanted, each)):
                yield Notice("trouble", str(each.mailbox), each.code, recipient, began_at,
                             _subject(each), each.sentence)  # fmt: skip
        for mailbox, told, began_at in ended:
            if told == recipient and mailbox in mailboxes:
                yield Notice("well_again", mailbox, EPISODE, recipient, began_at,
                             _("{mailbox} is collected again").format(mailbox=mailbox),
                             _("{mailbox}: the problem that began on {moment} is over.").format(
                                 mailbox=mailbox, moment=_local(desk, began_at)))  # fmt: skip
    finally:
        speak(before)


def _since(desk: Desk, wanted: NotifyConfiguration, trouble: Trouble) -> datetime | None:
    """When what is told began: the episode, or the day (UTC); None for what is not told, or not yet."""
    if trouble.code in DAILY:
        return desk.now().replace(hour=0, minute=0, second=0, microsecond=0)
    if trouble.code != EPISODE or trouble.since is None:
        return None
    return trouble.since if desk.now() - trouble.since >= timedelta(minutes=wanted.after_minutes) else None


def _subject(trouble: Trouble) -> str:
    told = {"red": _("{mailbox} can't be collected"), "residue": _("{mailbox}: mail could not be taken in"),
            "missing": _("{mailbox}: mail is missing"), "ledger": _("{mailbox}: the ledger does not add up"),
            "certificate": _("{mailbox}: the server's certificate runs out"),
            "token": _("{mailbox}: the access runs out"),
            "effects": _("{mailbox}: mail could not be changed on the server"),
            "unusual": _("{mailbox}: unusual")}  # fmt: skip
    return told[trouble.code].format(mailbox=trouble.mailbox)


def _content(desk: Desk, wanted: NotifyConfiguration, notice: Notice) -> str:
    """The text, or the JSON; nothing that stands in a mail."""
    digests = desk.configuration.digests
    link = f"{digests.url.rstrip('/')}/mailboxes?mailbox={quote(notice.mailbox)}" if digests else None
    if wanted.email:
        return "\n\n".join(part for part in (notice.sentence, link) if part) + "\n"
    return json.dumps({"event": notice.event, "mailbox": notice.mailbox, "code": notice.code,
                       "since": f"{notice.began_at:%Y-%m-%dT%H:%M:%SZ}", "sentence": notice.sentence, "url": link},
                      ensure_ascii=False)  # fmt: skip


def _local(desk: Desk, moment: datetime) -> str:
    """A moment in the zone of the digests, else in UTC."""
    if (digests := desk.configuration.digests) is None:
        return utc(moment)
    return f"{moment.replace(tzinfo=UTC).astimezone(ZoneInfo(digests.zone)):%Y-%m-%d %H:%M %Z}"


def _key(notice: Notice) -> tuple[str, str, str, datetime]:
    return notice.mailbox, notice.code, notice.recipient, notice.began_at
