"""A place that gives out OAuth2 access tokens and says whom they are for, on the loopback."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs

CLIENT, SECRET, REFRESH = "desk-client", "s3cret-of-client", "refresh-0"


class TokenServer(ThreadingHTTPServer):
    """Tokens for `email`, good for `seconds`; `answer` instead of a token, if it is given (status, content)."""

    def __init__(self, email: str = "ap@desk.example") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.email, self.seconds = email, 3600
        self.answer: tuple[int, bytes] | None = None
        self.asked: list[dict[str, str]] = []
        self.good: set[str] = set()
        self.rotates = self.refuses = False
        self.refresh_token = REFRESH
        self.numbers = count(1)
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where tokens are asked for."""
        return f"http://127.0.0.1:{self.server_port}/token"

    def dovecot(self) -> str:
        """The content of Dovecot's configuration file of an oauth2 passdb that asks here whose a token is."""
        return (
            f"introspection_url = http://127.0.0.1:{self.server_port}/whose\nintrospection_mode = auth\n"
            "force_introspection = yes\nusername_attribute = email\nactive_attribute = active\nactive_value = true\n"
        )

    def given(self, form: Mapping[str, str]) -> dict[str, Any]:
        """A token for what was asked."""
        with self.lock:
            self.asked.append(dict(form))
            wanted = {"client_credentials": True, "refresh_token": form.get("refresh_token") == self.refresh_token}
            if form.get("client_id") != CLIENT or form.get("client_secret") != SECRET:
                return {"error": "invalid_client"}
            if not wanted.get(form.get("grant_type", "")):
                return {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            number = next(self.numbers)
            token = {"access_token": f"access-token-{number}", "token_type": "Bearer", "expires_in": self.seconds}
            self.good.add(str(token["access_token"]))
            if self.rotates:
                self.refresh_token = f"refresh-{number}"
                token |= {"refresh_token": self.refresh_token, "refresh_token_expires_in": 604800}
            return token


class _Handler(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        read = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(read).items()}
        if self.server.answer:
            self.server.asked.append(form)
            self._say(*self.server.answer)
            return
        given = self.server.given(form)
        self._say(400 if "error" in given else 200, json.dumps(given).encode())

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        known = token in self.server.good and not self.server.refuses
        self._say(200, json.dumps({"active": known, "email": self.server.email if known else ""}).encode())

    def log_message(self, *_arguments: object) -> None:
        """Silence."""

    def _say(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
