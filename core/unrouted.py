"""Unrouted recipients: addresses of mail, in To and Cc, that no route wanted. What others lose silently is counted."""

from datetime import timedelta

import pandas as pd

from core.language import _, n_
from core.scope import Scope
from core.store import sql


def unrouted_recipients(scope: Scope, days: int = 90, *, limit: int = 500) -> pd.DataFrame:
    """The addresses that no route wanted in mail in scope received in the last `days`, ours first, most mails first.

    Columns: address, domain, ours (at a domain of our mailboxes), messages, beside (of these: another address was
    routed), waiting (the mail waits for want of a route), senders (how many), sender (the most frequent), mailbox,
    route (that most often took the address beside it; None), last_at (UTC).
    """
    since = scope.desk.now() - timedelta(days=days)
    with scope.store.reading() as db:
        return db.frame(sql("unrouted_recipients"), mailboxes=list(scope.mailboxes), since=since, limit=limit)


def finding(rows: pd.DataFrame, days: int = 90) -> str:
    """What they say, in a sentence."""
    if rows.empty:
        return _("In {days} days no route left an address of a mail aside.").format(days=days)
    first = rows.sort_values("messages", ascending=False, kind="stable").iloc[0]
    told = n_("{count} address got mail in {days} days that no route wanted; {address} the most: {messages}.",
              "{count} addresses got mail in {days} days that no route wanted; {address} the most: {messages}.",
              len(rows))  # fmt: skip
    mails = n_("{count} mail", "{count} mails", int(first["messages"])).format(count=int(first["messages"]))
    return told.format(count=len(rows), days=days, address=first["address"], messages=mails)
