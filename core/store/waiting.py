"""Trying again what others are in the way of: a file that is held, rows that somebody else is just changing."""

import duckdb
import tenacity

from core.errors import StoreBusy
from core.language import _
from core.store.connection import Connection
from core.store.problems import is_conflict

PATIENCE = 20.0  # seconds a person waits at most before being told that the store is busy
TRIES = 12  # of a change that keeps meeting other people's changes of the same rows


def _is_held(error: BaseException) -> bool:
    """Whether the file is merely held: by another process, or by a thread of this one that is just closing it."""
    words = str(error).lower()
    by_process = isinstance(error, duckdb.IOException) and "could not set lock" in words
    by_thread = "being closed" in words or "resource" in type(error).__name__.lower() or "unique file handle" in words
    return by_process or by_thread


patiently = tenacity.Retrying(
    retry=tenacity.retry_if_exception(_is_held),
    wait=tenacity.wait_random(0.002, 0.02),
    stop=tenacity.stop_after_delay(PATIENCE),
)
_at_rest = patiently.copy(retry=tenacity.retry_if_exception(is_conflict))
tried_again = tenacity.Retrying(
    retry=tenacity.retry_if_exception(is_conflict),
    wait=tenacity.wait_random_exponential(multiplier=0.01, max=0.5),
    stop=tenacity.stop_after_attempt(TRIES),
)


def bring_in_wal(connection: Connection) -> None:
    """Write what waits in the WAL into the file, as soon as no thread of this process reads what that replaces."""
    try:
        _at_rest(connection.script, "CHECKPOINT")
    except tenacity.RetryError as error:
        raise StoreBusy(_("Too many people changed the same mail at once."), _("Please try again.")) from error
