"""An mbox: many messages in one file, each behind a line that begins with “From ” (RFC 4155, quoted as mboxrd)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, pairwise
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from core.errors import SourceProblem
from core.language import _
from core.sources.files import read_message, readable
from core.sources.source import Fetched, Listed, Listing, Observed

MONTHS = b"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
BLOCK = 2**20
DIGITS = 32  # of the hash, in hexadecimal: half of it is plenty to tell messages apart
LINE = 512  # a longer line that begins with “From ” separates nothing
_FROM = re.compile(rb"(?<=\n)From [^\n]{0,%d}\n" % LINE)
_DATE = re.compile(rb"(?=.*\b\d{1,2}:\d\d\b)(?=.*\b(?:19|20)\d\d\b)(?=.*\b(?:%s)\b)" % MONTHS)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies in the file, from its first byte, without the line before and the empty line behind it."""

    start: int
    size: int


class MboxSource:
    """Reads an mbox of any size and leaves it untouched.

    The uid is the first half of the SHA-256 of the message as it lies in the file, and its number among equal ones. So
    it stays when mail is appended, and also when mail programs take messages out before it: with byte offsets another
    message could then get the uid of one that was collected long ago, and would be lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, Place] = {}
        with readable(path), path.open("rb") as file:
            beginning = file.read(LINE)
        if beginning and not beginning.startswith(b"From "):
            raise SourceProblem(
                _("{path} is not an mbox: its first line does not begin with “From ”.").format(path=path),
                _("Use eml: for a file that is one message."),
            )

    def list(self) -> Listing:
        """All messages in the order of the file. Reads it once, without holding it in memory."""
        seen: Counter[str] = Counter()
        self._places = {}
        with readable(self._path), self._path.open("rb") as file:
            for place in _places(file):
                digest = _digest(file, place)
                self._places[f"{digest}-{seen[digest]}"] = place
                seen[digest] += 1
        return [Listed("", 0, uid, place.size) for uid, place in self._places.items()]

    def fetch(self, wanted: Sequence[Listed], size_limit: int) -> Iterator[Fetched]:
        """The wanted messages; when they were received stands in their header, as the separating line has no zone."""
        if not self._places:
            self.list()
        with readable(self._path), self._path.open("rb") as file:
            for listed in wanted:
                place = self._places.get(listed.uid)
                if place and (read := _read(file, place, listed.uid, size_limit)):
                    raw, complete = read
                    yield Fetched(
                        Listed(listed.folder, listed.uid_validity, listed.uid, place.size), raw, None, complete
                    )

    def observed(self) -> Observed:
        """Nothing about it runs out."""
        return Observed()

    def close(self) -> None:
        """Nothing is kept open."""


def _read(file: BinaryIO, place: Place, uid: str, size_limit: int) -> tuple[bytes, bool] | None:
    """The message with its quoting undone, or None if something else lies there by now."""
    file.seek(place.start)
    raw, complete = read_message(file, place.size, size_limit)
    if complete and not uid.startswith(sha256(raw).hexdigest()[:DIGITS]):
        return None
    return _QUOTED.sub(rb"\1", raw), complete


def _places(file: BinaryIO) -> Iterator[Place]:
    end = file.seek(0, SEEK_END)
    for (_line, start), (following, _start) in pairwise(chain(_separators(file), [(end, end)])):
        between = following - start
        yield Place(start, between - _empty_line_before(file, following, between))


def _separators(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each separating line begins and ends. Blocks overlap by more than a line, so that none is cut in two."""
    window, offset, last = b"\n\n", -2, -1  # as if an empty line stood before the first
    dated = False
    while block := _block(file, offset + len(window)):
        window += block
        for found in _FROM.finditer(window):
            position = offset + found.start()
            dated = dated or (position == 0 and bool(_DATE.search(found[0])))
            if position > last and _separates(window, found, dated):
                last = position
                yield position, offset + found.end()
        offset, window = offset + max(0, len(window) - LINE - 16), window[-LINE - 16 :]


def _block(file: BinaryIO, position: int) -> bytes:
    file.seek(position)
    return file.read(BLOCK)


def _separates(window: bytes, line: re.Match[bytes], dated: bool) -> bool:
    # Writers that put the time there seldom quote enough, so a sentence that begins with “From ” must not count. Others
    # are known by the empty line before alone.
    if dated:
        return bool(_DATE.search(line[0]))
    return window.endswith((b"\n\n", b"\n\r\n"), 0, line.start())


def _empty_line_before(file: BinaryIO, end: int, size: int) -> int:
    """How many bytes the empty line takes that every writer puts behind a message; 0 if it is not there."""
    file.seek(end - min(size, 4))
    tail = b"\n" + file.read(min(size, 4))
    if tail.endswith(b"\n\r\n"):
        return 2
    return 1 if tail.endswith(b"\n\n") else 0


def _digest(file: BinaryIO, place: Place) -> str:
    file.seek(place.start)
    digest, left = sha256(), place.size
    while left > 0 and (block := file.read(min(left, BLOCK))):
        digest.update(block)
        left -= len(block)
    return digest.hexdigest()[:DIGITS]
