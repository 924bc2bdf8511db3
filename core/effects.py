"""What happens to mail on its server after it is collected: how it goes, what it would be, and doing it."""

import logging
from collections.abc import Callable, Sequence

import pandas as pd

from core.collection import Cancelled
from core.configuration_file import MailboxConfiguration
from core.effect_outbox import EffectOutbox, nothing
from core.language import n_
from core.log import tell
from core.scope import Desk, Scope
from core.store import sql

SECONDS = 60.0  # after each run; what is left is done after the next one
IN_FORCE = {"mailbox": "VARCHAR", "kind": "VARCHAR", "detail": "VARCHAR", "days": "BIGINT"}


def effects_state(scope: Scope, names: Sequence[str] = ()) -> pd.DataFrame:
    """A row for each mailbox in scope whose mail is changed after collecting: mailbox, effect (flag, move or delete),
    detail (the flag or the folder), days (it is left alone so long); pending, due, done, kept (too large), failed
    (pending after a try that failed), in mails; oldest_due_at (UTC; of those pending), problem (of the last try that
    failed and is not made good yet, a sentence; or None)."""
    return _told(scope, names, "effects_state")


def effects_foreseen(scope: Scope, names: Sequence[str] = ()) -> pd.DataFrame:
    """What would be done now, with nothing changed: a row for each mailbox in scope whose mail is changed after
    collecting: mailbox, effect, detail, days as above; now, later, kept (mails), first_at (UTC; when the first is due).
    """
    return _told(scope, names, "effects_foreseen")


def do_effects(
    scope: Scope, names: Sequence[str] = (), pause: Callable[[], None] = nothing, seconds: float = float("inf")
) -> list[EffectOutbox]:
    """Do what is due in mailboxes in scope (all by default), each for about so many seconds; answers what came of it.

    `pause` is called before each batch and may raise to end it. What can't be done is a problem there, and is tried
    again later. Raises NotAllowed, StoreProblem.
    """
    scope.must_act()
    outboxes = [EffectOutbox(scope.desk, mailbox) for mailbox in _chosen(scope, names)]
    for outbox in outboxes:
        outbox.go(pause, seconds)
    return outboxes


def after_collecting(desk: Desk, mailbox: MailboxConfiguration, pause: Callable[[], None]) -> None:
    """What a collector does after each run of a mailbox that went well. Its troubles are told to the log and in
    `effects_state`, and never keep mail from being collected."""
    outbox = EffectOutbox(desk, mailbox)
    try:
        outbox.go(pause, SECONDS)
    except Cancelled:
        pass
    except Exception as error:
        outbox.problems[str(error) or type(error).__name__] += 1
    _tell(outbox)


def _tell(outbox: EffectOutbox) -> None:
    name, done, failed = outbox.mailbox.name, outbox.outcomes.total(), outbox.problems.total()
    if done:
        words = n_(
            "{mailbox}: {count} mail changed on the server", "{mailbox}: {count} mails changed on the server", done
        )
        tell("effects_done", words.format(mailbox=name, count=done), mailbox=name, **outbox.outcomes)
    if failed:
        why = outbox.problems.most_common(1)[0][0]
        words = n_("{mailbox}: {count} mail could not be changed on the server: {why}",
                   "{mailbox}: {count} mails could not be changed on the server: {why}", failed)  # fmt: skip
        tell("effects_failed", words.format(mailbox=name, count=failed, why=why), logging.WARNING, mailbox=name,
             failed=failed, problem=why)  # fmt: skip


def _chosen(scope: Scope, names: Sequence[str]) -> list[MailboxConfiguration]:
    wanted = set(scope.within(names))
    return [mailbox for mailbox in scope.desk.configuration.mailboxes if mailbox.name in wanted]


def _told(scope: Scope, names: Sequence[str], query: str) -> pd.DataFrame:
    effects = [(mailbox.name, mailbox.effect.kind, mailbox.effect.detail, mailbox.effect.days)
               for mailbox in _chosen(scope, names) if mailbox.effect]  # fmt: skip
    with scope.store.reading() as db:
        db.temporary("in_force", IN_FORCE, effects)
        frame = db.frame(sql(query), now=scope.desk.now())
    return frame.astype({"problem": object}).where(frame.notna(), None) if "problem" in frame else frame
