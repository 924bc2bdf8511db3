"""What stands around a message: its conversation, its sender's earlier mail, what such mail became, look-alikes."""

from typing import Any

import pandas as pd

from core.messages import must_exist
from core.routes import Target
from core.scope import Scope
from core.store import sql

# Domains at which everybody can have an address: two senders there have nothing in common.
SHARED_DOMAINS = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.es", "live.com", "msn.com", "yahoo.com",
    "yahoo.es", "ymail.com", "icloud.com", "me.com", "aol.com", "gmx.net", "gmx.com", "gmx.de", "web.de", "mail.com",
    "mail.ru", "yandex.ru", "proton.me", "protonmail.com", "zoho.com", "terra.es", "telefonica.net", "orange.es",
    "freemail.example", "correo.example",
)  # fmt: skip

KNOWN_DOMAINS = """
SELECT domain FROM (
    SELECT DISTINCT domain, 1000000000 AS messages FROM mailbox
    UNION ALL
    SELECT from_domain, count(*) FROM message
    WHERE status = 'processed' AND from_domain <> '' AND list_has_any(mailboxes, $mailboxes::VARCHAR[])
    GROUP BY from_domain HAVING count(*) >= 3)
ORDER BY messages DESC LIMIT 2000
"""


def conversation(scope: Scope, id: str) -> pd.DataFrame:
    """The messages this one answers or that answer it, newest first: id, from_name, from_address, subject, received_at,
    status, work_items. Raises NotFound."""
    return _around(scope, id, "conversation")


def earlier_mail(scope: Scope, id: str) -> pd.DataFrame:
    """Earlier mail of the sender, newest first, and what became of it.

    Columns: id, subject, received_at, status, cause, actor, action, reason, work_items. Raises NotFound.
    """
    return _around(scope, id, "earlier_mail")


def likely_targets(scope: Scope, id: str) -> list[tuple[Target, int, bool]]:
    """At most three targets that mail like this was given before: target, how often, whether by this very sender."""
    with scope.store.reading() as db:
        must_exist(db, scope, id)
        rows = db.rows(sql("likely_targets"), id=id, mailboxes=list(scope.mailboxes), shared_domains=SHARED_DOMAINS)
    return [(Target(kind=kind, customer=customer, contract=contract, service=service), own or alike, own > 0)
            for kind, customer, contract, service, own, alike in rows]  # fmt: skip


def known_domains(scope: Scope) -> list[str]:
    """Our own domains and those whose mail became work at least three times, best known first."""
    with scope.store.reading() as db:
        return [domain for (domain,) in db.rows(KNOWN_DOMAINS, mailboxes=list(scope.mailboxes))]


def look_alikes(scope: Scope, domain: str, known: list[str]) -> list[str]:
    """Which of the `known_domains` this one could be mistaken for, best known first; none when it is one of them."""
    if not domain:
        return []
    with scope.store.reading() as db:
        return [one for (one,) in db.rows(sql("look_alike"), domain=domain, known=known)]


def _around(scope: Scope, id: str, what: str) -> pd.DataFrame:
    with scope.store.reading() as db:
        found: dict[str, Any] = must_exist(db, scope, id)
        return db.frame(sql(what), id=found["id"], mailboxes=list(scope.mailboxes))
