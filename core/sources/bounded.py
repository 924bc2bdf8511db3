"""An IMAP connection that neither waits nor remembers without end, and that can be told to end.

imaplib waits for as long as now and then a byte arrives, and keeps whatever arrives. Here each command has a time in
all, which grows with the bytes it asks for, and a number of bytes that its answer may have.
"""

import imaplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from imap_tools import BaseMailBox
from typing_extensions import Buffer

from core.source_address import SourceAddress
from core.sources.patience import NAP, TooSlow
from core.sources.source import Cancelled

SILENCES = 4  # a command may take this many times as long as the server may be silent, and the time for its bytes
SLOWEST = 16 * 2**10  # bytes a second
LINE = 20 * 2**20  # bytes: the answer to a search for two million messages
TALK = 2 * LINE  # bytes in an answer beside what was asked for
LITERAL = 64 * 2**20  # bytes, where nothing else is said
BLOCK = 2**16


@dataclass(slots=True)
class Bounds:
    """What one command may take; `silence` in seconds."""

    silence: float
    ended: Callable[[], bool]
    literal: int = LITERAL
    expected: int = 0  # bytes, for the next command only
    until: float = field(default=0.0, init=False)
    _room: int = field(default=0, init=False)

    def begin(self) -> None:
        """A command begins."""
        self.until = monotonic() + SILENCES * self.silence + self.expected / SLOWEST
        self._room = TALK + 2 * self.expected
        self.expected = 0

    def wait_until(self) -> float:
        """Until when the next bytes must be there."""
        return min(self.until, monotonic() + self.silence)

    def check(self, until: float) -> None:
        """Raises Cancelled when the reader wants no more, TimeoutError when it is too late."""
        if self.ended():
            raise Cancelled
        if (now := monotonic()) > until:
            raise TooSlow if now > self.until else TimeoutError

    def received(self, count: int) -> None:
        """So many bytes more. Raises abort where that is more than the command can be answered with."""
        self._room -= count
        if self._room < 0:
            raise imaplib.IMAP4.abort("it sends without end")


class Plain(imaplib.IMAP4):
    """imaplib's client within bounds."""

    def __init__(self, address: SourceAddress, bounds: Bounds, **more: Any) -> None:
        self.bounds = bounds
        self._held, self._held_of = bytearray(), object()
        super().__init__(address.host, address.port, timeout=bounds.silence, **more)

    def readline(self) -> bytes:
        """A line, or what there is of it when the connection ended."""
        searched = 0
        while (end := self._buffer().find(b"\n", searched)) < 0:
            searched = len(self._held)
            if searched > LINE:
                raise self.abort("a line without end")
            if not (block := self._receive()):
                break
            self._held += block
        line = bytes(self._held[: end + 1] if end >= 0 else self._held)
        del self._held[: len(line)]
        return line

    def read(self, size: int) -> bytes:
        """So many bytes, or fewer when the connection ended."""
        if size > self.bounds.literal:
            raise self.abort(f"a literal of {size} bytes where none should be")
        pieces = [bytes(self._buffer()[:size])]
        del self._held[:size]
        missing = size - len(pieces[0])
        while missing and (block := self._receive(missing)):
            pieces.append(block)
            missing -= len(block)
        return b"".join(pieces)

    def send(self, data: Buffer) -> None:
        """Sends, and waits no longer for the server to take it than for its answer."""
        self.sock.settimeout(self.bounds.silence)
        super().send(data)

    def line_within(self, seconds: float) -> bool:
        """Whether a line, or the end of the connection, comes within this time."""
        until = monotonic() + seconds
        while b"\n" not in self._buffer() and len(self._held) <= LINE and monotonic() < until:
            if self.bounds.ended():
                raise Cancelled
            if (block := self._received(BLOCK)) == b"":
                return True
            self._held += block or b""
        return b"\n" in self._held or len(self._held) > LINE

    def _command(self, name: str, *arguments: object) -> bytes:
        self.bounds.begin()
        return super()._command(name, *arguments)  # type: ignore[misc,no-any-return]

    def _connect(self) -> None:
        self.bounds.begin()
        super()._connect()  # type: ignore[misc]

    def _buffer(self) -> bytearray:
        if self._held_of is not self.sock:  # since STARTTLS: what was slipped in before it is not the server's word
            self._held, self._held_of = bytearray(), self.sock
        return self._held

    def _receive(self, size: int = BLOCK) -> bytes:
        until = self.bounds.wait_until()
        while (block := self._received(size)) is None:
            self.bounds.check(until)
        self.bounds.received(len(block))
        self.bounds.check(self.bounds.until)
        return block

    def _received(self, size: int) -> bytes | None:
        """What arrives within a moment; None if nothing does, empty if the connection has ended."""
        self.sock.settimeout(min(NAP, self.bounds.silence))
        try:
            return self.sock.recv(min(size, BLOCK * 16))
        except TimeoutError:
            return None


class Tls(Plain, imaplib.IMAP4_SSL):
    """The same, by TLS from the start (give its `ssl_context`)."""


class BoundedMailBox(BaseMailBox):
    """imap_tools' mailbox over such a connection; with a `context` by TLS from the start."""

    client: Plain

    def __init__(self, address: SourceAddress, bounds: Bounds, context: ssl.SSLContext | None) -> None:
        self._reached = (address, bounds, context)
        super().__init__()

    def _get_mailbox_client(self) -> Plain:
        address, bounds, context = self._reached
        return Tls(address, bounds, ssl_context=context) if context else Plain(address, bounds)
