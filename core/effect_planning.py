"""What is to be done on the server, written down: a row for each collected and decided mail of a mailbox."""

from core.configuration_file import MailboxConfiguration
from core.effect_configuration import Effect
from core.scope import Desk
from core.store import Connection, sql

AT_ONCE = 20_000  # rows in one transaction
BEGIN = "UPDATE counter SET value = value + 1 WHERE name = 'effects'"  # of two who plan at once one has to begin anew
WITHDRAW = """
DELETE FROM server_effect WHERE mailbox = $mailbox AND done_at IS NULL AND target_uid_next IS NULL
    AND (kind <> $kind OR detail <> $detail)
"""
REDATE = """
UPDATE server_effect SET due_at = planned_at + to_days($days::INTEGER)
WHERE mailbox = $mailbox AND kind = $kind AND detail = $detail AND done_at IS NULL
"""


def named(mailbox: MailboxConfiguration) -> dict[str, str]:
    """A mailbox and its effect as the parameters of statements; `nothing` is an effect that no row has."""
    effect = mailbox.effect or Effect("nothing")
    return {"mailbox": mailbox.name, "kind": effect.kind, "detail": effect.detail}


def plan(desk: Desk, mailbox: MailboxConfiguration) -> None:
    """Rows for mail that has none yet; out with those of an effect that is no longer in the configuration."""
    days, effect = mailbox.effect.days if mailbox.effect else 0, named(mailbox)

    def correct(db: Connection) -> None:
        db.run(WITHDRAW, **effect)
        db.run(REDATE, **effect, days=days)

    def add(db: Connection) -> int:
        db.run(BEGIN)
        return db.run(sql("effects_plan"), **effect, days=days, now=desk.now(), limit=AT_ONCE)

    with desk.store.reading(background=True) as db:
        missing, withdrawn, redated = db.rows(sql("effects_look"), **effect, days=days)[0]
    if withdrawn or redated:
        desk.store.change(correct, background=True)
    while missing and desk.store.change(add, background=True) == AT_ONCE:
        pass
