"""A draft as bytes: its body in the chosen look, its attachments, and the headers around them."""

from collections.abc import Callable, Mapping
from random import Random

from core.demo import breaking, mime
from core.demo.attachments import File, make, png
from core.demo.drafts import Draft, token
from core.demo.envelope import headers
from core.demo.looks import html
from core.demo.mailboxes import mailboxes
from core.demo.mime import Part
from core.demo.senders import Sender
from core.demo.slots import COMMON
from core.demo.writing import letter, quoted, without_prefixes

ENCODINGS = (
    ("utf-8", "quoted-printable"),
    ("utf-8", "base64"),
    ("utf-8", "8bit"),
    ("iso-8859-1", "quoted-printable"),
    ("windows-1252", "8bit"),
)
HTML_ONLY, LOGO = 0.3, 0.2  # shares of branded mail without a text part, of Outlook mail with a logo inside


def compose(draft: Draft, mailbox: str) -> bytes:
    """The message as it is delivered to the mailbox with that address."""
    rng = Random(f"{draft.key} look")
    lines = headers(draft, rng, mailbox)
    part = FORMS[draft.stream.form](draft, rng, mailbox)
    if draft.stream.breaks and not draft.parent:
        return breaking.broken(rng.choice(draft.stream.breaks), lines, part, draft, rng)
    return mime.message(lines, part)


def _ordinary(draft: Draft, rng: Random, mailbox: str) -> Part:
    history = _history(draft)
    text = letter(rng, draft.writing, draft.sender, draft.stream.voice)
    body = _body(draft, rng, f"{text}\n{history}\n" if history else text, history)
    return _with_files(draft, rng, body, _files(draft, rng))


def _history(draft: Draft) -> str:
    """What was written before in this thread, newest first, every turn one level deeper."""
    parent = draft.parent
    if not parent:
        return ""
    older = quoted(parent.writing, parent.sender, parent.received_at)
    if not draft.answer:
        return older
    answer = quoted(
        draft.answer, Sender(draft.stream.mailbox, mailboxes()[draft.stream.mailbox].address), parent.received_at
    )
    return "\n".join([answer, ">", *(f"> {line}".rstrip() for line in older.splitlines())])


def _body(draft: Draft, rng: Random, text: str, history: str) -> Part:
    look = rng.choice(draft.stream.looks)
    if look == "plain":
        return mime.text(text, "plain", *rng.choice(ENCODINGS))
    name = token(draft.key)
    page = html(rng, look, draft.writing, draft.sender, name, history)
    shown = mime.text(page, "html", "utf-8", rng.choice(("quoted-printable", "base64")))
    if look == "outlook" and rng.random() < LOGO:
        shown = _with_logo(page, rng, name)
    if look == "brand" and rng.random() < HTML_ONLY:
        return shown
    return mime.multipart("alternative", [mime.text(text, "plain", *rng.choice(ENCODINGS)), shown], f"=_alt_{name}")


def _with_logo(page: str, rng: Random, name: str) -> Part:
    logo = f"image001.png@{name[:8].upper()}.{name[8:16].upper()}"
    page = page.replace("</body>", f'<img src="cid:{logo}" width="16" height="16" alt=""></body>')
    image = mime.attached(File("image001.png", "image/png", png(rng)), logo)
    return mime.multipart("related", [mime.text(page, "html"), image], f"=_rel_{name}")


def _files(draft: Draft, rng: Random) -> list[File]:
    if draft.parent and rng.random() < 0.75:
        return []
    kinds = rng.choice(draft.stream.files).split()
    about = without_prefixes(draft.writing.subject)
    return [make(kind, rng, draft.slots, about, draft.received_at) for kind in kinds]


def _with_files(draft: Draft, rng: Random, body: Part, files: list[File]) -> Part:
    parts = [body, *map(mime.attached, files)]
    return mime.multipart("mixed", parts, f"=_mix_{token(draft.key)}") if files else body


def _bounce(draft: Draft, rng: Random, mailbox: str) -> Part:
    """A delivery status notification (RFC 3464)."""
    slots, name = draft.slots, token(draft.key)
    status = f"Reporting-MTA: dns; mx2.desk.example\n\nFinal-Recipient: rfc822; {slots['failed']}\n"
    status += "Action: failed\nStatus: 5.1.1\n"
    lost = f"From: {draft.stream.mailbox} <{mailbox}>\nTo: {slots['failed']}\nSubject: Re: {slots['invoice']}\n"
    lost += f"Message-ID: <{token(name)}@desk.example>\n\n"
    parts = [
        mime.text("\n\n".join(draft.writing.paragraphs) + "\n", "plain", "us-ascii", "7bit"),
        mime.nested(status.encode(), "message/delivery-status"),
        mime.nested(lost.encode(), "text/rfc822-headers"),
    ]
    return mime.multipart("report", parts, f"{name}/mx2.desk.example", "; report-type=delivery-status")


def _forward_inline(draft: Draft, rng: Random, mailbox: str) -> Part:
    assert draft.inner is not None
    sender, writing = draft.inner
    words = COMMON[draft.writing.language]
    values = (mime.address(sender), draft.slots["date"], writing.subject, draft.sender.address)
    block = [
        words["forwarded"],
        *(f"{label}: {value}" for label, value in zip(words["forward_labels"], values, strict=True)),
    ]
    original = "\n".join([*block, "", *writing.paragraphs, "", sender.name, ""])
    text = letter(rng, draft.writing, draft.sender, "person") + "\n" + original
    body = mime.text(text, "plain", *rng.choice(ENCODINGS[:3]))
    return _with_files(draft, rng, body, [make("pdf", rng, draft.slots, writing.subject, draft.received_at)])


def _forward_attached(draft: Draft, rng: Random, mailbox: str) -> Part:
    assert draft.inner is not None
    sender, writing = draft.inner
    origin = [("From", mime.address(sender)), ("To", draft.sender.address), ("Subject", mime.phrase(writing.subject))]
    origin += [("Message-ID", f"<{token(draft.key + ' inner')}@{sender.domain}>")]
    inner = mime.message(origin, mime.text(letter(rng, writing, sender, "person"), "plain", "utf-8", "8bit"))
    note = mime.text(letter(rng, draft.writing, draft.sender, "person"))
    return mime.multipart("mixed", [note, mime.nested(inner)], f"=_fwd_{token(draft.key)}")


FORMS: Mapping[str, Callable[[Draft, Random, str], Part]] = {
    "": _ordinary,
    "answer": _ordinary,
    "bounce": _bounce,
    "forward_inline": _forward_inline,
    "forward_attached": _forward_attached,
}
