"""Mail on an IMAP server, read by UID and without a trace: EXAMINE and BODY.PEEK never mark anything as seen."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from imap_tools.errors import MailboxFetchError
from imap_tools.utils import check_command_status

from core.configuration_file import MailboxConfiguration
from core.sources.files import HEADER_LIMIT, header_of
from core.sources.folder_problems import FolderProblem
from core.sources.imap_answers import Answer, Piece, by_uid
from core.sources.imap_connection import certificate_expires_at
from core.sources.imap_idle import idle
from core.sources.imap_listing import Lister, Positions
from core.sources.imap_problems import ERRORS, problem
from core.sources.imap_session import Session
from core.sources.source import Fetched, Listed, Listing, Observed, Reader
from core.tokens import token_expires_at

CHUNK_COUNT, CHUNK_BYTES = 100, 8 * 2**20  # one answer of the server is held in memory at once
SIZES = 500  # uids in one command, so that its line stays under 8,000 bytes (RFC 2683, 3.2.1.5)
FAILURES = 20  # in a row: then it is the server and not one message
SILENT = 7  # failures that one message counts for which the server stays silent about: each costs the whole wait
WHOLE, HEADER = "BODY.PEEK[]", f"BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>"
Chunk = list[Listed]


class ImapSource:
    """The folders of an IMAP mailbox. What is wrong with one of them stops no other: `observed` tells it."""

    def __init__(self, mailbox: MailboxConfiguration, password: str, base: Path, timeout: float,
                 reader: Reader, positions: Positions) -> None:  # fmt: skip
        self._mailbox, self._timeout = mailbox, timeout
        self._session = Session(mailbox, password, base, timeout, reader)
        self._lister = Lister(self._session, positions)
        self._failures, self._answers = 0, False  # in a row; whether it ever handed out anything
        self._problems: dict[str, FolderProblem] = {}
        self._readable: Sequence[str] = ()
        self._left: defaultdict[str, set[str]] = defaultdict(set)
        self._read_to_the_end = False

    def list(self) -> Listing:
        """What is new in each folder as far as it is known, else all of it, without sizes.

        Raises SourceProblem only if not a single folder can be listed.
        """
        self._problems, self._read_to_the_end = {}, False
        self._lister.begin()
        listing: dict[str, Listing] = {}
        for folder in self._session.folders(self._mailbox.folders or (self._session.address.folder,)):
            try:
                listing[folder] = self._lister.messages_of(folder)
            except FolderProblem as error:
                self._problems[folder] = error
        self._readable = [*listing]
        if self._problems and not listing:
            raise next(iter(self._problems.values()))
        return [listed for of_folder in listing.values() for listed in of_folder]

    def fetch(self, wanted: Sequence[Listed], size_limit: int) -> Iterator[Fetched]:
        """The wanted messages in chunks of at most 100 and 8 MB; received when the server says (INTERNALDATE).

        Where a chunk fails, its messages are asked for one by one, so that a message the server can't hand out is left
        out and stops no other. So is a folder whose uids belong to another UIDVALIDITY by now.
        """
        self._left = defaultdict(set)
        for listed in wanted:
            self._left[listed.folder].add(listed.uid)
        for (folder, uid_validity), group in groupby(wanted, key=lambda listed: (listed.folder, listed.uid_validity)):
            try:
                self._session.open_as_it_was(folder, uid_validity)
                of_folder = [*group]
                for start in range(0, len(of_folder), SIZES):
                    yield from self._fetch(self._sized(of_folder[start : start + SIZES]), size_limit)
            except FolderProblem as error:
                self._problems[folder] = error
        self._read_to_the_end = True

    def settle(self) -> None:
        """What was fetched is stored: the next listing goes on from there, if this one was read to the end."""
        if self._read_to_the_end:
            self._lister.settle(self._left)

    def observed(self) -> Observed:
        """When the server's certificate or the token runs out, and what is wrong with single folders."""
        return Observed(certificate_expires_at(self._session.server), token_expires_at(self._mailbox),
                        tuple(str(each) for each in self._problems.values()), self._lister.listed_all)  # fmt: skip

    def is_there(self) -> bool:
        """Whether the connection still stands."""
        return self._session.is_there()

    def idle(self, seconds: float) -> bool | None:
        """Waits until its first folder holds something new; False: it doesn't, None: the server can't tell."""
        if not self._readable or "IDLE" not in self._session.client.capabilities:
            return None
        return self._lister.has_news(self._session.open(self._readable[0])) or idle(self._session, seconds)

    def close(self) -> None:
        """Signs out and ends the connection."""
        self._session.close()

    def _sized(self, block: Chunk) -> Chunk:
        """The messages of the block that are still there, with their sizes."""
        if all(listed.size is not None for listed in block):
            return block
        return [replace(listed, size=answer.size or 0) for listed, answer in self._asked(block, "RFC822.SIZE", 0)]

    def _fetch(self, block: Chunk, size_limit: int) -> Iterator[Fetched]:
        small = [listed for listed in block if (listed.size or 0) <= size_limit]
        large = [listed for listed in block if (listed.size or 0) > size_limit]
        for chunk in _chunks(small):
            yield from self._whole(chunk, size_limit)
        for message in large:
            for listed, answer in self._asked([message], HEADER, HEADER_LIMIT):
                yield self._taken(Fetched(listed, header_of(answer.body or b""), answer.received_at, complete=False))

    def _whole(self, chunk: Chunk, size_limit: int) -> Iterator[Fetched]:
        """A chunk; on its own, so that its last message, which may be large, is not kept while the next is fetched."""
        for listed, answer in self._asked(chunk, WHOLE, size_limit):
            if answer.body is not None:
                yield self._taken(_fetched(listed, answer.body, answer.received_at, size_limit))

    def _taken(self, fetched: Fetched) -> Fetched:
        self._left[fetched.listed.folder].discard(fetched.listed.uid)
        return fetched

    def _asked(self, chunk: Chunk, items: str, limit: int) -> Sequence[tuple[Listed, Answer]]:
        """Each message of the chunk that is there and that the server can hand out, with its answer."""
        try:
            answered = self._ask(chunk, items, limit)
        except ERRORS as error:
            self._recover(error, chunk[0])
            alone = [] if len(chunk) == 1 else [self._asked([listed], items, limit) for listed in chunk]
            return [pair for pairs in alone for pair in pairs]
        self._failures, self._answers = 0, True
        return [(listed, answered[listed.uid]) for listed in chunk if listed.uid in answered]

    def _ask(self, chunk: Chunk, items: str, limit: int) -> dict[str, Answer]:
        client = self._session.client
        # RFC822.SIZE is an estimate on some servers, but what is sent must not outgrow memory.
        client.bounds.literal = 2 * max(limit, HEADER_LIMIT)
        client.bounds.expected = sum(min(listed.size or 0, limit) for listed in chunk)
        result: tuple[str, list[Piece]] = client.uid(
            "FETCH", ",".join(listed.uid for listed in chunk), f"(UID INTERNALDATE {items})"
        )
        if result[0] != "OK":
            client.response("FETCH")  # what came before the refusal must not turn up in the next answer
        check_command_status(result, MailboxFetchError)
        return by_uid(result[1])

    def _recover(self, error: Exception, asked: Listed) -> None:
        """Makes the connection usable again after a failed command, or gives up."""
        self._failures += 1 if not isinstance(error, TimeoutError) else SILENT if self._answers else FAILURES
        if self._failures >= FAILURES:
            raise problem(error, self._session.address, self._timeout) from error
        if not isinstance(error, MailboxFetchError):  # a refusal leaves the connection as it was
            self._reconnect(error, asked)

    def _reconnect(self, error: Exception, asked: Listed) -> None:
        self.close()
        self._session.reconnect()
        self._session.open_as_it_was(asked.folder, asked.uid_validity)


def _chunks(messages: Iterable[Listed]) -> Iterator[Chunk]:
    """Runs of messages within CHUNK_COUNT and CHUNK_BYTES; a larger one is alone."""
    chunk: Chunk = []
    size = 0
    for listed in messages:
        if chunk and (len(chunk) == CHUNK_COUNT or size + (listed.size or 0) > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(listed)
        size += listed.size or 0
    if chunk:
        yield chunk


def _fetched(listed: Listed, raw: bytes, received_at: datetime | None, size_limit: int) -> Fetched:
    if len(raw) > size_limit:  # the server had said it was smaller
        return Fetched(replace(listed, size=len(raw)), header_of(raw), received_at, complete=False)
    return Fetched(listed, raw, received_at, complete=True)
