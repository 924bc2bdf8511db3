"""A loopback server that only remembers who came, and one that serves a single page."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TypeVar

Server = TypeVar("Server", bound=ThreadingHTTPServer)


class Trap(ThreadingHTTPServer):
    """Where hostile markup points to. `caught` holds the request line of everybody who connected, "" if none came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Catch)
        self.caught: list[str] = []

    @property
    def url(self) -> str:
        """Its address, as hostile markup writes it."""
        return f"http://127.0.0.1:{self.server_port}"


class _Catch(socketserver.StreamRequestHandler):
    server: Trap

    def handle(self) -> None:
        # A bare connection counts: a preconnect tells the sender as much as a request does.
        self.connection.settimeout(0.5)
        try:
            line = self.rfile.readline(2000).decode("latin-1").strip()
        except OSError:
            line = ""
        self.server.caught.append(line)
        self.wfile.write(b"HTTP/1.0 204 No Content\r\nAccess-Control-Allow-Origin: *\r\n\r\n")


class Page(ThreadingHTTPServer):
    """Serves its `html` under every path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.html = ""

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.server_port}/page"


class _Answer(BaseHTTPRequestHandler):
    server: Page

    def do_GET(self) -> None:
        content = self.server.html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Silence: what was asked for is checked by the tests."""


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, answering for as long as the context lasts."""
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
