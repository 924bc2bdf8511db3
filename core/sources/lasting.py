"""A mailbox's source from run to run: its connection stays open, and what is known to be stored is not listed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from core.configuration_file import CollectConfiguration, MailboxConfiguration
from core.errors import NotLetIn, SourceProblem
from core.sources.imap import ImapSource
from core.sources.imap_listing import Positions
from core.sources.opening import opened
from core.sources.source import Reader, Source

DROPPED = 3  # times in a row that a server ended the connection while it was to tell news: then it is only asked
MUTE_SECONDS = 3600  # for so long


class LastingSource:
    """For one thread. `keep`: whether its connection may stay open between runs.

    `well`: whether what was last read was read to its end; `refused`: whether it was the sign-in that failed.
    """

    def __init__(self, mailbox: MailboxConfiguration, collect: CollectConfiguration, base: Path, reader: Reader,
                 keep: bool) -> None:  # fmt: skip
        self._mailbox, self._collect, self._base, self._reader, self._keep = mailbox, collect, base, reader, keep
        self._positions: Positions = {}
        self._kept: ImapSource | None = None
        self._dropped, self._mute_until = 0, float("-inf")
        self.well = self.refused = False

    @contextmanager
    def opened(self) -> Iterator[Source]:
        """The source, its connection that of the last run where that still stands. Raises SourceProblem, Cancelled.

        Leaving the block without an error says that all that was fetched in it is stored.
        """
        self.well = self.refused = False
        try:
            source = self._reached()
            yield source
        except BaseException as error:
            self.refused = isinstance(error, NotLetIn)
            self.close()
            raise
        if isinstance(source, ImapSource):
            source.settle()
        if not self._keep:
            self.close()
        self.well = True

    def news_within(self, poll: float, sweep: float) -> bool | None:
        """Waits until there is something new, as long as the server tells by itself: up to `sweep` seconds.

        False: there is none. None: the server can't tell, so it has to be asked every `poll` seconds. Where several
        folders are collected, it tells of the first only. Raises Cancelled.
        """
        if not self._kept or monotonic() < self._mute_until:
            return None
        folders = self._mailbox.folders
        several = len(folders) > 1 or any(folder.endswith("*") for folder in folders)
        try:
            found = self._kept.idle(min(poll, sweep) if several else sweep)
            self._dropped = 0
            return found
        except SourceProblem:  # the next run says what is wrong, if it still is
            self._dropped += 1
            if self._dropped >= DROPPED:
                self._dropped, self._mute_until = 0, monotonic() + MUTE_SECONDS
            self.close()
            return None

    def close(self) -> None:
        """Ends the connection, if there is one. Never raises."""
        kept, self._kept = self._kept, None
        if kept:
            kept.close()

    def _reached(self) -> Source:
        if self._kept and self._kept.is_there():
            return self._kept
        self.close()
        source = opened(self._mailbox, self._collect, self._base, self._reader, self._positions)
        if isinstance(source, ImapSource):
            self._kept = source
        return source
