"""Mail on an IMAP server, read by UID and without a trace: EXAMINE and BODY.PEEK never mark anything as seen."""

import imaplib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from imap_tools import BaseMailBox
from imap_tools.errors import MailboxFetchError, MailboxFolderSelectError, MailboxUidsError
from imap_tools.utils import check_command_status

from core.configuration_file import MailboxConfiguration
from core.errors import SourceProblem
from core.language import _
from core.sources.files import HEADER_LIMIT, header_of
from core.sources.imap_answers import Answer, Piece, answers, uids
from core.sources.imap_connection import certificate_expires_at, connect, hang_up
from core.sources.imap_problems import no_folder, problem, understood
from core.sources.source import Fetched, Listed, Listing, Observed

CHUNK_COUNT, CHUNK_BYTES = 100, 8 * 2**20  # one answer of the server is held in memory at once
SIZES = 500  # uids in one command, so that its line stays under 8,000 bytes (RFC 2683, 3.2.1.5)
FAILURES = 20  # in a row: then it is the server and not one message
WHOLE, HEADER = "BODY.PEEK[]", f"BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>"
Chunk = list[Listed]


class ImapSource:
    """A folder of an IMAP mailbox."""

    def __init__(self, mailbox: MailboxConfiguration, password: str, base: Path, timeout: float) -> None:
        self._mailbox, self._password, self._base, self._timeout = mailbox, password, base, timeout
        self._address = mailbox.source_address
        self._failures = 0
        self._literal_limit = HEADER_LIMIT
        self._connect()

    def list(self) -> Listing:
        """All messages of the folder by ascending uid, without sizes: asking for known ones again would be waste."""
        folder = self._address.folder
        uid_validity = self._open_folder(folder)
        with self._understood():
            result = self._server.client.uid("SEARCH", "ALL")
            check_command_status(result, MailboxUidsError)
        return [Listed(folder, uid_validity, uid) for uid in uids(result[1])]

    def fetch(self, wanted: Sequence[Listed], size_limit: int) -> Iterator[Fetched]:
        """The wanted messages in chunks of at most 100 and 8 MB; received when the server says (INTERNALDATE).

        Where a chunk fails, its messages are asked for one by one, so that a message the server can't hand out is left
        out and stops no other. Raises SourceProblem too if the uids belong to another UIDVALIDITY than the folder's.
        """
        # RFC822.SIZE is an estimate on some servers, but what is sent must not outgrow memory.
        self._literal_limit = max(2 * size_limit, 2 * HEADER_LIMIT)
        for (folder, uid_validity), group in groupby(wanted, key=lambda listed: (listed.folder, listed.uid_validity)):
            self._open_folder(folder, uid_validity)
            of_folder = [*group]
            for start in range(0, len(of_folder), SIZES):
                yield from self._fetch(self._sized(of_folder[start : start + SIZES]), size_limit)

    def observed(self) -> Observed:
        """When the server's certificate runs out, where it showed one."""
        return Observed(certificate_expires_at=certificate_expires_at(self._server))

    def close(self) -> None:
        """Signs out and ends the connection."""
        hang_up(self._server)

    def _connect(self) -> None:
        self._server: BaseMailBox = connect(self._mailbox, self._password, self._base, self._timeout)
        self._opened: tuple[str, int] | None = None
        read = self._server.client.read

        def bounded(size: int) -> bytes:
            if size > self._literal_limit:
                raise imaplib.IMAP4.abort(f"a literal of {size} bytes where none should be")
            return read(size)

        self._server.client.read = bounded  # type: ignore[method-assign]

    def _open_folder(self, folder: str, uid_validity: int | None = None) -> int:
        """Opens the folder for reading and answers its UIDVALIDITY; SourceProblem if it is not the one wanted."""
        if self._opened and self._opened == (folder, uid_validity):
            return self._opened[1]
        client = self._server.client
        with self._understood():
            try:
                self._server.folder.set(folder, readonly=True)
            except MailboxFolderSelectError as error:
                raise no_folder(error, self._address, folder, self._folders()) from error
            self._opened = (folder, int(client.response("UIDVALIDITY")[1][-1] or 0))
        if not self._opened[1]:
            raise SourceProblem(_("{host} gives messages no lasting numbers.").format(host=self._address.host))
        if uid_validity is not None and self._opened[1] != uid_validity:
            raise SourceProblem(
                _("The server has numbered the folder “{folder}” anew.").format(folder=folder),
                _("The next run lists it again; nothing is lost."),
            )
        return self._opened[1]

    def _folders(self) -> Sequence[str]:
        return sorted(info.name for info in self._server.folder.list() if "\\Noselect" not in info.flags)

    def _sized(self, block: Chunk) -> Chunk:
        """The messages of the block that are still there, with their sizes."""
        if all(listed.size is not None for listed in block):
            return block
        return [replace(listed, size=answer.size or 0) for listed, answer in self._asked(block, "RFC822.SIZE")]

    def _fetch(self, block: Chunk, size_limit: int) -> Iterator[Fetched]:
        small = [listed for listed in block if (listed.size or 0) <= size_limit]
        large = [listed for listed in block if (listed.size or 0) > size_limit]
        for chunk in _chunks(small):
            yield from self._whole(chunk, size_limit)
        for message in large:
            for listed, answer in self._asked([message], HEADER):
                yield Fetched(listed, header_of(answer.body or b""), answer.received_at, complete=False)

    def _whole(self, chunk: Chunk, size_limit: int) -> Iterator[Fetched]:
        """A chunk; on its own, so that its last message, which may be large, is not kept while the next is fetched."""
        for listed, answer in self._asked(chunk, WHOLE):
            if answer.body is not None:
                yield _fetched(listed, answer.body, answer.received_at, size_limit)

    def _asked(self, chunk: Chunk, items: str) -> Sequence[tuple[Listed, Answer]]:
        """Each message of the chunk that is there and that the server can hand out, with its answer."""
        try:
            answered = {answer.uid: answer for answer in self._ask(chunk, items)}
        except TimeoutError as error:  # asking again would cost the whole wait each time
            raise problem(error, self._address, self._timeout) from error
        except (MailboxFetchError, imaplib.IMAP4.error, OSError) as error:
            self._recover(error, (chunk[0].folder, chunk[0].uid_validity))
            alone = [] if len(chunk) == 1 else [self._asked([listed], items) for listed in chunk]
            return [pair for pairs in alone for pair in pairs]
        self._failures = 0
        return [(listed, answered[listed.uid]) for listed in chunk if listed.uid in answered]

    def _ask(self, chunk: Chunk, items: str) -> Iterable[Answer]:
        client = self._server.client
        result: tuple[str, list[Piece]] = client.uid(
            "FETCH", ",".join(listed.uid for listed in chunk), f"(UID INTERNALDATE {items})"
        )
        if result[0] != "OK":
            client.response("FETCH")  # what came before the refusal must not turn up in the next answer
        check_command_status(result, MailboxFetchError)
        return answers(result[1])

    def _recover(self, error: Exception, opened: tuple[str, int]) -> None:
        """Makes the connection usable again after a failed command, or gives up."""
        self._failures += 1
        if self._failures >= FAILURES:
            raise problem(error, self._address, self._timeout) from error
        if not isinstance(error, MailboxFetchError):  # a refusal leaves the connection as it was
            hang_up(self._server)
            self._connect()
            self._open_folder(*opened)

    def _understood(self) -> AbstractContextManager[None]:
        return understood(self._address, self._timeout)


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
