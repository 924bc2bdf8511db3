"""A proxy between a mail program and an IMAP server that does what bad networks and sick servers do, at a chosen place.

A correct client survives each of these faults: it either notices, and ends with a sentence, or loses nothing by it.
What can't be noticed by anybody is no fault to try, as IMAP has no checksum (TLS has one):

- no byte changes into another inside a mail or a number. What is inserted holds no digit, and what is left out goes up
  to the end of a line or of an answer, so that it never makes another valid number (uid 15 → uid 1);
- inside a mail, bytes are inserted or left out only with the length as announced, so that what stands behind the mail
  is not what IMAP has there;
- over TLS anything goes, and any byte may flip.
"""

import re
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

# In the answers of a server
ANSWERS = ("cut", "reset", "stall", "left out from here", "garbage", "garbage line", "another length",
           "answer left out", "line left out", "twice", "reordered", "unasked", "bye", "refused", "slow")  # fmt: skip
# In what a client says
COMMANDS = ("cut", "reset", "stall", "garbage", "answer left out", "slow")
# In a stream that is encrypted: of bytes
BYTES = ("cut", "reset", "stall", "flipped", "garbage", "left out from here", "slow")
GARBAGE = (b"\0", b"\xff\xfe\xfa", b" (", b")", b'"', b"{", b"\r\n", b"*", b"+ \r\n", b"garbage", b"\x80\x81)" * 20)
LINES = (b"* \r\n", b"\r\n", b"* GARBAGE\r\n", b"*\r\n", b"\xff\xfe\r\n", b"what?\r\n", b"* OK\r\n", b"* (\r\n",
         b"+ go ahead\r\n", b"* FETCH\r\n", b"x" * 9000 + b"\r\n", b'* LIST () "/" INBOX\r\n')  # fmt: skip
UNASKED = (
    b"* 1 EXPUNGE\r\n", b"* 2000000 EXISTS\r\n", b"* 0 EXISTS\r\n", b"* 5 RECENT\r\n", b"* VANISHED 1:3\r\n",
    b"* 1 FETCH (FLAGS (\\Seen))\r\n", b"* 1 FETCH (UID 1 FLAGS (\\Seen \\Deleted))\r\n", b"* FLAGS (\\Seen)\r\n",
    b"* 2 FETCH (FLAGS () UID 2 MODSEQ (12345))\r\n", b"* OK still here\r\n", b"* NO [ALERT] the disk is full\r\n",
    b"* BAD what was that?\r\n", b"* SEARCH 4294967290\r\n", b"* CAPABILITY IMAP4rev1\r\n", b"* SEARCH\r\n",
)  # fmt: skip
REFUSALS = (b"NO [SERVERBUG] Internal error occurred", b"BAD Too many arguments", b"NO [UNAVAILABLE] Later", b"NO")
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n\Z")
_TAGGED_OK = re.compile(rb"\A(\w+ )OK\b[^\r\n]*(?=\r\n)")


@dataclass
class Fault:
    """One fault: what, in which direction, and after how many answers (or bytes, where they are encrypted).

    `in_mail`: only answers with a mail in them count.
    """

    kind: str
    in_answers: bool
    place: int
    chance: Random
    in_mail: bool = False
    struck: bool = False


@dataclass
class Damaged:
    """What to send instead of an answer, and what becomes of the connection then."""

    pieces: list[bytes]
    then: str = "on"  # or cut, reset, stall
    pause: float = 0.0  # seconds after each piece


class Answers:
    """A stream of IMAP cut into answers (or commands): each a list of lines and literals, whole."""

    def __init__(self) -> None:
        self._bytes = b""
        self._pieces: list[bytes] = []
        self._literal = -1

    def cut(self, more: bytes) -> Iterator[list[bytes]]:
        self._bytes += more
        while True:
            if self._literal >= 0:
                if len(self._bytes) < self._literal:
                    return
                size, self._literal = self._literal, -1
            else:
                size = self._bytes.find(b"\n") + 1
                if not size:
                    return
            piece, self._bytes = self._bytes[:size], self._bytes[size:]
            self._pieces.append(piece)
            is_line = len(self._pieces) % 2 == 1
            if is_line and (literal := _LITERAL.search(piece)):
                self._literal = int(literal[1])
            elif is_line:
                yield self._pieces
                self._pieces = []


@dataclass
class FaultProxy:
    """Sits in front of one port; `fault` is what happens next, once. Connections are counted together."""

    target: int
    encrypted: bool
    port: int = 0
    _fault: Fault | None = None
    _seen: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, fault: Fault | None) -> None:
        """From here on this fault, counted from here."""
        with self._lock:
            self._fault, self._seen = fault, {True: 0, False: 0}

    def due(self, in_answers: bool, pieces: list[bytes]) -> Fault | None:
        """The fault that strikes this answer, or these bytes, in this direction, if one does; counts them."""
        with self._lock:
            fault, before = self._fault, self._seen[in_answers]
            size = len(pieces[0]) if self.encrypted else 1
            if fault and fault.in_mail and len(pieces) == 1:
                return None
            self._seen[in_answers] += size
            if fault and not fault.struck and fault.in_answers is in_answers and before <= fault.place < before + size:
                fault.struck = True
                fault.place -= before
                return fault
            return None

    def serve(self, client: socket.socket) -> None:
        """Passes on what a client and the server say to each other, until one of them has gone."""
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self.target), timeout=5) as server:
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            streams = {client: _Stream(self, server, False), server: _Stream(self, client, True)}
            while True:
                ready = select.select([*streams], [], [], 30)[0]
                if not ready:
                    return
                for each in ready:
                    said = each.recv(65536)
                    if not said:
                        return
                    streams[each].take(said)
                    if streams[each].end == "reset":
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    if streams[each].end:
                        return


