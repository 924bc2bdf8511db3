"""What is attached is told by its content, whatever its sender says."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from core.attached import kind_of, nested, real_kind
from core.messages import message
from tests.desk import AP, DeskUnderTest, mail


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"%PDF-1.7\n", "invoice.pdf", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "logo.png", "image/png"),
        (b"MZ" + bytes(200), "invoice.pdf", "application/x-msdownload"),
        (b"\x7fELF" + bytes(200), "tool", "application/x-executable"),
        (b"#!/bin/sh\nrm x\n", "notes.txt", "text/x-shellscript"),
        (b"Date;Amount\n1;2\n", "list", ""),
        (b"", "empty.txt", ""),
    ],
)
def test_a_kind_is_told_by_how_the_content_begins(content: bytes, name: str, kind: str) -> None:
    assert kind_of(content, name) == kind


def test_a_program_that_calls_itself_a_pdf_is_named(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    raw = mail(to="ap@desk.example", attached="invoice.pdf").replace(b"JVBERi0xLjQ=", b"TVqQAAMAAAAEAAAA//8=")
    id = desk.receive_one(raw, AP)
    (one,) = message(desk.acting("ana"), id)["attachments"]
    assert one["content_type"] == "application/pdf"
    really = real_kind(desk.acting("ana"), id, one["part"], one["name"], one["content_type"])
    assert really == "application/x-msdownload"


def test_an_honest_pdf_is_not_remarked_on(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path)
    id = desk.receive_one(mail(to="ap@desk.example", attached="invoice.pdf"), AP)
    (one,) = message(desk.acting("ana"), id)["attachments"]
    assert real_kind(desk.acting("ana"), id, one["part"], one["name"], one["content_type"]) == ""


def test_an_attached_message_is_opened(tmp_path: Path) -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"], inner["Subject"] = "zoe@acme.example", "Factura 7"
    inner.set_content("Adjunto la factura.")
    outer["From"], outer["To"], outer["Subject"] = "sue@supplier.example", "ap@desk.example", "Fwd"
    outer.set_content("See below.")
    outer.add_attachment(inner)
    desk = DeskUnderTest(tmp_path)
    id = desk.receive_one(outer.as_bytes(), AP)
    (one,) = message(desk.acting("ana"), id)["attachments"]
    inside = nested(desk.acting("ana"), id, one["part"])
    assert (inside.from_address, inside.subject) == ("zoe@acme.example", "Factura 7")
    assert "Adjunto la factura." in inside.text
