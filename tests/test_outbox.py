"""Digests and hand-overs: sent once to a real web server and a real mail server, whatever happens in between."""

import asyncio
import hashlib
import hmac
import json
import os
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from core import acting, queue
from core.collecting import collect
from core.digest import digest, put_digests
from core.errors import NotFound
from core.handing_over import handed_over, pass_on, pass_on_new
from core.outbox import deliver
from core.routes import Target
from core.scope import Desk, open_desk

TARGET = Target(customer="Acme", contract="P2P", service="Invoices")
MONDAY = datetime(2026, 11, 23, 9, 0)


class Receiver:
    """A system of another company: remembers what it was sent, and answers what it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.requests: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/tickets"


class Postbox:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.mails.append(envelope)
        await asyncio.sleep(0)
        return "250 OK"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    one = Postbox()
    yield one
    one.controller.stop()


@pytest.fixture
def desk(tmp_path: Path, receiver: Receiver, postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> Desk:
    (tmp_path / "mail").mkdir()
    for number in range(3):
        (tmp_path / "mail" / f"{number}.eml").write_bytes(
            f"From: zoe@acme.example\r\nTo: ap@desk.example\r\nSubject: Factura {number}\r\n"
            f"Date: Sun, 22 Nov 2026 10:0{number}:00 +0000\r\n"
            f"Message-ID: <{number}@acme.example>\r\n\r\nHola\r\n".encode()
        )
    (tmp_path / "straydesk.toml").write_text(f"""
[[person]]
email = "ana@desk.example"
[[person]]
email = "bob@desk.example"
role = "analyst"
[[team]]
name = "Finance"
members = ["ana@desk.example", "bob@desk.example"]
[[mailbox]]
name = "Accounts Payable"
address = "ap@desk.example"
team = "Finance"
source = "eml:mail"
[[customer]]
name = "Acme"
contracts = [{{ name = "P2P", services = ["Invoices"] }}]
[smtp]
host = "127.0.0.1"
port = {postbox.port}
security = "none"
sender = "desk@desk.example"
[digest]
at = "07:30"
language = "es"
url = "https://desk.example"
[[hand_over]]
name = "Tickets"
url = "{receiver.url}"
secret_env = "TICKETS_SECRET"
automatic = true
[[hand_over]]
name = "Post"
email = "inbox@other.example"
""")
    monkeypatch.setenv("STRAYDESK_STORE", str(tmp_path / "store.duckdb"))
    monkeypatch.setenv("TICKETS_SECRET", "s3cret")
    made = open_desk(tmp_path / "straydesk.toml", now=lambda: MONDAY)
    collect(made.operator())
    return made


def later(desk: Desk, by: timedelta) -> Desk:
    return Desk(desk.configuration, desk.store, now=lambda: MONDAY + by)


def item(desk: Desk) -> str:
    scope = desk.acting("ana@desk.example")
    return acting.create(scope, list(queue.waiting(scope).id[:1]), TARGET).references[0]


def test_a_work_item_reaches_the_other_system_signed_and_once(desk: Desk, receiver: Receiver) -> None:
    reference = item(desk)
    scope = desk.acting("ana@desk.example")
    assert pass_on(scope, reference, "Tickets")
    assert not pass_on(scope, reference, "Tickets"), "asked twice, it is one entry"
    assert deliver(desk) == {"sent": 1, "failed": 0}
    assert deliver(desk) == {"sent": 0, "failed": 0}
    ((headers, body),) = receiver.requests
    moment, given = headers["Straydesk-Signature"].removeprefix("t=").split(",v1=")
    assert given == hmac.new(b"s3cret", f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert json.loads(body)["reference"] == reference
    assert handed_over(scope, reference)[0]["sent_at"] == MONDAY


def test_what_was_refused_is_tried_again_later_under_the_same_key(desk: Desk, receiver: Receiver) -> None:
    pass_on(desk.acting("ana@desk.example"), reference := item(desk), "Tickets")
    receiver.status = 503
    assert deliver(desk) == {"sent": 0, "failed": 1}
    assert "503" in handed_over(desk.acting("ana@desk.example"), reference)[0]["problem"]
    assert deliver(desk) == {"sent": 0, "failed": 0}, "its next turn has not come"
    receiver.status = 200
    assert deliver(later(desk, timedelta(minutes=2))) == {"sent": 1, "failed": 0}
    assert len({headers["Idempotency-Key"] for headers, __ in receiver.requests}) == 1


def test_four_senders_at_once_send_each_entry_once(desk: Desk, receiver: Receiver) -> None:
    scope = desk.acting("ana@desk.example")
    for reference in acting.create(scope, list(queue.waiting(scope).id), TARGET).references:
        pass_on(scope, reference, "Tickets")
    senders = [threading.Thread(target=deliver, args=(desk,)) for __ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(receiver.requests) == 3


def test_an_automatic_system_gets_every_new_work_item(desk: Desk, receiver: Receiver) -> None:
    item(desk)
    assert pass_on_new(desk) == 1
    assert pass_on_new(desk) == 0
    deliver(desk)
    assert len(receiver.requests) == 1


def test_a_missing_secret_is_a_sentence_and_loses_nothing(desk: Desk, receiver: Receiver) -> None:
    pass_on(desk.acting("ana@desk.example"), reference := item(desk), "Tickets")
    del os.environ["TICKETS_SECRET"]
    assert deliver(desk) == {"sent": 0, "failed": 1}
    assert "TICKETS_SECRET" in handed_over(desk.acting("ana@desk.example"), reference)[0]["problem"]
    assert receiver.requests == []


def test_a_work_item_goes_out_by_mail_marked_as_automatic(desk: Desk, postbox: Postbox) -> None:
    pass_on(desk.acting("ana@desk.example"), reference := item(desk), "Post")
    deliver(desk)
    (mail,) = postbox.mails
    assert mail.rcpt_tos == ["inbox@other.example"]
    assert b"Auto-Submitted: auto-generated" in mail.content
    assert reference.encode() in mail.content


def test_nobody_passes_on_what_they_do_not_see(desk: Desk) -> None:
    with pytest.raises(NotFound):
        pass_on(desk.acting("ana@desk.example"), "T-999999", "Tickets")
    with pytest.raises(NotFound):
        pass_on(desk.acting("ana@desk.example"), item(desk), "Elsewhere")


def test_a_digest_goes_to_those_who_act_once_a_day_in_their_language(desk: Desk, postbox: Postbox) -> None:
    assert put_digests(desk) == 1, "Ana acts, Bob only looks"
    assert put_digests(desk) == 0
    deliver(desk)
    (mail,) = postbox.mails
    assert mail.rcpt_tos == ["ana@desk.example"]
    assert put_digests(later(desk, timedelta(days=1))) == 1


@pytest.mark.parametrize(("by", "put"), [(timedelta(hours=-2), 0), (timedelta(days=-1), 0), (timedelta(), 1)])
def test_a_digest_waits_for_its_time_on_working_days(desk: Desk, by: timedelta, put: int) -> None:
    assert put_digests(later(desk, by)) == put


def test_a_digest_says_what_waits_and_links_to_the_page_only(desk: Desk) -> None:
    found = digest(desk.acting("ana@desk.example"), "Finance")
    assert found is not None
    subject, text = found
    assert "3" in subject
    assert "zoe@acme.example (3)" in text
    assert "https://desk.example/?mailbox=Accounts%20Payable" in text
