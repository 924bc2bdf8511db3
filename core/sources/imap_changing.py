"""A connection that changes what lies on a server: small steps by uid, each of which can be looked at afterwards."""

import imaplib
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from hashlib import sha256
from pathlib import Path

from imap_tools.errors import (
    MailboxFolderCreateError,
    MailboxFolderSelectError,
    MailboxFolderStatusError,
    MailboxFolderSubscribeError,
    UnexpectedCommandStatusError,
)
from imap_tools.utils import check_command_status, encode_folder

from core.configuration_file import MailboxConfiguration
from core.errors import SourceProblem
from core.language import _
from core.secrets import password_of
from core.sources.imap_answers import Piece, answers, uids
from core.sources.imap_connection import connect, hang_up
from core.sources.imap_problems import problem, said, understood

CHUNK_COUNT, CHUNK_BYTES = 100, 2 * 2**20  # one answer of the server is held in memory at once
DELETED = "\\Deleted"
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)", re.IGNORECASE)
_UID = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
_COPIED = re.compile(rb"(\d+) ([\d,:]+) ([\d,:]+)")
_ANY = "\\*"


class Refused(SourceProblem):
    """The server said no to one command, and goes on to listen."""


class Changing:
    """A mailbox's server, signed in. Each method may raise SourceProblem, mostly Refused.

    `moves` and `expunges` say whether the server knows MOVE (RFC 6851) and UIDPLUS (RFC 4315).
    """

    def __init__(self, mailbox: MailboxConfiguration, base: Path, timeout: float) -> None:
        self._address, self._timeout = mailbox.source_address, timeout
        self._server = connect(mailbox, password_of(mailbox, base), base, timeout)
        self._read = self._server.client.read
        self._server.client.read = self._bounded  # type: ignore[method-assign]
        with self._understood():  # what it offers after signing in is not what it offered before
            offers = self._server.client.capability()[1][-1].upper().split()
        self.moves, self.expunges = b"MOVE" in offers, b"UIDPLUS" in offers
        self._permanent: bytes | None = None

    def close(self) -> None:
        """Signs out and ends the connection. No folder is closed: CLOSE would expunge what others marked."""
        hang_up(self._server)

    def open(self, folder: str, *, readonly: bool = False) -> int:
        """Opens a folder and answers its UIDVALIDITY."""
        with self._understood():
            try:
                self._server.folder.set(folder, readonly=readonly)
            except MailboxFolderSelectError as error:
                raise SourceProblem(
                    _("The folder “{folder}” of {user} can't be opened: {said}").format(
                        folder=folder, user=self._address.user, said=said(error)
                    )
                ) from error
            except imaplib.IMAP4.readonly as error:
                raise SourceProblem(
                    _("{host} lets nothing be changed in the folder “{folder}”.").format(
                        host=self._address.host, folder=folder
                    ),
                    _("Give the user of this mailbox the right to, or leave after_collecting out."),
                ) from error
            client = self._server.client
            self._permanent = client.response("PERMANENTFLAGS")[1][-1]
            return int(client.response("UIDVALIDITY")[1][-1] or 0)

    def keeps(self, flag: str) -> bool:
        """Whether a flag set in the open folder is still there for the next who looks (RFC 3501, 7.1)."""
        if self._permanent is None:  # a server that doesn't say keeps them all
            return True
        permanent = self._permanent.decode("ascii", "replace").strip("()").lower().split()
        return flag.lower() in permanent or (_ANY in permanent and not flag.startswith("\\"))

    def place(self, folder: str) -> tuple[int, int]:
        """UIDVALIDITY and UIDNEXT of a folder that is not open; it is made, and subscribed to, if there is none."""
        with self._understood():
            try:
                return self._status(folder)
            except MailboxFolderStatusError:
                with suppress(MailboxFolderCreateError):  # somebody else may just have made it
                    self._server.folder.create(folder)
                with suppress(MailboxFolderSubscribeError):
                    self._server.folder.subscribe(folder, value=True)
                return self._status(folder)

    def present(self, wanted: Sequence[str]) -> set[str]:
        """Those of the uids that lie in the open folder."""
        return set(uids(self._do("SEARCH", "UID", ",".join(wanted)))) & set(wanted) if wanted else set()

    def later(self, first: int) -> list[str]:
        """The uids of the open folder from `first` on. (`n:*` always answers the last one, whatever its uid.)"""
        return [uid for uid in uids(self._do("SEARCH", "UID", f"{first}:*")) if int(uid) >= first]

    def flags(self, wanted: Sequence[str]) -> dict[str, set[str]]:
        """The flags, lower case, of those of the uids that lie in the open folder."""
        pieces = self._do("FETCH", ",".join(wanted), "(UID FLAGS)") if wanted else []
        texts = [piece for piece in pieces if isinstance(piece, bytes)]
        found = ((_UID.search(text), _FLAGS.search(text)) for text in texts)
        told = {uid[1].decode(): set(flags[1].decode("utf-8", "replace").lower().split())
                for uid, flags in found if uid and flags}  # fmt: skip
        return {uid: told[uid] for uid in wanted if uid in told}

    def hashes(self, wanted: Sequence[str], most: int) -> Iterator[tuple[str, str]]:
        """Each of the uids with the SHA-256 of its bytes, hexadecimal; one of more than `most` bytes gets another's."""
        for chunk in self._chunks(wanted, most):
            for uid, piece in self._pieces(chunk, 0).items():
                yield uid, self._digest(uid, piece, most)

    def add_flag(self, wanted: Sequence[str], flag: str) -> None:
        """Sets a flag."""
        self._do("STORE", ",".join(wanted), "+FLAGS.SILENT", f"({flag})")

    def expunge(self, wanted: Sequence[str]) -> None:
        """Removes for good those of the uids that are marked as deleted, and no other (UIDPLUS)."""
        self._do("EXPUNGE", ",".join(wanted))

    def bring(self, wanted: Sequence[str], folder: str) -> dict[str, str]:
        """Move to another folder, or copy where the server can't; answers the uids there, if it says them (COPYUID)."""
        self._server.client.response("COPYUID")
        self._do("MOVE" if self.moves else "COPY", ",".join(wanted), encode_folder(folder))
        told = self._server.client.response("COPYUID")[1][-1] if self.expunges else None
        copied = _COPIED.search(told or b"")
        return dict(zip(_spelled(copied[2]), _spelled(copied[3]), strict=False)) if copied else {}

    def _digest(self, uid: str, piece: bytes, most: int) -> str:
        """The hash of a mail that begins with this piece; the rest of a large one comes a piece at a time."""
        digest, length = sha256(piece), len(piece)
        while len(piece) == CHUNK_BYTES and length <= most:
            piece = self._pieces([uid], length).get(uid, b"")
            digest.update(piece)
            length += len(piece)
        return digest.hexdigest()

    def _pieces(self, wanted: Sequence[str], begins: int) -> dict[str, bytes]:
        asked = f"(UID BODY.PEEK[]<{begins}.{CHUNK_BYTES}>)"
        found = answers(self._do("FETCH", ",".join(wanted), asked))
        return {answer.uid: answer.body for answer in found if answer.body is not None and answer.uid in wanted}

    def _chunks(self, wanted: Sequence[str], most: int) -> Iterator[list[str]]:
        """The uids in runs of at most CHUNK_COUNT and CHUNK_BYTES; a larger one is alone."""
        for start in range(0, len(wanted), CHUNK_COUNT):
            chunk: list[str] = []
            size = 0
            block = wanted[start : start + CHUNK_COUNT]
            for answer in [*answers(self._do("FETCH", ",".join(block), "(UID RFC822.SIZE)"))]:
                length = min(answer.size or 0, most + 1)
                if chunk and size + length > CHUNK_BYTES:
                    yield chunk
                    chunk, size = [], 0
                chunk, size = [*chunk, answer.uid], size + length
            if chunk:
                yield chunk

    def _status(self, folder: str) -> tuple[int, int]:
        status = self._server.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
        return status["UIDVALIDITY"], status["UIDNEXT"]

    def _do(self, command: str, *arguments: str | bytes) -> list[Piece]:
        client = self._server.client
        client.response("FETCH")  # news about flags that nobody asked for
        with self._understood():
            try:
                result: tuple[str, list[Piece]] = client.uid(command, *arguments)  # type: ignore[arg-type]
                check_command_status(result, UnexpectedCommandStatusError)
            except imaplib.IMAP4.abort:
                raise
            except (imaplib.IMAP4.error, UnexpectedCommandStatusError) as error:
                raise Refused(problem(error, self._address, self._timeout).sentence) from error
        return result[1]

    def _bounded(self, size: int) -> bytes:
        if size > 2 * CHUNK_BYTES:
            raise imaplib.IMAP4.abort(f"a literal of {size} bytes where none should be")
        return self._read(size)

    def _understood(self) -> AbstractContextManager[None]:
        return understood(self._address, self._timeout)


def _spelled(uid_set: bytes) -> list[str]:
    """`4,6:8` as 4, 6, 7, 8."""
    spelled: list[str] = []
    for piece in uid_set.decode().split(","):
        first, _colon, last = piece.partition(":")
        spelled += map(str, range(int(first), int(last or first) + 1))
    return spelled
