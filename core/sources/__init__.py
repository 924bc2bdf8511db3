"""Where mail comes from: IMAP servers, Maildirs, mbox files and message files, behind one small interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.configuration_file import CollectConfiguration, MailboxConfiguration
from core.secrets import password_of
from core.sources.eml import EmlSource
from core.sources.imap import ImapSource
from core.sources.maildir import MaildirSource
from core.sources.mbox import MboxSource
from core.sources.source import Fetched, Listed, Observed, Source

__all__ = ["Fetched", "Listed", "Observed", "Source", "open_source"]


@contextmanager
def open_source(mailbox: MailboxConfiguration, collect: CollectConfiguration, base: Path) -> Iterator[Source]:
    """The mailbox's source, open and, where it is a server, signed in. Relative paths start at `base`.

    Raises SourceProblem if it can't be reached or read, with what a person can do about it.
    """
    source = _opened(mailbox, collect, base)
    try:
        yield source
    finally:
        source.close()


def _opened(mailbox: MailboxConfiguration, collect: CollectConfiguration, base: Path) -> Source:
    address = mailbox.source_address
    path = base / Path(address.path).expanduser()
    match address.scheme:
        case "maildir":
            return MaildirSource(path)
        case "mbox":
            return MboxSource(path)
        case "eml":
            return EmlSource(path)
        case _:
            return ImapSource(mailbox, password_of(mailbox, base), base, collect.timeout_seconds)
