"""Links as text: nothing to follow, but where each really leads stands beside it."""

import re
from html import escape
from urllib.parse import quote, unquote, urlsplit

from core.sanitising.references import UNSEEN, host

DOMAIN = re.compile(r"(?:^|//|\b(?=www\.))((?:[\w-]++\.)++[^\W\d]{2,})(?=[\s/:?#]|$)")
FILE_NAME = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|csv|txt|html?|zip|png|jpe?g|gif)$")
SHOWN = 60  # characters of a target


def link_attributes(target: str) -> str:
    """The attributes of the text that a link becomes: the whole target to read on hover, nothing to follow."""
    return f' class="link" title="{escape(UNSEEN.sub("", target)[:1000])}"' if target_shown(target) else ""


def target_after(text: str, target: str) -> str:
    """What stands after a link: where it really leads, unless its text already says exactly that."""
    shown = target_shown(target)
    if not shown or text.strip().removeprefix("https://").removeprefix("http://").rstrip("/") == shown:
        return ""
    if pretends(text, target):
        return f' <span class="target differs">⚠ ‹{escape(shown)}›</span>'
    return f' <span class="target">‹{escape(shown)}›</span>'


def target_shown(address: str) -> str:
    """Where a link leads, short enough to stand in the text: the real host first, no user part; "" if nowhere."""
    clean = UNSEEN.sub("", address)
    scheme = clean.partition(":")[0].lower()
    if scheme in ("mailto", "tel"):
        shown = unquote(clean.partition(":")[2].partition("?")[0])
    elif name := host(clean):
        # Quoted: a path in a right-to-left script would change places with the host.
        shown = name + quote(urlsplit(clean.replace("\\", "/")).path.rstrip("/"), safe="/%:@!$&'()*+,;=~")
    else:
        return ""
    shown = UNSEEN.sub("", shown)
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


def pretends(text: str, address: str) -> bool:
    """Whether the text of a link names a domain that the link does not lead to."""
    real = host(address)
    named = [each.removeprefix("www.") for each in DOMAIN.findall(text[:2000].strip().lower())]
    named = [each for each in named if not FILE_NAME.search(each)]
    return bool(real and named) and not any(f".{real}".endswith(f".{each}") for each in named)
