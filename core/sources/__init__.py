"""Where mail comes from: IMAP servers, Maildirs, mbox files and message files, behind one small interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.configuration_file import CollectConfiguration, MailboxConfiguration
from core.sources.lasting import LastingSource
from core.sources.opening import opened
from core.sources.source import Cancelled, Fetched, Listed, Observed, Reader, Source

__all__ = ["Cancelled", "Fetched", "LastingSource", "Listed", "Observed", "Reader", "Source", "open_source"]
ANYBODY = Reader()


@contextmanager
def open_source(mailbox: MailboxConfiguration, collect: CollectConfiguration, base: Path,
                reader: Reader = ANYBODY) -> Iterator[Source]:  # fmt: skip
    """The mailbox's source, open and, where it is a server, signed in. Relative paths start at `base`.

    Raises SourceProblem if it can't be reached or read, with what a person can do about it.
    """
    source = opened(mailbox, collect, base, reader, {})
    try:
        yield source
    finally:
        source.close()
