"""What markup would load from elsewhere, and from which hosts."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

LOADING = frozenset(
    {"src", "background", "poster", "lowsrc", "dynsrc", "data", "code", "codebase", "archive", "manifest"}
)
HREF_LOADS = frozenset({"link", "image", "use", "feimage"})
STYLE_URL = re.compile(r"""url\(\s*+["']?([^"')\s]++)|@import\s++["']([^"']++)""", re.IGNORECASE)
REMOTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//|(?:https?|ftp|file|wss?):", re.IGNORECASE)
REFRESH = re.compile(r"url\s*+=\s*+[\"']?([^\"'\s]++)", re.IGNORECASE)
# Characters that turn, hide or glue text: never part of a target that is shown.
UNSEEN = re.compile("[\x00-\x20\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")


def remote_references(name: str, attributes: Mapping[str, str], raw_text: str) -> Iterator[str]:
    """Every address outside the mail that a browser would load for this tag, each as often as it stands there."""
    for attribute, value in attributes.items():
        if attribute in LOADING or (attribute in ("href", "xlink:href") and name in HREF_LOADS):
            yield from filter(_is_remote, [value])
        elif attribute in ("srcset", "imagesrcset"):
            yield from filter(_is_remote, (each.strip().partition(" ")[0] for each in value.split(",")))
        elif attribute == "style":
            yield from _in_style(value)
        elif attribute == "content" and name == "meta":
            yield from filter(_is_remote, REFRESH.findall(value))
    if name == "style":
        yield from _in_style(raw_text)


def _in_style(style: str) -> Iterator[str]:
    yield from filter(_is_remote, (url or imported for url, imported in STYLE_URL.findall(style)))


def _is_remote(address: str) -> bool:
    return bool(REMOTE.match(UNSEEN.sub("", address).replace("\\", "/")))


def host(address: str) -> str:
    """The host an address leads to, as the network knows it (IDNA, lower case); "" if there is none."""
    try:
        name = (urlsplit(UNSEEN.sub("", address).replace("\\", "/")).hostname or "")[:253]
        return name.encode("idna").decode() if not name.isascii() else name
    except ValueError:
        return ""
