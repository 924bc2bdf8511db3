"""Mail made to take time or memory: read by the real process that parses, within seconds and well within its bounds.

Each once took minutes, or a gigabyte, or is of a kind that does so elsewhere.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from core.parsing import Limits, ParsedMessage
from core.parsing.bounds import Bounds
from core.parsing.child import Child

MB = 2**20
SECONDS = 12.0  # on a busy machine; by itself the slowest takes 3
HEAD = b"From: a@b.example\nTo: c@d.example\nSubject: x\n"


def in_subject(words: bytes) -> bytes:
    return HEAD.replace(b"x\n", words + b"\n") + b"\nhi"


def in_to(words: bytes) -> bytes:
    return HEAD.replace(b"c@d.example", words) + b"\nhi"


def encoded(encoding: bytes, content: bytes, kind: bytes = b"text/plain") -> bytes:
    return HEAD + b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + content


def mixed(*parts: bytes) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(b"--b\n" + part for part in parts)


def nested(depth: int) -> bytes:
    inside = b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (at, at + 1) for at in range(depth))
    return HEAD + b"Content-Type: multipart/mixed; boundary=b0\n\n" + inside


BOMBS: dict[str, Callable[[], bytes]] = {
    "10,000 levels of parts": lambda: nested(10_000),
    "100,000 parts": lambda: mixed(*[b"\nx\n"] * 100_000),
    "50 MB of header lines": lambda: HEAD + b"X-A: 1\n" * (50 * MB // 7) + b"\nhi",
    "thousands of fields in each of a thousand parts": lambda: mixed(*[b"X-A: 1\n" * 3000 + b"\nx\n"] * 990),
    "base64 of zeros": lambda: encoded(b"base64", b"AAAA" * (6 * MB), b"text/html"),
    "base64 that ends all the time": lambda: encoded(b"base64", b"A=" * (12 * MB)),
    "quoted-printable of signs that escape nothing": lambda: encoded(b"quoted-printable", b"=" * (24 * MB)),
    "quoted-printable of broken escapes": lambda: encoded(b"quoted-printable", b"=zz" * (8 * MB)),
    "uuencode of short lines": lambda: encoded(b"uuencode", b"begin 644 a\n" + b"!!\n" * (8 * MB)),
    "a paragraph of millions of lines": lambda: HEAD
    + b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * (8 * MB),
    "25 MB of HTML, ever deeper": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<blockquote>a" * (2 * MB),
    "HTML in each of a thousand parts": lambda: mixed(*[b"Content-Type: text/html\n\n" + b"<p>" * 8000 + b"\n"] * 900),
    "tags that are never closed": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<a '" * (6 * MB),
    "RFC 2231 in 16,000 pieces": lambda: HEAD + b"Content-Disposition: attachment;"
    + b"".join(b" f*%d*=%%41;\n" % at for at in range(16_000)) + b"\nhi",
    "15,000 encoded words": lambda: in_subject(b"=?utf-8?b?YQ==?= " * 15_000),
    "encoded words that never end": lambda: in_subject(b"=?a?b?" * 40_000 + b"?="),
    "a subject of blanks": lambda: in_subject(b" " * 250_000 + b"x"),
    "addresses of brackets": lambda: in_to(b"<>" * 120_000),
    "addresses in parentheses that never close": lambda: in_to(b"(" * 250_000),
    "addresses of dots and at signs": lambda: in_to(b"a." * 60_000 + b"@" * 60_000),
    "references to everything": lambda: HEAD + b"References: " + b"<a@b> " * 40_000 + b"\n\nhi",
}  # fmt: skip


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with closing(Child()) as started:
        yield started


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_mail_made_to_take_time_or_memory_takes_little_of_either(child: Child, bomb: str) -> None:
    raw = BOMBS[bomb]()
    began = time.perf_counter()
    # A third of what there is by default; whoever takes more, or all the time, is refused.
    (answer,) = child.ask([(raw, None, True, len(raw), "")], Limits(), Bounds(350 * MB, SECONDS))
    assert isinstance(answer, ParsedMessage), answer
    assert time.perf_counter() - began < SECONDS + 5
    assert len(answer.text) <= 1_000_000 and len(answer.html) <= 5_001_000  # with what joins the parts
