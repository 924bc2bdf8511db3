"""What is to be done on the server, written down: a row for each collected and decided mail of a mailbox."""

from collections.abc import Iterator, Sequence
from functools import partial

from core.configuration_file import MailboxConfiguration
from core.effect_configuration import Effect
from core.scope import Desk
from core.store import Connection, sql

AT_ONCE = 10_000  # mails looked at in one transaction
BLOCK = {"folder": "VARCHAR", "uid_validity": "BIGINT", "block": "BIGINT", "mails": "BIGINT"}
Block = tuple[str, int, int, int]
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

    def add(db: Connection, blocks: Sequence[Block]) -> None:
        db.run(BEGIN)
        db.temporary("blocks", BLOCK, blocks)
        db.run(sql("effects_plan"), **effect, days=days, now=desk.now())

    with desk.store.reading(background=True) as db:
        missing, withdrawn, redated = db.rows(sql("effects_look"), **effect, days=days)[0]
        open_blocks = db.rows(sql("effects_blocks"), **effect) if missing else []
    if withdrawn or redated:
        desk.store.change(correct, background=True)
    for blocks in _portions(open_blocks):
        desk.store.change(partial(add, blocks=blocks), background=True)


def _portions(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    portion: list[Block] = []
    for block in blocks:
        if portion and sum(mails for *_place, mails in portion) + block[-1] > AT_ONCE:
            yield portion
            portion = []
        portion.append(block)
    if portion:
        yield portion
