"""Tokens written anew as a balanced, bounded fragment: links as text, pictures embedded or named, the rest dropped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from core.language import _
from core.sanitising.guard import TAGS, VOID
from core.sanitising.links import link_attributes, target_after
from core.sanitising.pictures import Pictures
from core.sanitising.references import host, remote_references
from core.sanitising.tokens import End, Start, Text, resolved

MAX_TOKENS = 40_000
MAX_CELLS = 5_000  # a cell over 3 columns and 2 rows counts as 6
MAX_LINKS = 2_000  # a browser takes seconds for one line of more
MAX_DEPTH = 128
MAX_TABLES = 16  # inside each other
MAX_TEXT = 300_000  # characters
MAX_HOSTS = 100

CELLS = frozenset({"td", "th"})
FENCES = CELLS | {"table"}  # an end tag inside a cell never closes what was opened outside of it
# What a start tag ends by standing there, as far as the nearest of the second group (HTML: optional end tags).
IMPLIED_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol"}) | FENCES),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"}) | FENCES),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"}) | FENCES),
    "p": (frozenset({"p"}), frozenset({"div", "blockquote", "li"}) | FENCES),
    "a": (frozenset({"a"}), FENCES),
    "td": (CELLS, frozenset({"tr", "table"})),
    "th": (CELLS, frozenset({"tr", "table"})),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
    **{part: (frozenset({"thead", "tbody", "tfoot"}), frozenset({"table"})) for part in ("thead", "tbody", "tfoot")},
}
TURNING = re.compile("[\x00\u202d\u202e]")  # overrides that make a text read backwards; isolates and marks may stay
COLOURS = re.compile(r"color|background", re.IGNORECASE)


@dataclass(slots=True)
class Open:
    """An element that is still open; of a link also its target and the place where its text begins."""

    name: str
    written: str
    target: str = ""
    begins: int = 0


class Rewriter:
    """Takes tokens one by one; afterwards knows what was blocked, whether it cut, whether the mail sets colours."""

    def __init__(self, images: Mapping[str, tuple[str, bytes]]) -> None:
        self.blocked = 0
        self.hosts: set[str] = set()
        self.cut = False
        self.coloured = False
        self._pictures = Pictures(images)
        self._out: list[str] = []
        self._open: list[Open] = []
        self._tokens = self._cells = self._links = self._characters = 0

    def take(self, token: Start | End | Text) -> bool:
        """Write the token anew; False when the budget is used up and the rest is to be left out."""
        self._tokens += 1
        match token:
            case Text(text):
                self._text(text)
            case End(name):
                self._close({name}, FENCES if name not in FENCES | {"tr"} else frozenset({"table"}))
            case Start():
                self._start(token)
        over = (
            self._tokens > MAX_TOKENS
            or self._cells > MAX_CELLS
            or self._links > MAX_LINKS
            or self._characters > MAX_TEXT
        )
        self.cut = self.cut or over
        return not over

    def finished(self) -> str:
        """The fragment, with everything closed that was still open."""
        while self._open:
            self._pop()
        return TURNING.sub("", "".join(self._out))

    def _text(self, text: str) -> None:
        room = max(0, MAX_TEXT - self._characters)
        self._characters += len(text)
        self._out.append(escape(resolved(text[:room]), quote=False))

    def _start(self, tag: Start) -> None:
        self._count_blocked(tag)
        if implied := IMPLIED_ENDS.get(tag.name):
            self._close(*implied)
        if tag.name in ("img", "image"):
            self._picture(tag)
        elif tag.name in VOID:
            self._out.append(f"<{tag.name}>")
        elif tag.name in TAGS or tag.name in ("a", "body"):
            self._element(_as_box(tag) if tag.name == "body" else tag)

    def _element(self, tag: Start) -> None:
        if not self._fits(tag):
            self.cut = True
            return
        self.coloured = self.coloured or _sets_colours(tag)
        written = {"a": "span", "body": "div"}.get(tag.name, tag.name)
        target = tag.attributes.get("href", "") if tag.name == "a" else ""
        self._links += tag.name == "a"
        self._out.append(f"<{written}{link_attributes(target) if target else _kept(tag, written)}>")
        self._open.append(Open(tag.name, written, target, len(self._out)))

    def _fits(self, tag: Start) -> bool:
        tables = sum(each.name == "table" for each in self._open) if tag.name in FENCES | {"tr"} else 0
        if tag.name in CELLS:
            self._cells += _span(tag, "colspan") * _span(tag, "rowspan")
        return len(self._open) < MAX_DEPTH and tables + (tag.name == "table") <= MAX_TABLES

    def _picture(self, tag: Start) -> None:
        source = tag.attributes.get("src", "")
        alt = tag.attributes.get("alt", "")[:200].strip()
        if embedded := self._pictures.embedded(source):
            shown = Start("img", tag.attributes | {"src": embedded, "alt": alt})
            self._out.append(f"<img{_kept(shown, 'img')}>")
        elif not {tag.attributes.get("width"), tag.attributes.get("height")} & {"0", "1", "0px", "1px"}:
            label = _("Picture: {alt}").format(alt=alt) if alt else _("Picture")
            origin = f' title="{escape(name)}"' if (name := host(source)) else ""
            self._out.append(f'<span class="picture"{origin}>{escape(label)}</span>')

    def _count_blocked(self, tag: Start) -> None:
        for address in remote_references(tag.name, tag.attributes, tag.raw_text):
            self.blocked += 1
            if len(self.hosts) < MAX_HOSTS and (name := host(address)):
                self.hosts.add(name)

    def _close(self, names: set[str] | frozenset[str], fences: frozenset[str]) -> None:
        """Close the nearest of these elements and all inside it, unless a fence stands before it."""
        for depth in range(len(self._open), 0, -1):
            if self._open[depth - 1].name in names:
                while len(self._open) >= depth:
                    self._pop()
                return
            if self._open[depth - 1].name in fences:
                return

    def _pop(self) -> None:
        closed = self._open.pop()
        self._out.append(f"</{closed.written}>")
        if closed.target:
            text = re.sub("<[^>]*+>", "", "".join(self._out[closed.begins : closed.begins + 50])[:4000])
            self._out.append(target_after(resolved(text), closed.target))


def _kept(tag: Start, written: str) -> str:
    """The attributes the guard may keep, so that it has little to parse; what it keeps of the values is up to it."""
    kept = [(name, value) for name, value in tag.attributes.items() if name in TAGS[written]]
    return "".join(f' {name}="{escape(value)}"' for name, value in kept)


def _as_box(body: Start) -> Start:
    """The body of the mail as a box inside ours, with the colours it gave its page."""
    page = {"background-color": body.attributes.get("bgcolor", ""), "color": body.attributes.get("text", "")}
    style = "".join(f"{name}:{value};" for name, value in page.items() if value) + body.attributes.get("style", "")
    return Start("body", {"style": style} if style else {})


def _sets_colours(tag: Start) -> bool:
    set_by_style = COLOURS.search(tag.attributes.get("style", ""))
    return bool(set_by_style) or "bgcolor" in tag.attributes or "color" in tag.attributes


def _span(tag: Start, name: str) -> int:
    value = tag.attributes.get(name, "1").strip()
    return min(max(int(value), 1), 1000) if value.isdecimal() and len(value) < 6 else 1
