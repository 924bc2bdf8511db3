"""An IMAP server that answers as it is told, for what no real server can be made to do."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

CAPABILITIES = b"* CAPABILITY IMAP4rev1\r\n"
FOLDER = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n"


@contextmanager
def scripted(answers: Mapping[bytes, bytes | None], greeting: bytes = b"* OK ready\r\n") -> Iterator[int]:
    """Serves on a loopback port: the untagged answer for each command (`UID FETCH` or `LOGIN`), then `OK`.

    None as an answer is silence for good. Commands that are not named get a plain `OK`. Answers the port.
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


def _usual() -> dict[bytes, bytes | None]:
    return {b"CAPABILITY": CAPABILITIES, b"EXAMINE": FOLDER, b"LOGOUT": b"* BYE\r\n"}


def _accept(listener: socket.socket, answers: Mapping[bytes, bytes | None], greeting: bytes) -> None:
    with suppress(OSError):
        while True:
            connection, _address = listener.accept()
            with connection, suppress(OSError):
                _serve(connection, answers, greeting)


def _serve(connection: socket.socket, answers: Mapping[bytes, bytes | None], greeting: bytes) -> None:
    connection.sendall(greeting)
    for line in connection.makefile("rb"):
        tag, _space, command = line.strip().partition(b" ")
        answer = next((answers[name] for name in answers if command.upper().startswith(name)), b"")
        if answer is not None:
            connection.sendall(answer + tag + b" OK done\r\n")
