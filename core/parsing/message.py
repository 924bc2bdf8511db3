"""From raw bytes to a message. Whatever the bytes are, there is an answer; what is wrong is a defect in it."""

from collections.abc import Iterator
from datetime import datetime

from core.parsing import identifiers
from core.parsing.addresses import Named, read_addresses
from core.parsing.attachments import describe
from core.parsing.automatic import automatic
from core.parsing.bodies import Body, BodyReader
from core.parsing.dates import as_utc, read_date, received_date, utc_now
from core.parsing.defects import Defects
from core.parsing.headers import Fields, read_fields, with_line_feeds
from core.parsing.model import Attachment, Limits, ParsedMessage, Recipient, RecipientKind, Verdict
from core.parsing.parts import Part, read_structure
from core.parsing.quotes import newly_written
from core.parsing.strings import one_line
from core.parsing.words import decode_words

PREVIEW = 200
_PREVIEWED = 1500
_KINDS: tuple[tuple[RecipientKind, tuple[bytes, ...]], ...] = (
    ("to", (b"to",)),
    ("cc", (b"cc",)),
    ("delivered", (b"delivered-to", b"x-original-to", b"envelope-to")),
    ("reply_to", (b"reply-to",)),
)
_ONCE = (b"from", b"subject", b"date", b"message-id", b"content-type", b"to", b"cc", b"in-reply-to", b"references")


class _Content:
    """What is in a message beside its header."""

    __slots__ = ("attachments", "body", "type")

    def __init__(self, body: Body = Body(), attachments: tuple[Attachment, ...] = (), kind: str = "") -> None:  # noqa: B008
        self.body = body
        self.attachments = attachments
        self.type = kind


def parse(
    raw: bytes,
    limits: Limits = Limits(),  # noqa: B008
    *,
    received_at: datetime | None = None,
    complete: bool = True,
    size: int | None = None,
    assumed_charset: str = "",
) -> ParsedMessage:
    """The message these bytes hold; never raises for content. Where memory is bounded, it may raise MemoryError.

    `received_at` is when the mailbox got it (else the topmost Received, else Date, else now), `complete` is False when
    only the header was fetched, `size` is the size in bytes at the source if that is not the length of `raw`,
    `assumed_charset` is taken instead of those declared.
    """
    raw = with_line_feeds(raw)
    size = len(raw) if size is None else size
    defects = Defects()
    verdict: Verdict = "parsed"
    content = _Content()
    fields = Fields()
    try:
        if not complete or max(size, len(raw)) > limits.size:
            verdict = "too_large"
            defects.note("too_large", "size")
            fields = read_fields(raw, 0, len(raw), limits.header_bytes, defects)
        else:
            verdict, fields, content = _read(raw, limits, defects, assumed_charset)
        return _assembled(verdict, size, fields, content, received_at, defects)
    except MemoryError:
        raise  # what there is of it is for others to say (core/parsing/bounds.py)
    except Exception as error:
        # The safety net: a mistake of ours in reading one message must cost no more than that message's fields.
        defects.note("parser_failed", f"{type(error).__name__}: {error}")
        return _rescued(raw, size, limits, received_at, defects)


def _read(raw: bytes, limits: Limits, defects: Defects, assumed_charset: str) -> tuple[Verdict, Fields, _Content]:
    structure = read_structure(raw, limits, defects)
    root = structure.root
    if structure.exceeded:
        defects.note("too_large", structure.exceeded)
    if structure.exceeded == "header_bytes":
        return "too_large", root.fields, _Content()
    root.fields.hint = assumed_charset or _charset(root)
    reader = BodyReader(raw, defects, assumed_charset=assumed_charset)
    body = reader.read(root)
    attachments = describe(raw, reader.attached, body.html, defects)
    content = _Content(body, attachments, root.type)
    if not root.fields.ordered:
        defects.note("header_missing")
        return "unparsable", root.fields, content
    return "too_large" if structure.exceeded else "parsed", root.fields, content


def _charset(root: Part) -> str:
    """The charset to try on header text nobody declared: that of the first text of the message."""
    while root.children:
        root = root.children[0]
    return root.parameters.get("charset", "")


def _assembled(
    verdict: Verdict, size: int, fields: Fields, content: _Content, received_at: datetime | None, defects: Defects
) -> ParsedMessage:
    _note_repeated(fields, defects)
    sender = _sender(fields, defects)
    sent_at = read_date(fields.first(b"date"), defects)
    body = content.body
    return ParsedMessage(
        verdict=verdict,
        size=size,
        message_id=identifiers.message_id(fields.first(b"message-id")),
        in_reply_to=identifiers.identifiers(" ".join(fields.every(b"in-reply-to"))),
        references=identifiers.references(" ".join(fields.every(b"references")), defects),
        from_address=sender.address if sender.valid else "",
        from_name=sender.name or ("" if sender.valid else sender.address),
        from_domain=sender.domain,
        subject=one_line(decode_words(fields.first(b"subject"), defects)),
        list_id=identifiers.list_id(fields.first(b"list-id")),
        automatic=automatic(fields, content.type),
        sent_at=sent_at,
        received_at=_received(received_at, fields) or sent_at or utc_now(),
        text=body.text,
        html=body.html,
        text_from_html=body.derived,
        preview=_preview(body.text),
        recipients=tuple(_recipients(fields, defects)),
        attachments=content.attachments,
        defects=defects.noted(),
    )


def _note_repeated(fields: Fields, defects: Defects) -> None:
    for name in _ONCE:
        if fields.count(name) > 1:
            defects.note("header_repeated", name.decode("ascii"))


def _sender(fields: Fields, defects: Defects) -> Named:
    """The first valid address of From, else the first of whatever stands there."""
    named = [named for written in fields.every(b"from") for named in read_addresses(written, defects)]
    if len(named) > 1:
        defects.note("from_several")
    if not named:
        defects.note("from_missing")
    return next((one for one in named if one.valid), named[0] if named else Named("", "", "", False))


def _recipients(fields: Fields, defects: Defects) -> Iterator[Recipient]:
    for kind, names in _KINDS:
        found = [
            named for name in names for written in fields.every(name) for named in read_addresses(written, defects)
        ]
        if kind == "delivered":
            found = list({named.address: named for named in found}.values())
        for position, named in enumerate(found, 1):
            yield Recipient(kind, position, named.address, named.domain, named.name, named.valid)


def _received(given: datetime | None, fields: Fields) -> datetime | None:
    if given is not None:
        return as_utc(given)
    return received_date(fields.first(b"received"))


def _preview(text: str) -> str:
    """The first words of what is new in the message, or of what it quotes if nothing is new."""
    beginning = text[:_PREVIEWED]
    return (one_line(newly_written(beginning)) or one_line(beginning))[:PREVIEW]


def _rescued(raw: bytes, size: int, limits: Limits, received_at: datetime | None, defects: Defects) -> ParsedMessage:
    """A row for a message the parser failed on: with its header if that can be read, else with nothing."""
    try:
        fields = read_fields(raw, 0, len(raw), limits.header_bytes, defects)
        return _assembled("unparsable", size, fields, _Content(), received_at, defects)
    except MemoryError:
        raise
    except Exception as error:
        defects.note("parser_failed", f"{type(error).__name__}: {error}")
        return _assembled("unparsable", size, Fields(), _Content(), received_at, defects)
