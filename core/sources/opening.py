"""The source that a mailbox's configuration names."""

from pathlib import Path

from core.configuration_file import CollectConfiguration, MailboxConfiguration
from core.secrets import password_of
from core.sources.eml import EmlSource
from core.sources.imap import ImapSource
from core.sources.imap_listing import Positions
from core.sources.maildir import MaildirSource
from core.sources.mbox import MboxSource
from core.sources.source import Reader, Source


def opened(mailbox: MailboxConfiguration, collect: CollectConfiguration, base: Path, reader: Reader,
           positions: Positions) -> Source:  # fmt: skip
    """The mailbox's source, open and, where it is a server, signed in; close it in the end.

    `positions` says how far each folder is read, and is moved on. Raises SourceProblem, Cancelled.
    """
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
            password = password_of(mailbox, base)
            return ImapSource(mailbox, password, base, collect.timeout_seconds, reader, positions)
