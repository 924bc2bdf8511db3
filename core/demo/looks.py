"""HTML as companies send it: Outlook's, a branded notice, a newsletter; with remote logos and tracking pixels."""

from functools import cache
from html import escape
from pathlib import Path
from random import Random
from string import Template

from core.demo.senders import Sender
from core.demo.slots import COMMON
from core.demo.writing import Writing, card

FOLDER = Path(__file__).parent / "looks"
EACH, END = "<!-- each -->", "<!-- end -->"


@cache
def _template(look: str) -> tuple[Template, Template, Template]:
    """What stands before the paragraphs, what stands around each of them, what stands behind them."""
    before, _, rest = (FOLDER / f"{look}.html").read_text("utf-8").partition(EACH)
    each, _, after = rest.partition(END)
    return Template(before), Template(each), Template(after)


def html(rng: Random, look: str, writing: Writing, sender: Sender, token: str, history: str = "") -> str:
    """The writing in that look (a file of looks/); `history` is quoted below."""
    words = COMMON[writing.language]
    role, phone = card(sender, writing.language)
    values = {
        "charset": "utf-8",
        "language": writing.language,
        "subject": escape(writing.subject),
        "name": escape(sender.name),
        "domain": sender.domain,
        "role": escape(role),
        "phone": phone,
        "confidential": words["confidential"],
        "token": token,
        "history": _history(history),
    }
    before, each, after = _template(look)
    greeted = [rng.choice(words["greetings"]), *writing.paragraphs] if look == "outlook" else writing.paragraphs
    paragraphs = "\n".join(each.substitute(paragraph=escape(line).replace("\n", "<br>")) for line in greeted)
    return before.substitute(values) + paragraphs + after.substitute(values)


def _history(history: str) -> str:
    lines = "<br>\n".join(escape(line.removeprefix(">").strip()) for line in history.splitlines())
    return (
        f'<div style="border-top:solid #E1E1E1 1pt;padding-top:3pt"><blockquote>{lines}</blockquote></div>'
        if lines
        else ""
    )
