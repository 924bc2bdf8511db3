"""A connection to an IMAP mailbox that is taken up again where it breaks off, and the folder that is open on it."""

import imaplib
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import NamedTuple

from imap_tools.errors import MailboxFolderSelectError, MailboxFolderStatusError
from imap_tools.folder import FolderInfo

from core.configuration_file import MailboxConfiguration
from core.errors import SourceProblem
from core.language import _
from core.sources.bounded import BoundedMailBox, Plain
from core.sources.folder_problems import FolderProblem, no_folder, renumbered
from core.sources.imap_connection import connect, hang_up
from core.sources.imap_problems import understood
from core.sources.source import Reader

LOOKED_AT = 200  # folders, where a missing one may have gone
NO_MAIL = {"\\noselect", "\\nonexistent"}
NOT_MEANT = {"\\all", "\\drafts", "\\junk", "\\sent", "\\trash"}  # RFC 6154; their names collect them nevertheless


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
        self._guesses: dict[str, str | None] = {}  # asking all folders each time would be much

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

    def folders(self, patterns: Sequence[str] = ()) -> list[str]:
        """All folders that can be read; or those by these names, where one that ends in `*` means those that begin so.

        Where servers say what a folder is for, a `*` means neither drafts nor trash and the like.
        """
        if patterns and not any(pattern.endswith("*") for pattern in patterns):
            return list(dict.fromkeys(patterns))
        with self.understood():
            there = {info.name: info.delim for info in self.server.folder.list() if not _has(info, NO_MAIL)}
            if not patterns:
                return sorted(there)
            # Some tell it only when asked so; the name of no folder, as bytes, is sent as it is.
            asked = b'(SPECIAL-USE) ""' if "SPECIAL-USE" in self.client.capabilities else ""
            special = {info.name for info in self.server.folder.list(asked) if _has(info, NOT_MEANT)}
        meant = {name: between for name, between in there.items() if name not in special}
        return list(dict.fromkeys(name for pattern in patterns for name in _named(pattern, meant)))

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
        if missing not in self._guesses:
            self._guesses[missing] = self._alike(last, there)
        return self._guesses[missing]

    def _alike(self, uid_validity: int, there: Sequence[str]) -> str | None:
        collected = set(self.folders(self.mailbox.folders or (self.address.folder,)))
        others = [name for name in there if name not in collected][:LOOKED_AT]
        alike = [name for name in others if self._status(name).get("UIDVALIDITY") == uid_validity]
        return alike[0] if len(alike) == 1 else None

    def _status(self, folder: str) -> dict[str, int]:
        with suppress(MailboxFolderStatusError):
            return self.server.folder.status(folder, ["UIDVALIDITY"])
        return {}


def _has(info: FolderInfo, flags: set[str]) -> bool:
    return bool(flags & {flag.lower() for flag in info.flags})


def _named(pattern: str, there: dict[str, str]) -> list[str]:
    """The folder of this name; with a `*` at the end, those below. Its `/` is whatever is put between levels there."""
    if not pattern.endswith("*"):
        return [pattern]
    return sorted(name for name, between in there.items() if name.startswith(_level(pattern[:-1], between)))


def _level(beginning: str, between: str) -> str:
    return beginning[:-1] + between if beginning.endswith("/") and between else beginning
