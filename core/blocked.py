"""The blocks and allows there are, what each has done, and what a new one would do."""

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from core.errors import InvalidInput, NotFound
from core.language import _
from core.scope import Scope
from core.store import sql

Kind = Literal["address", "domain", "list_id"]
KINDS: tuple[Kind, ...] = ("address", "domain", "list_id")
STATES = ("in_force", "expired", "lifted")


@dataclass(frozen=True)
class WouldBlock:
    """What a block would have hit so far, in scope: how many `messages`, how many of them are `waiting` (it deletes
    these at once), how many `became_work`, and up to five `examples`, those that became work first (id, from_address,
    from_name, subject, received_at, status, work_items).

    What an allow lets through is not among them but counted in `spared`; `blocked` of them a block deleted already.
    """

    messages: int
    waiting: int
    became_work: int
    blocked: int
    spared: int
    examples: list[dict[str, Any]]


def would_block(scope: Scope, kind: Kind, value: str, mailbox: str | None = None) -> WouldBlock:
    """What a block of this sender in one mailbox, or everywhere, would have hit. Raises InvalidInput, NotFound."""
    given = {"kind": kind, "value": read_value(kind, value), "mailboxes": mailboxes_of(scope, mailbox),
             "now": scope.desk.now()}  # fmt: skip
    with scope.store.reading() as db:
        db.run(sql("block_would"), **given)
        (counts,) = db.records(sql("block_would_count"))
        return WouldBlock(**counts, examples=db.records(sql("block_would_examples")))


def blocks(scope: Scope) -> pd.DataFrame:
    """The blocks and allows that concern the person's mailboxes, in force first, newest first.

    Columns: id, effect (block, allow), kind, value, mailbox (None: everywhere), reason, created_by, created_by_name,
    created_at, expires_at, owner, owner_name, changed_by_name, changed_at, lifted_at, lifted_by_name, state (in_force,
    expired, lifted), hits (messages in scope it deleted, or spared), still_deleted (of these), last_hit_at.
    """
    with scope.store.reading() as db:
        return db.frame(sql("blocks"), mailboxes=list(scope.mailboxes), now=scope.desk.now(), id=None)


def block_named(scope: Scope, id: str) -> dict[str, Any]:
    """One of them by its id, as a row of `blocks`. Raises NotFound."""
    with scope.store.reading() as db:
        found = db.records(sql("blocks"), mailboxes=list(scope.mailboxes), now=scope.desk.now(), id=id)
    if not found:
        raise NotFound(_("There is no such block."), _("Take an id as `blocks` prints it."))
    return found[0]


def mail_of_block(scope: Scope, block_id: str, *, limit: int = 500) -> pd.DataFrame:
    """The messages in scope that a block deleted, or an allow spared, newest first: id, version, mailbox, from_address,
    from_name, subject, received_at, status, cause, work_items. Raises NotFound."""
    block_named(scope, block_id)
    with scope.store.reading() as db:
        return db.frame(sql("block_mail"), id=block_id, mailboxes=list(scope.mailboxes), limit=limit)


def deleted_by(scope: Scope, block_id: str) -> dict[str, int]:
    """The messages in scope that a block deleted and that are deleted still, with their versions. Raises NotFound."""
    found = mail_of_block(scope, block_id, limit=2**31)
    found = found[found["status"] == "deleted"]
    return dict(zip(found["id"], found["version"].astype(int), strict=True))


def read_value(kind: Kind, value: str) -> str:
    """Whom an entry is about as it is compared: lower case, without `*@`. Raises InvalidInput for what can't be it."""
    wanted = value.strip().lower()
    if kind == "list_id":  # as header fields write it: a name, and the id in angle brackets (RFC 2919)
        wanted = wanted.rpartition("<")[2].partition(">")[0].strip()
    else:
        wanted = wanted.removeprefix("*@").removeprefix("@" if kind == "domain" else "")
    if (
        not wanted or " " in wanted or (kind == "address" and "@" not in wanted.strip("@"))
        or (kind == "domain" and "@" in wanted)
    ):  # fmt: skip
        raise InvalidInput(_("“{value}” can't be blocked as it is.").format(value=value[:60]), _forms()[kind])
    return wanted


def mailboxes_of(scope: Scope, mailbox: str | None) -> list[str]:
    """The mailboxes that an entry for one, or for all, is about as far as the person sees them. Raises NotFound."""
    if mailbox is not None and mailbox not in scope.mailboxes:
        raise NotFound(_("There is no mailbox “{mailbox}”.").format(mailbox=mailbox[:60]))
    return [mailbox] if mailbox else list(scope.mailboxes)


def _forms() -> dict[Kind, str]:
    return {"address": _("Write an address like news@shop.example."), "domain": _("Write a domain like shop.example."),
            "list_id": _("Write a List-Id like news.shop.example.")}  # fmt: skip
