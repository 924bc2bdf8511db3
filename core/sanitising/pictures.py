"""Pictures that travel inside the mail, as data: URIs; only what really is a picture, and of a size one can show."""

import warnings
from base64 import b64decode, b64encode
from collections.abc import Mapping
from io import BytesIO
from urllib.parse import unquote

from PIL import Image

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
MAX_BYTES = 10 * 2**20  # of all pictures of one document together
MAX_PIXELS = 40_000_000  # of one picture: a few kB of PNG can unfold to gigabytes


class Pictures:
    """The pictures of one mail, by Content-ID, with a budget for how much of them one document may hold."""

    def __init__(self, parts: Mapping[str, tuple[str, bytes]]) -> None:
        self._parts = {key.strip("<> ").lower(): content for key, (_kind, content) in parts.items()}
        self._left = MAX_BYTES

    def embedded(self, source: str) -> str:
        """The data: URI for a `cid:` or `data:` source; "" if it is neither, no picture, or too large."""
        content = self._content(source)
        kind = _kind(content) if 0 < len(content) <= self._left else ""
        if not kind:
            return ""
        self._left -= len(content)
        return f"data:{kind};base64,{b64encode(content).decode()}"

    def _content(self, source: str) -> bytes:
        scheme, _colon, rest = source.strip().partition(":")
        if scheme.lower() == "cid":
            return self._parts.get(unquote(rest).strip("<> ").lower(), b"")
        head, _comma, body = rest.partition(",")
        if scheme.lower() != "data" or not head.lower().endswith(";base64") or len(body) > 2 * self._left:
            return b""
        try:
            return b64decode(unquote(body))
        except ValueError:
            return b""


def _kind(content: bytes) -> str:
    """The media type by content, never by what the mail claims; reads the header only, decodes nothing."""
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(content), formats=list(FORMATS)) as picture:
            return FORMATS[picture.format or ""] if picture.width * picture.height <= MAX_PIXELS else ""
    except Exception:  # whatever Pillow raises for a broken or bomb-like file: then it is no picture to us
        return ""
