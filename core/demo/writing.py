"""What people and systems write: a subject and paragraphs from the texts of a topic, in English or Spanish."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from core.demo.senders import Sender
from core.demo.slots import COMMON, TEXTS, Slots, date

TOPICS = ("finance", "people", "operations", "noise")


@dataclass(frozen=True, slots=True)
class Writing:
    """The words of one mail, before anybody decides how they look."""

    language: str
    subject: str
    paragraphs: tuple[str, ...]


@cache
def topics() -> dict[str, dict[str, dict[str, Any]]]:
    """The texts of every topic: topic → language → subject and body."""
    read: dict[str, dict[str, dict[str, Any]]] = {}
    for name in TOPICS:
        read |= tomllib.loads((TEXTS / f"{name}.toml").read_text("utf-8"))
    return read


def write(rng: Random, topic: str, language: str, slots: Slots, subjects: Sequence[str] = ()) -> Writing:
    """One subject and one line of each group of the topic; in the topic's other language where it has only that."""
    texts = topics()[topic]
    spoken = language if language in texts else next(iter(texts))
    chosen = [rng.choice(group) for group in texts[spoken]["body"]]
    kept = chosen[:1] + [line for line in chosen[1:] if rng.random() < 0.8]
    subject = rng.choice(subjects or texts[spoken]["subject"]).format_map(slots)
    lines = tuple(_capital(line.format_map(slots)) for line in kept)
    return Writing(spoken, _capital(subject), lines)


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


def letter(rng: Random, writing: Writing, sender: Sender, voice: str) -> str:
    """The writing as a plain-text mail: with greeting and signature if a person wrote it."""
    words = COMMON[writing.language]
    body = "\n\n".join(writing.paragraphs)
    if voice == "machine":
        return f"{body}\n"
    if voice == "system":
        return f"{body}\n\n--\n{sender.name}\n{words['automatic']}\n"
    signature = "\n".join((sender.name, " | ".join(card(sender, writing.language))))
    return f"{rng.choice(words['greetings'])}\n\n{body}\n\n{rng.choice(words['closings'])}\n{signature}\n"


def card(sender: Sender, language: str) -> tuple[str, str]:
    """Role and telephone of a writer, the same in all their mails."""
    own = Random(sender.address)
    words = COMMON[language]
    return own.choice(words["roles"]), own.choice(words["phones"])


def quoted(writing: Writing, sender: Sender, moment: datetime) -> str:
    """The writing as history: who wrote when, and every line behind a `>`."""
    introduction = COMMON[writing.language]["history"].format(
        when=f"{date(writing.language, moment)} {moment:%H:%M}", name=sender.name, address=sender.address
    )
    lines = "\n\n".join(writing.paragraphs).split("\n")
    return "\n".join([introduction, *(f"> {line}".rstrip() for line in lines)])


def without_prefixes(subject: str) -> str:
    """The subject without the `Re:`, `Fwd:` or `RV:` in front of it."""
    head, colon, rest = subject.partition(": ")
    return without_prefixes(rest) if colon and head.lower() in {"re", "fwd", "fw", "rv"} else subject
