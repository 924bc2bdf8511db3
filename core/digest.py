"""The digest: once each working day, what waits for a team, by e-mail. Its links open the page; they never act."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from core.configuration_file import DigestConfiguration
from core.language import _, n_, speak, spoken
from core.outbox import put
from core.retention import coming_in
from core.scope import Desk, Scope
from core.store import Connection, sql

TEAMS = """
SELECT t.name, list(DISTINCT b.name), list(DISTINCT p.email)
FROM team AS t JOIN mailbox AS b ON b.team = t.name JOIN team_member AS m ON m.team = t.name
JOIN person AS p ON p.email = m.email AND p.role <> 'analyst'
GROUP BY t.name ORDER BY t.name
"""


def put_digests(desk: Desk, *, now_due: bool = False) -> int:
    """Put today's digests into the outbox once their time has come (or at once, with `now_due`); answers how many.

    One for each person of each team with a mailbox; a second call on the same day adds none.
    """
    wanted = desk.configuration.digests
    if wanted is None or not (now_due or _is_due(wanted, desk.now())):
        return 0
    day = desk.now().replace(tzinfo=UTC).astimezone(ZoneInfo(wanted.zone)).date().isoformat()

    def work(db: Connection) -> int:
        added = 0
        for team, mailboxes, people in db.rows(TEAMS):
            subject, text = _written(
                team, _lines(db, desk, mailboxes), wanted, desk.now(), coming_in(db, desk, mailboxes)
            )
            for email in people:
                key = str(uuid5(NAMESPACE_URL, f"straydesk:digest:{day}:{team}:{email}"))
                added += put(db, id=key, kind="email", recipient=email, subject=subject, content=text, by="digest",
                             now=desk.now())  # fmt: skip
        return added

    return desk.store.change(work, background=True)


def digest(scope: Scope, team: str) -> tuple[str, str] | None:
    """Subject and text of a team's digest as it would be now; None where the person does not see all its mailboxes."""
    desk = scope.desk
    wanted = desk.configuration.digests or DigestConfiguration(url="http://127.0.0.1:8501")
    with desk.store.reading() as db:
        for name, mailboxes, _people in db.rows(TEAMS):
            if name == team and set(mailboxes) <= set(scope.mailboxes):
                return _written(name, _lines(db, desk, mailboxes), wanted, desk.now(), coming_in(db, desk, mailboxes))
    return None


def _is_due(wanted: DigestConfiguration, now: datetime) -> bool:
    local = now.replace(tzinfo=UTC).astimezone(ZoneInfo(wanted.zone))
    return local.weekday() < 5 and f"{local:%H:%M}" >= wanted.at


def _lines(db: Connection, desk: Desk, mailboxes: list[str]) -> list[dict[str, Any]]:
    return db.records(sql("digest"), mailboxes=mailboxes, since=desk.now() - timedelta(hours=24))


def _written(team: str, lines: list[dict[str, Any]], wanted: DigestConfiguration, now: datetime,
             going: int) -> tuple[str, str]:  # fmt: skip
    before = spoken()
    speak(wanted.language)
    try:
        waiting = sum(line["waiting"] for line in lines)
        fresh = sum(line["fresh"] for line in lines)
        subject = n_(
            "{team}: {count} message waits, {fresh} new", "{team}: {count} messages wait, {fresh} new", waiting
        )
        parts = [_("What waits for {team}, and what came in the last 24 hours.").format(team=team)]
        parts += [_paragraph(line, wanted, now) for line in lines]
        if going:
            told = n_("Retention removes from {count} message in the next 7 days, unless it is held.",
                      "Retention removes from {count} messages in the next 7 days, unless they are held.",
                      going)  # fmt: skip
            parts.append(told.format(count=going))
        return subject.format(team=team, count=waiting, fresh=fresh), "\n\n".join(parts) + "\n"
    finally:
        speak(before)


def _paragraph(line: dict[str, Any], wanted: DigestConfiguration, now: datetime) -> str:
    if not line["waiting"]:
        return _("{mailbox}: nothing waits.").format(mailbox=line["mailbox"])
    days = (now - line["oldest_at"]).days
    told = [
        _("{mailbox}: {count} waiting, {fresh} new.").format(
            mailbox=line["mailbox"], count=line["waiting"], fresh=line["fresh"]),
        n_("The oldest waits for {count} day.", "The oldest waits for {count} days.", days).format(count=days),
        _("Most from: {senders}").format(
            senders=", ".join(f"{one['sender']} ({one['messages']})" for one in line["senders"] or [])),
        f"{wanted.url.rstrip('/')}/?mailbox={quote(line['mailbox'])}",
    ]  # fmt: skip
    return "\n".join(told)
