"""The real mail that tests read, and how it becomes mail of our desks."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
MAIL = Path(os.environ.get("STRAYDESK_TEST_MAIL", REPOSITORY.parent / "shared" / "mail"))

_HEADER_END = re.compile(rb"(?:\A|(?<=\n))\r?\n")
_FIELD = re.compile(rb"[^\n]*(?:\n[ \t]+[^\s][^\n]*)*\n?")


def real_paths(*folders: str) -> list[Path]:
    """The files of real mail below these folders of MAIL (all without), in the same order everywhere."""
    return sorted(path for folder in folders or ("",) for path in (MAIL / folder).rglob("*.eml"))


def real_messages(count: int, *folders: str) -> list[bytes]:
    """The first `count` real messages; if there are fewer, again from the beginning with a line more at the end."""
    return [*islice(_endless(real_paths(*folders)), count)]


def rewritten(raw: bytes, *, to: str | None = None, cc: str | None = None, delivered_to: str | None = None) -> bytes:
    """The message with other recipients, every other byte as it was.

    A field that is given takes the place of the first one of its name (or the top of the header), and others of that
    name go; an empty text takes the field out; None leaves it alone.
    """
    header, rest = _divided(raw)
    line_end = b"\r\n" if b"\r\n" in header[:1000] else b"\n"
    for name, value in (("To", to), ("Cc", cc), ("Delivered-To", delivered_to)):
        if value is not None:
            line = f"{name}: {value}".encode() + line_end if value else b""
            header = _with_field(header, name.lower().encode(), line)
    return header + rest


def _divided(raw: bytes) -> tuple[bytes, bytes]:
    end = _HEADER_END.search(raw)
    return (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")


def _with_field(header: bytes, name: bytes, line: bytes) -> bytes:
    fields = [found[0] for found in _FIELD.finditer(header) if found[0]]
    named = [index for index, field in enumerate(fields) if field.partition(b":")[0].strip().lower() == name]
    # A line that begins with “From ”, or with a space, is no field, but it must stay the first.
    place = named[0] if named else int(header.startswith((b"From ", b">From ", b" ", b"\t")))
    kept = [field for index, field in enumerate(fields) if index not in named]
    return b"".join([*kept[:place], line, *kept[place:]])


def _endless(paths: list[Path]) -> Iterator[bytes]:
    round_ = 0
    while paths:
        for path in paths:
            raw = path.read_bytes()
            yield raw + b"\nRound %d.\n" % round_ if round_ else raw
        round_ += 1
