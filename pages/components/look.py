"""The look that themes can't express: tighter margins, and the classes that `markup` blocks use."""

from html import escape

import streamlit as st

from core.language import _

MARKDOWN = "\\`*_{}[]()<>#+-!|~$:"
STYLE = """
<style>
.stMainBlockContainer{padding:1.6rem 2rem 2rem}
[data-testid="stSidebarUserContent"]{padding-bottom:1rem}
section[data-testid="stSidebar"]{width:244px!important;min-width:244px!important}
h1{font-size:1.55rem!important;padding:.2rem 0 0!important}
.st-key-opened{position:sticky;top:1rem}
kbd,[data-testid="stCaptionContainer"]{opacity:.75!important}
button[kind="primary"]:not(:disabled),button[kind="primary"]:not(:disabled) :is(p,span,kbd){
color:light-dark(#fff,#0c1a1b)!important;opacity:1!important}
.sd-head{line-height:1.45;overflow-wrap:anywhere}
.sd-head h2{font-size:1.2rem;line-height:1.3;margin:0 0 .35rem;padding:0;font-weight:600}
.sd-head h2,.sd-row .sd-strong{display:-webkit-box;-webkit-line-clamp:4;-webkit-box-orient:vertical;overflow:hidden}
.sd-row .sd-strong{display:-webkit-inline-box;-webkit-line-clamp:2;vertical-align:top}
.sd-row{display:flex;gap:.5rem;align-items:baseline;margin:.1rem 0}
.sd-key{flex:0 0 6.2rem;opacity:.7;font-size:.86rem}
.sd-soft{opacity:.7;font-size:.86rem}
.sd-strong{font-weight:600}
.sd-mark{font-size:.8rem;padding:0 .45rem;border-radius:.6rem;border:1px solid currentColor;white-space:nowrap}
.sd-yes{color:light-dark(#1b6b3a,#74d19a)} .sd-no{color:light-dark(#9a4b00,#f0b06a)}
.sd-bad{color:light-dark(#a3290f,#ff9c85)}
.sd-box{border-left:3px solid light-dark(#1f6f78,#5fb8c0);padding:.35rem .7rem;margin:.5rem 0 0}
[class*="st-key-finding-"],[class*="st-key-pin-to-"]{flex-wrap:nowrap!important}
.sd-why{margin:.6rem 0 0}.sd-why>div+div{margin:.25rem 0 0 .9rem}
.sd-alert{line-height:1.5;font-size:.92rem}
.st-key-actions{display:grid!important;grid-template-columns:repeat(4,minmax(max-content,1fr));gap:.4rem!important}
.st-key-actions>*,.st-key-actions button{width:100%!important;min-width:0}
.st-key-actions button{padding:.2rem .25rem;min-height:2.1rem}
:has(>.st-key-tall),.st-key-tall{height:max(520px,calc(100vh - 18rem))!important;max-height:none!important}
:has(>.st-key-tall),.st-key-tall{flex:none!important;overflow:hidden}
.st-key-identity [data-baseweb="select"] input,.st-key-identity [data-baseweb="select"]{font-size:.82rem}
.sd-box.sd-warn{border-color:light-dark(#a3290f,#ff9c85)}
</style>
"""
# Streamlit says this in English only.
UPLOADING = """
<style>
[data-testid="stFileUploaderDropzoneInstructions"]{{display:none}}
[data-testid="stFileUploaderDropzone"] button p{{display:none}}
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after{{content:"{words}"}}
</style>
"""


def show() -> None:
    """Put the look on the page; once a run, by every page."""
    st.html(STYLE + UPLOADING.format(words=_("Choose a file")))


def text(value: object) -> str:
    """A mail's words inside markup: escaped, and without the control characters that can turn a line around."""
    return escape("".join(each if each.isprintable() else " " for each in str(value)))


def row(key: str, value: str, mark: str = "", kind: str = "") -> str:
    """A line of a message's head: `value` is markup already, `key` and `mark` are words of ours."""
    badge = f'<span class="sd-mark {kind}">{escape(mark)}</span>' if mark else ""
    return f'<div class="sd-row"><span class="sd-key">{escape(key)}</span><span>{value} {badge}</span></div>'


def box(markup: str, warn: bool = False) -> str:
    """A remark beside a coloured line."""
    return f'<div class="sd-box{" sd-warn" if warn else ""}">{markup}</div>'


def plain(value: object) -> str:
    """Words for st.error and the like, which read Markdown: every sign that means something there means itself."""
    return "".join(f"\\{each}" if each in MARKDOWN else each for each in str(value))


def heading(words: str) -> None:
    """A heading within a page, smaller than the page's own."""
    st.html(f'<div class="sd-strong" style="font-size:1.1rem;margin:.6rem 0 0">{escape(words)}</div>')


def soft(words: object) -> str:
    """Words that stand back."""
    return f'<span class="sd-soft">{text(words)}</span>'
