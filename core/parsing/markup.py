"""HTML as readable text: paragraphs, lists, quotes, tables and links kept, everything else dropped."""

import re
from html import unescape

from core.parsing.page import SET, Page
from core.parsing.strings import clean

_MARKUP = re.compile(r"<(?=[a-zA-Z!?/])")
_TAG = r"<(/?)([a-zA-Z][a-zA-Z0-9:_-]*+)(?:[^<>\"']++|\"[^\"<>]*+\"|'[^'<>]*+')*+>"
_TIDY = re.compile("([^<]*+)" + _TAG)
_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:_-]*+)")
_QUOTED_OR_NOT = re.compile(r"\"[^\"]*+\"|'[^']*+'|[^\"']++")
_VALUE = r"(?<![a-z-]){name}\s{{0,9}}=\s{{0,9}}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))"
_ATTRIBUTE = {
    tag: re.compile(_VALUE.format(name=name), re.IGNORECASE)
    for tag, name in (("a", "href"), ("img", "alt"), ("ol", "start"))
}
_UNREAD = {
    tag: re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE)
    for tag in ("script", "style", "title", "textarea", "template", "iframe")
}
_KNOWN = SET | _UNREAD.keys()
_LONGEST_TAG = 100_000


def as_text(html: str) -> str:
    """The text a person would read in this HTML, which may be anything."""
    page = Page()
    last_comment_end = html.rfind("-->")
    at = 0
    while at < len(html):
        if tidy := _TIDY.match(html, at):  # most of most pages: one look for the text and the tag behind it
            if tidy[1]:
                page.text(_unescaped(tidy[1]))
            at = tidy.end()
            if (name := tidy[3].lower()) in _KNOWN:
                at = _element(html, name, tidy[2] == "/", tidy.end(3), at, page)
            continue
        markup = _MARKUP.search(html, at)
        tag = markup.start() if markup else len(html)
        if tag > at:
            page.text(_unescaped(html[at:tag]))
            at = tag
        elif html.startswith("<!--", tag) and tag < last_comment_end:
            at = html.find("-->", tag + 2) + 3
        else:
            at = _untidy(html, tag, page)
    return clean(page.read())


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    try:
        return unescape(text)
    except ValueError:  # a character number of thousands of digits
        return text


def _untidy(html: str, at: int, page: Page) -> int:
    """Take in what starts with `<` here and is no tidy tag; where it ends."""
    if name := _NAME.match(html, at):
        return _element(html, name[2].lower(), name[1] == "/", name.end(), _tag_end(html, name.end()), page)
    return (html.find(">", at) + 1) or len(html)


def _element(html: str, tag: str, closes: bool, named: int, end: int, page: Page) -> int:
    """An element begins or ends with the tag that has its name before `named` and ends at `end`."""
    if tag in SET:
        if closes:
            page.close(tag)
        else:
            page.open(tag, _attribute(html[named:end], tag) if tag in _ATTRIBUTE else "")
    return end if closes or tag not in _UNREAD else _after_unread(html, end, _UNREAD[tag])


def _tag_end(html: str, at: int) -> int:
    """Behind the `>` that ends the tag, which may stand in a quoted value before."""
    first = html.find(">", at)
    if first < 0:
        return len(html)
    if html.count('"', at, first) % 2 == 0 and html.count("'", at, first) % 2 == 0:
        return first + 1
    for piece in _QUOTED_OR_NOT.finditer(html, at, min(len(html), at + _LONGEST_TAG)):
        if piece[0][0] not in "\"'" and ">" in piece[0]:
            return piece.start() + piece[0].index(">") + 1
    return first + 1


def _attribute(written: str, tag: str) -> str:
    """The one attribute of the element that is told in text, "" if it has none."""
    value = _ATTRIBUTE[tag].search(written, 0, _LONGEST_TAG)
    return _unescaped(value[1] or value[2] or value[3] or "") if value else ""


def _after_unread(html: str, at: int, closing: re.Pattern[str]) -> int:
    """Behind the content of an element whose content is not for reading."""
    found = closing.search(html, at)
    return found.start() if found else len(html)
