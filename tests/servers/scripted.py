"""An IMAP server that answers as it is told, for what no real server can be made to do."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

Said = bytes | None | Callable[[], Iterable[bytes]]
CAPABILITIES = b"* CAPABILITY IMAP4rev1\r\n"
FOLDER = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n"


@contextmanager
def scripted(answers: Mapping[bytes, Said], greeting: Said = b"* OK ready\r\n") -> Iterator[int]:
    """Serves on a loopback port: the untagged answer for each command (`UID FETCH` or `LOGIN`), then `OK`.

    None as an answer is silence for good; a function gives what is sent piece by piece, with no `OK` behind it.
    Commands that are not named get a plain `OK`. Answers the port.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_accept, args=(listener, {**_usual(), **answers}, greeting), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        # A thread that waits in accept() is only woken by a shutdown, not by close().
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def _usual() -> dict[bytes, Said]:
    return {b"CAPABILITY": CAPABILITIES, b"EXAMINE": FOLDER, b"LOGOUT": b"* BYE\r\n"}


def _accept(listener: socket.socket, answers: Mapping[bytes, Said], greeting: Said) -> None:
    with suppress(OSError):
        while True:
            connection, _address = listener.accept()
            threading.Thread(target=_serve_one, args=(connection, answers, greeting), daemon=True).start()


def _serve_one(connection: socket.socket, answers: Mapping[bytes, Said], greeting: Said) -> None:
    with connection, suppress(OSError):
        _serve(connection, answers, greeting)


def _serve(connection: socket.socket, answers: Mapping[bytes, Said], greeting: Said) -> None:
    for piece in _pieces(greeting):
        connection.sendall(piece)
    for line in connection.makefile("rb"):
        tag, _space, command = line.strip().partition(b" ")
        answer = next((answers[name] for name in answers if command.upper().startswith(name)), b"")
        end = tag + b" OK done\r\n" if isinstance(answer, bytes) else b""
        for piece in _pieces(answer):
            connection.sendall(piece + end)


def _pieces(said: Said) -> Iterable[bytes]:
    return said() if callable(said) else [said] if said is not None else []
