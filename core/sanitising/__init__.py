"""Hostile HTML of a mail to a harmless document, and the frame that a page shows it in.

Three walls, each enough on its own: the document holds nothing that loads, runs or leads away; a policy (CSP) inside
it forbids loading; and the frame around it is sandboxed, with a policy of its own that forbids leaving it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from core.language import _
from core.sanitising.guard import guarded
from core.sanitising.rewriting import Rewriter
from core.sanitising.tokens import tokens

MAX_INPUT = 8 * 2**20  # characters looked at; what comes after is cut, and the document says so
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
:root{color-scheme:light dark}
body{margin:12px;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
body.paper{color-scheme:only light;background:#fff;color:#1d2624}
*{max-width:100%!important;box-sizing:border-box}
img{height:auto}
table{border-spacing:0}
pre{white-space:pre-wrap}
blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #8a979480}
.link{text-decoration:underline}
.target{font-size:.8em;opacity:.75;unicode-bidi:isolate}
.differs{color:#a3290f;background:#fff;opacity:1}
.picture{font-size:.8em;padding:1px 6px;border:1px dashed #8a9794;border-radius:4px;unicode-bidi:isolate}
.notice{font-size:.9em;padding:6px 10px;border:1px solid #8a9794;border-radius:6px}
"""


@dataclass(frozen=True, slots=True)
class SanitisedHtml:
    """A complete document to show in a frame; how many remote references it lost, and to which hosts; was it cut?"""

    document: str
    blocked: int
    blocked_hosts: tuple[str, ...]
    cut: bool


def sanitise(html: str, images: Mapping[str, tuple[str, bytes]]) -> SanitisedHtml:
    """The HTML as a harmless document. `images` are the parts `cid:` may name: Content-ID without <> to type and bytes.

    Never raises for content, and takes bounded time and memory whatever the HTML holds.
    """
    rewriter = Rewriter(images)
    for token in tokens(html[:MAX_INPUT]):
        if not rewriter.take(token):
            break
    cut = rewriter.cut or len(html) > MAX_INPUT
    document = _document(guarded(rewriter.finished()), cut, rewriter.coloured)
    return SanitisedHtml(document, rewriter.blocked, tuple(sorted(rewriter.hosts)), cut)


def framed(document: str, height: int) -> str:
    """The document, `height` pixels high, in a sandbox that runs nothing and leads nowhere. Holds no script itself."""
    title = escape(_("Message"))
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        "<style>:root{color-scheme:light dark}body{margin:0}iframe{display:block;width:100%;border:0}</style></head>"
        f'<body><iframe sandbox="" referrerpolicy="no-referrer" csp="{POLICY}" title="{title}"'
        f' style="height:{int(height)}px" srcdoc="{escape(document)}"></iframe></body></html>'
    )


def _document(body: str, cut: bool, coloured: bool) -> str:
    notice = _("This message is too large or too deeply nested to be shown whole; its original is complete.")
    return (
        '<!doctype html><html dir="auto"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="referrer" content="no-referrer"><style>{STYLE}</style></head>'
        f'<body dir="auto"{" class=paper" if coloured else ""}>'
        + (f'<p class="notice">{escape(notice)}</p>' if cut else "")
        + f"{body}</body></html>"
    )
