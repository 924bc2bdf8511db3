"""The text and the HTML of a message itself; every other part becomes an attachment."""

import html as entities
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from core.parsing.attachments import content
from core.parsing.charsets import decode
from core.parsing.defects import Defects
from core.parsing.flowed import unflowed
from core.parsing.markup import as_text
from core.parsing.parts import Part
from core.parsing.strings import clean

LONGEST_TEXT = 1_000_000
LONGEST_HTML = 5_000_000
"""In characters, of all parts together: what is beyond stays in the raw bytes."""

_DECLARED_IN_HTML = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_NO_TEXT = {"text/calendar", "text/x-vcalendar", "text/vcard", "text/x-vcard", "text/directory"}


class Body(NamedTuple):
    """What is to be read, as text and as HTML; `derived` says that text was made from HTML."""

    text: str = ""
    html: str = ""
    derived: bool = False


@dataclass(slots=True)
class BodyReader:
    """Reads the body of one message and sets aside, in order, the parts that are attachments."""

    raw: bytes
    defects: Defects
    attached: list[Part] = field(default_factory=list)
    assumed_charset: str = ""  # what a person says it is, whatever the parts declare
    begun: bool = False
    text_left: int = LONGEST_TEXT
    html_left: int = LONGEST_HTML

    def read(self, root: Part) -> Body:
        """The body of the message; text is made from the HTML when there is none."""
        body = self._read(root, named_too=True)
        if body.html and not body.text.strip() and not body.derived:
            body = Body(as_text(body.html), body.html, True)
        return Body(self._cut(body.text.strip("\n").rstrip(), LONGEST_TEXT, "text_cut"), body.html, body.derived)

    def _read(self, part: Part, named_too: bool = False) -> Body:
        if not part.is_multipart:
            return self._leaf(part, named_too)
        if part.type == "multipart/related":
            return self._related(part)
        if part.type == "multipart/alternative":
            return _best([self._read(child, named_too=True) for child in part.children])
        return _in_sequence([self._read(child) for child in part.children])

    def _related(self, part: Part) -> Body:
        """The root of a compound object; the others are what it refers to (RFC 2387)."""
        start = part.parameters.get("start", "").strip("<> ")
        root = next((child for child in part.children if start and start in child.fields.first(b"content-id")), None)
        root = root or part.children[0]
        body = Body()
        for child in part.children:
            if child is root:
                body = self._read(child, named_too=True)
            else:
                self._set_aside(child)
        return body

    def _set_aside(self, part: Part) -> None:
        if not part.is_multipart:
            self.attached.append(part)
        for child in part.children:
            self._set_aside(child)

    def _leaf(self, part: Part, named_too: bool) -> Body:
        if not self._is_body(part, named_too):
            self.attached.append(part)
            return Body()
        self.begun = True
        if part.type == "text/html":
            html = self._cut(self._html(part), self.html_left, "html_cut")
            self.html_left -= len(html)
            return Body(html=html)
        return Body(text=self._text(part))

    def _is_body(self, part: Part, named_too: bool) -> bool:
        """Text is to be read, unless it says it is attached, or has a file name and something came before it."""
        if part.disposition.value not in ("", "inline", "form-data"):
            return False
        if part.type in ("text/plain", "text/html"):
            return not part.name or named_too or not self.begun
        return not part.path and part.type.startswith("text/") and part.type not in _NO_TEXT

    def _text(self, part: Part) -> str:
        # A character takes at most four bytes, an encoded one a few more.
        text = decode(self._content(part, LONGEST_TEXT * 4), self._charset(part), self.defects)
        text = self._cut(clean(text), self.text_left, "text_cut")
        self.text_left -= len(text)
        if part.parameters.get("format", "").lower() == "flowed":
            return unflowed(text, part.parameters.get("delsp", "").lower() == "yes")
        return text

    def _html(self, part: Part) -> str:
        raw = self._content(part, LONGEST_HTML * 4)
        charset = self._charset(part)
        if not charset and not raw.isascii() and (declared := _DECLARED_IN_HTML.search(raw, 0, 4096)):
            charset = declared[1].decode("ascii")
        return clean(decode(raw, charset, self.defects))

    def _charset(self, part: Part) -> str:
        return self.assumed_charset or part.parameters.get("charset", "")

    def _content(self, part: Part, longest: int) -> bytes:
        return content(self.raw, part, self.defects)[:longest]

    def _cut(self, text: str, longest: int, code: str) -> str:
        if len(text) > longest:
            self.defects.note(code)
        return text[:longest]


def _best(bodies: list[Body]) -> Body:
    """Of alternatives: the first that is text, and the last that is HTML, as the sender prefers (RFC 2046, 5.1.4)."""
    texts = [body for body in bodies if body.text.strip()]
    htmls = [body.html for body in bodies if body.html.strip()]
    return Body(texts[0].text if texts else "", htmls[-1] if htmls else "", bool(texts) and texts[0].derived)


def _in_sequence(bodies: list[Body]) -> Body:
    """One after the other; once one has only HTML or only text, the other form is made for it."""
    bodies = [body for body in bodies if body.text.strip() or body.html.strip()]
    if len(bodies) <= 1:
        return bodies[0] if bodies else Body()
    if not any(body.html for body in bodies):
        return Body("\n".join(body.text for body in bodies))
    texts = [body.text if body.text.strip() else as_text(body.html) for body in bodies]
    htmls = [body.html or f"<pre>{entities.escape(body.text)}</pre>" for body in bodies]
    derived = any(body.derived or not body.text.strip() for body in bodies)
    return Body("\n".join(texts), "\n".join(htmls), derived)
