"""HTML cut into start tags, end tags and text, in linear time whatever it holds.

Python's own html.parser and html5ever both take minutes for some megabyte of hostile markup. Telling exactly where a
browser would see a tag is not needed here: what comes out is written anew, and the guard parses that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import islice

MAX_ATTRIBUTES = 64
RAW_TEXT = ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext")

# Possessive throughout, and open ends match the end of the text: no input is read twice.
ATTRIBUTE = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)?+"""
MARKUP = re.compile(
    rf"""<!--(?:-?>|.*?(?:--!?>|\Z))
    |</(?P<end>[a-z][^\s/>]*+)[^>]*+(?:>|\Z)
    |<[!?/][^>]*+(?:>|\Z)
    |<(?P<start>[a-z][^\s/>]*+)(?P<attributes>(?:[\s/]++|{ATTRIBUTE})*+)(?:>|\Z)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
ONE_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?P<value>"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)?+"""
)
RAW_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE) for name in RAW_TEXT}


@dataclass(frozen=True, slots=True)
class Start:
    """A start tag: name and attributes in lower case; of a raw text element (style, title …) also its text."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    raw_text: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """An end tag."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """Text between tags, as written: its character references (&amp; …) are not resolved yet."""

    text: str


def tokens(html: str) -> Iterator[Start | End | Text]:
    """The tokens of the HTML in order; comments, doctypes and processing instructions are left out."""
    at = 0
    while at < len(html):
        markup = MARKUP.search(html, at)
        text = html[at : markup.start() if markup else len(html)]
        if text:
            yield Text(text)
        if not markup:
            return
        at = markup.end()
        if markup["end"]:
            yield End(markup["end"].lower())
        elif markup["start"]:
            name = markup["start"].lower()
            raw_text, at = _raw_text(name, html, at)
            yield Start(name, _attributes(markup["attributes"]), raw_text)


def resolved(text: str) -> str:
    """The text with its character references resolved; as it is if one of them has thousands of digits."""
    try:
        return unescape(text)
    except ValueError:
        return text


def _raw_text(name: str, html: str, at: int) -> tuple[str, int]:
    """What lies inside a raw text element up to its end tag, and where to go on; nothing for other elements."""
    if name not in RAW_ENDS:
        return "", at
    end = RAW_ENDS[name].search(html, at)
    return (html[at : end.start()], end.end()) if end else (html[at:], len(html))


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for attribute in islice(ONE_ATTRIBUTE.finditer(text), MAX_ATTRIBUTES):
        value = attribute["value"] or ""
        if value[:1] in ('"', "'"):
            value = value[1:].removesuffix(value[0])
        found.setdefault(attribute["name"].lower(), resolved(value))
    return found