class _Stream:
    """One direction of one connection."""

    def __init__(self, proxy: FaultProxy, to: socket.socket, is_answers: bool) -> None:
        self._proxy, self._to, self._is_answers = proxy, to, is_answers
        self._answers = Answers()
        self._held: list[bytes] = []
        self._silent = False
        self.end = ""

    def take(self, said: bytes) -> None:
        if self._silent:
            return
        for pieces in [[said]] if self._proxy.encrypted else self._answers.cut(said):
            fault = self._proxy.due(self._is_answers, pieces)
            self._send(self._damaged(fault, pieces) if fault else Damaged(pieces))
            if self.end or self._silent:
                return

    def _damaged(self, fault: Fault, pieces: list[bytes]) -> Damaged:
        if self._proxy.encrypted:
            return _in_bytes(fault, pieces[0])
        if fault.kind == "reordered" and pieces[0].startswith(b"*"):
            self._held = pieces
            return Damaged([])
        return _in_answer(fault, pieces)

    def _send(self, damaged: Damaged) -> None:
        pieces = damaged.pieces
        if self._held and pieces:
            pieces, self._held = _behind(self._held, pieces), []
        for piece in pieces if damaged.pause else [b"".join(pieces)]:
            if piece:
                self._to.sendall(piece)
            time.sleep(damaged.pause)
        self._silent = damaged.then == "stall"
        self.end = damaged.then if damaged.then in ("cut", "reset") else ""


def _behind(held: list[bytes], pieces: list[bytes]) -> list[bytes]:
    """The answer that was held back behind the next one; a tagged line ends the command and stays the last."""
    return [*pieces, *held] if pieces[0].startswith(b"*") else [*held, *pieces]


def _in_answer(fault: Fault, pieces: list[bytes]) -> Damaged:
    """An answer (or a command) with this fault in it."""
    chance, whole = fault.chance, b"".join(pieces)
    at, line = chance.randrange(len(whole)), chance.randrange(0, len(pieces), 2)
    match fault.kind:
        case "cut" | "reset" | "stall":
            return Damaged([whole[:at]], then=fault.kind)
        case "bye":
            return Damaged([b"* BYE Shutting down\r\n"], then="cut")
        case "slow":
            return _slow(whole, chance)
    return Damaged({
        "left out from here": [whole[:at]],
        "garbage": [whole[:at], chance.choice(GARBAGE), whole[at:]],
        "garbage line": [chance.choice(LINES), whole],
        "another length": [_another_length(pieces[0], chance), *pieces[1:]],
        "answer left out": [],
        "line left out": pieces[:line] + pieces[line + 1:],
        "twice": [whole, whole if whole.startswith(b"*") else b""],
        "reordered": [whole],
        "unasked": [chance.choice(UNASKED), whole],
        "refused": [_TAGGED_OK.sub(rb"\1" + chance.choice(REFUSALS), whole)],
    }[fault.kind])  # fmt: skip


def _in_bytes(fault: Fault, said: bytes) -> Damaged:
    """Encrypted bytes with this fault in them."""
    at, chance = min(fault.place, len(said) - 1), fault.chance
    match fault.kind:
        case "cut" | "reset" | "stall":
            return Damaged([said[:at]], then=fault.kind)
        case "flipped":
            return Damaged([said[:at], bytes([said[at] ^ 1 << chance.randrange(8)]), said[at + 1 :]])
        case "garbage":
            return Damaged([said[:at], chance.randbytes(chance.randint(1, 300)), said[at:]])
        case "left out from here":
            return Damaged([said[:at]])
        case _:
            return _slow(said, chance)


def _slow(whole: bytes, chance: Random) -> Damaged:
    """In up to thirty pieces, each soon enough for a client that waits for the next."""
    size = max(1, len(whole) // 30)
    pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
    return Damaged(pieces, pause=chance.uniform(0.001, 0.01))


def _another_length(line: bytes, chance: Random) -> bytes:
    literal = _LITERAL.search(line)
    if not literal:
        return line
    size = max(0, int(literal[1]) + chance.choice((-500, -80, -2, -1, 1, 2, 80, 500, 10**6, 10**12)))
    return line[: literal.start()] + b"{%d}\r\n" % size


@contextmanager
def fault_proxy(target: int, *, encrypted: bool = False) -> Iterator[FaultProxy]:
    """A proxy in front of this port of the loopback, `encrypted` where what passes is TLS."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)
    proxy = FaultProxy(target, encrypted, listener.getsockname()[1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _address = listener.accept()
                threading.Thread(target=proxy.serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)
