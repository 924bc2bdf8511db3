"""A connection to an IMAP mailbox that is taken up again where it breaks off, and the folder that is open on it."""

import imaplib
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import NamedTuple

from imap_tools.errors import MailboxFolderSelectError, MailboxFolderStatusError

from core.configuration_file import MailboxConfiguration
from core.errors import SourceProblem
from core.language import _
from core.sources.bounded import BoundedMailBox, Plain
from core.sources.folder_problems import FolderProblem, no_folder, renumbered
from core.sources.imap_connection import connect, hang_up
from core.sources.imap_problems import understood
from core.sources.source import Reader

LOOKED_AT = 200  # folders, where a missing one may have gone
# Where servers say what a folder is for (RFC 6154), a pattern means none of these: write their names to collect them.
NOT_MEANT = {"\\noselect", "\\nonexistent", "\\all", "\\drafts", "\\junk", "\\sent", "\\trash"}


class Opened(NamedTuple):
    """A folder that is open for reading, with its UIDVALIDITY and UIDNEXT (None: the server did not say)."""

    folder: str
    uid_validity: int
    uid_next: int | None


class Session:
    """A signed-in connection. Every method raises SourceProblem, and Cancelled when its reader wants no more."""

    def __init__(
        self, mailbox: MailboxConfiguration, password: str, base: Path, timeout: float, reader: Reader
    ) -> None:
        self.mailbox, self.address, self.timeout, self.reader = mailbox, mailbox.source_address, timeout, reader
        self._password, self._base = password, base
        self.reconnect()

    @property
    def client(self) -> Plain:
        """imaplib's client."""
        return self.server.client

    def reconnect(self) -> None:
        """Another connection, with no folder open."""
        self.server: BoundedMailBox = connect(self.mailbox, self._password, self._base, self.timeout, self.reader)
        self.opened: Opened | None = None

    def open(self, folder: str) -> Opened:
        """The folder opened anew (EXAMINE), as it is now. Raises FolderProblem."""
        self.opened = None
        with self.understood():
            try:
                self.server.folder.set(folder, readonly=True)
            except imaplib.IMAP4.abort:
                raise
            except (MailboxFolderSelectError, imaplib.IMAP4.error) as error:
                names = self.folders()
                raise no_folder(error, self.address, folder, names, self._now_named(folder, names)) from error
            uid_validity, uid_next = (self._said(name) for name in ("UIDVALIDITY", "UIDNEXT"))
        if not uid_validity:
            raise FolderProblem(_("{host} gives messages no lasting numbers.").format(host=self.address.host))
        self.opened = Opened(folder, uid_validity, uid_next)
        return self.opened

    def open_as_it_was(self, folder: str, uid_validity: int) -> None:
        """The folder, open by now or not. Raises FolderProblem if its uids are no longer those of this UIDVALIDITY."""
        opened = self.opened if self.opened and self.opened.folder == folder else self.open(folder)
        if opened.uid_validity != uid_validity:
            self.opened = None
            raise renumbered(folder)

    def folders(self, patterns: Sequence[str] = ("*",)) -> list[str]:
        """The folders by these names, each once; a name that ends in `*` means those that begin so and can be read."""
        if not any(pattern.endswith("*") for pattern in patterns):
            return list(dict.fromkeys(patterns))
        with self.understood():
            there = self.server.folder.list()
        everything = patterns == ("*",)
        names = {info.name: info.delim for info in there
                 if everything or not NOT_MEANT & {flag.lower() for flag in info.flags}}  # fmt: skip
        meant = [name for pattern in patterns
                 for name in ([pattern] if not pattern.endswith("*") else sorted(_below(pattern, names)))]  # fmt: skip
        return list(dict.fromkeys(meant))

    def is_there(self) -> bool:
        """Whether the server still answers; for a connection that was not used for a while."""
        try:
            with self.understood():
                return bool(self.client.noop()[0] == "OK")
        except SourceProblem:
            return False

    def close(self) -> None:
        """Signs out and ends the connection."""
        hang_up(self.server)

    def understood(self) -> AbstractContextManager[None]:
        """In here errors of libraries become SourceProblem."""
        return understood(self.address, self.timeout)

    def _said(self, code: str) -> int | None:
        said = self.client.response(code)[1][-1]
        return int(said) if said and re.fullmatch(rb"\d{1,10}", said) else None

    def _now_named(self, missing: str, there: Sequence[str]) -> str | None:
        """The one folder that nobody collects yet and that has the UIDVALIDITY by which the missing one was read."""
        last = self.reader.uid_validities().get(missing)
        if last is None or missing in there:
            return None
        collected = set(self.folders(self.mailbox.folders or (self.address.folder,)))
        others = [name for name in there if name not in collected][:LOOKED_AT]
        alike = [name for name in others if self._status(name).get("UIDVALIDITY") == last]
        return alike[0] if len(alike) == 1 else None

    def _status(self, folder: str) -> dict[str, int]:
        with suppress(MailboxFolderStatusError):
            return self.server.folder.status(folder, ["UIDVALIDITY"])
        return {}


def _below(pattern: str, names: dict[str, str]) -> list[str]:
    """Those that begin as the pattern does; its `/` stands for whatever the server puts between levels."""
    beginning = pattern[:-1]
    return [name for name, between in names.items() if name.startswith(_level(beginning, between))]


def _level(beginning: str, between: str) -> str:
    return beginning[:-1] + between if beginning.endswith("/") and between else beginning
